#include <arpa/inet.h>

#include "core/network_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lease.h"
#include "core/publish.h"
#include "core/wanted.h"
#include "runtime/launch/net.h"
#include "util/own.h"

/* ---- ports ---- */

static int map_net(struct engine *engine, const char *id, struct net_file *out)
{
	char path[80];

	snprintf(path, sizeof(path), "c/%.64s/net", id);
	return net_map(store_dir(engine->store, STORE_RUN), path, out);
}

static int by_port(const void *a, const void *b)
{
	const struct container_port *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (strcmp(x->protocol, y->protocol) != 0)
		return strcmp(x->protocol, y->protocol);
	if (x->host_port != y->host_port)
		return x->host_port < y->host_port ? -1 : 1;
	return strcmp(x->host, y->host);
}

static void describe_port(const struct net_mapping *mapping, struct container_port *out)
{
	*out = (struct container_port){.host_port = mapping->host_port, .port = mapping->port};
	snprintf(out->protocol, sizeof(out->protocol), "%s", protocol_name(mapping->protocol));
	if (mapping->host_port)
		address_text(mapping->family, mapping->host, out->host);
}

int engine_container_ports(struct engine *engine, const struct container *container,
	struct container_port **out, size_t *count, struct err *err)
{
	struct container_port *list;
	struct net_file file;

	*out = NULL;
	*count = 0;
	if (!container->has_ports || map_net(engine, container->id, &file) < 0)
		return 0;
	list = calloc(file.head->records + 1, sizeof(*list));
	for (const struct net_record *r = NULL; list && (r = net_next(&file, r));)
		if (r->type == NET_MAPPING)
			describe_port(net_body(r), &list[(*count)++]);
	net_unmap(&file);
	if (!list)
		return err_set(err, ENOMEM, "list ports: out of memory");
	qsort(list, *count, sizeof(*list), by_port);
	*out = list;
	return 0;
}

static cJSON *port_list(cJSON *ports, unsigned port, const char *protocol)
{
	char key[24];
	cJSON *list;

	snprintf(key, sizeof(key), "%u/%s", port, protocol);
	list = cJSON_GetObjectItemCaseSensitive(ports, key);
	if (!list)
		list = cJSON_AddNullToObject(ports, key);
	return list;
}

static void add_binding(
	cJSON *ports, unsigned port, const char *protocol, const char *host, const char *host_port)
{
	cJSON *list = port_list(ports, port, protocol), *one;
	char key[24];

	if (!cJSON_IsArray(list)) {
		list = cJSON_CreateArray();
		snprintf(key, sizeof(key), "%u/%s", port, protocol);
		cJSON_ReplaceItemInObjectCaseSensitive(ports, key, list);
	}
	one = cJSON_CreateObject();
	cJSON_AddStringToObject(one, "HostIp", host);
	cJSON_AddStringToObject(one, "HostPort", host_port);
	cJSON_AddItemToArray(list, one);
}

static void add_ports(cJSON *settings, struct engine *engine, const struct container *container)
{
	cJSON *ports = cJSON_AddObjectToObject(settings, "Ports");
	auto_free struct container_port *list = NULL;
	size_t count;
	char number[8];

	engine_container_ports(engine, container, &list, &count, NULL);
	for (size_t i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "%u", list[i].host_port);
		if (list[i].host_port)
			add_binding(ports, list[i].port, list[i].protocol, list[i].host, number);
		else
			port_list(ports, list[i].port, list[i].protocol);
	}
}

/* ---- endpoints ---- */

static const char *text_of(unsigned family, const uint8_t *address, char text[ADDRESS_TEXT])
{
	uint8_t wide[16] = {0};

	memcpy(wide, address, address_size(family));
	if (address_is_zero(wide))
		*text = '\0';
	else
		address_text(family, wide, text);
	return text;
}

/* The same fields for an endpoint and, of the default bridge, at the top. */
static void add_addresses(cJSON *to, const struct net_endpoint *e)
{
	char text[ADDRESS_TEXT];

	cJSON_AddStringToObject(to, "EndpointID", e->id);
	cJSON_AddStringToObject(to, "Gateway", text_of(AF_INET, e->gateway4, text));
	cJSON_AddStringToObject(to, "IPAddress", text_of(AF_INET, e->address4, text));
	cJSON_AddNumberToObject(to, "IPPrefixLen", e->prefix4);
	cJSON_AddStringToObject(to, "IPv6Gateway", text_of(AF_INET6, e->gateway6, text));
	cJSON_AddStringToObject(to, "GlobalIPv6Address", text_of(AF_INET6, e->address6, text));
	cJSON_AddNumberToObject(to, "GlobalIPv6PrefixLen", e->prefix6);
	if (*e->id)
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", e->mac[0], e->mac[1],
			e->mac[2], e->mac[3], e->mac[4], e->mac[5]);
	else
		*text = '\0';
	cJSON_AddStringToObject(to, "MacAddress", text);
}

static void add_names(
	cJSON *to, const struct container *container, const struct strs *aliases, bool is_default)
{
	cJSON *names, *list;
	char id[13];

	if (aliases->len)
		cJSON_AddItemToObject(to, "Aliases",
			cJSON_CreateStringArray(
				(const char *const *)aliases->v, (int)aliases->len));
	else
		cJSON_AddNullToObject(to, "Aliases");
	if (is_default) {
		cJSON_AddNullToObject(to, "DNSNames");
		return;
	}
	list = cJSON_AddArrayToObject(to, "DNSNames");
	names = cJSON_CreateString(container->name);
	cJSON_AddItemToArray(list, names);
	for (size_t i = 0; i < aliases->len; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(aliases->v[i]));
	snprintf(id, sizeof(id), "%.12s", container->id);
	cJSON_AddItemToArray(list, cJSON_CreateString(id));
}

static void add_network(cJSON *networks, const struct container *container,
	const struct attachment *attachment, const struct net_endpoint *e)
{
	const char *name = *e->network ? e->network : attachment->network;
	cJSON *one = cJSON_AddObjectToObject(networks, name), *ipam;

	if (*attachment->ip || *attachment->ip6) {
		ipam = cJSON_AddObjectToObject(one, "IPAMConfig");
		if (*attachment->ip)
			cJSON_AddStringToObject(ipam, "IPv4Address", attachment->ip);
		if (*attachment->ip6)
			cJSON_AddStringToObject(ipam, "IPv6Address", attachment->ip6);
	} else {
		cJSON_AddNullToObject(one, "IPAMConfig");
	}
	cJSON_AddNullToObject(one, "Links");
	add_names(one, container, &attachment->aliases, str_eq(name, NETWORK_DEFAULT));
	cJSON_AddNullToObject(one, "DriverOpts");
	cJSON_AddStringToObject(one, "NetworkID", e->network_id);
	add_addresses(one, e);
}

static const struct net_endpoint *endpoint_of(
	const struct net_file *file, const struct attachment *attachment)
{
	static const struct net_endpoint none;

	for (const struct net_record *r = NULL; (r = net_next(file, r));) {
		const struct net_endpoint *e = net_body(r);

		if (r->type == NET_ENDPOINT && (str_eq(e->network, attachment->network) ||
						       strncmp(e->network_id, attachment->network,
							       strlen(attachment->network)) == 0))
			return e;
	}
	return &none;
}

static void add_networks(cJSON *settings, const struct container *container,
	const struct wanted *wanted, const struct net_file *file)
{
	static const struct net_endpoint none;
	const struct net_endpoint *bridge = &none;
	cJSON *networks = cJSON_CreateObject();

	for (size_t i = 0; i < wanted->count && wanted->mode != MODE_CONTAINER; i++) {
		const struct net_endpoint *e = endpoint_of(file, &wanted->attachments[i]);

		if (str_eq(e->network, NETWORK_DEFAULT))
			bridge = e;
		add_network(networks, container, &wanted->attachments[i], e);
	}
	add_addresses(settings, bridge);
	cJSON_AddItemToObject(settings, "Networks", networks);
}

void network_view_settings(struct engine *engine, const struct container *container, cJSON *inspect)
{
	cJSON *settings = cJSON_AddObjectToObject(inspect, "NetworkSettings");
	auto_close int own = launch_own_dir(engine, container->id, NULL);
	struct net_file file = {0};
	struct wanted wanted;
	char key[48] = "";

	if (own < 0 || wanted_read(own, &wanted, NULL) < 0)
		wanted = (struct wanted){.mode = MODE_NONE};
	map_net(engine, container->id, &file);
	cJSON_AddStringToObject(settings, "Bridge", "");
	cJSON_AddStringToObject(settings, "SandboxID", container->pid ? container->id : "");
	if (container->pid)
		snprintf(key, sizeof(key), "/proc/%d/ns/net", container->pid);
	cJSON_AddStringToObject(settings, "SandboxKey", key);
	add_ports(settings, engine, container);
	add_networks(settings, container, &wanted, &file);
	net_unmap(&file);
	wanted_fini(&wanted);
}

/* ---- what was asked for ---- */

static void add_published(const char *text, cJSON *bindings)
{
	__attribute__((cleanup(publish_list_fini))) struct publish_list list = {0};

	if (publish_parse(text, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.len; i++) {
		const struct publish *p = &list.v[i];
		char host[ADDRESS_TEXT] = "", port[16] = "";

		if (p->family)
			address_text(p->family, p->host, host);
		if (p->from && p->from != p->to)
			snprintf(port, sizeof(port), "%u-%u", p->from, p->to);
		else if (p->from)
			snprintf(port, sizeof(port), "%u", p->from);
		add_binding(bindings, p->port, protocol_name(p->protocol), host, port);
	}
}

void network_view_bindings(const struct wanted *wanted, cJSON *host_config)
{
	cJSON *bindings = cJSON_AddObjectToObject(host_config, "PortBindings");

	for (size_t i = 0; i < wanted->publish.len; i++)
		add_published(wanted->publish.v[i], bindings);
	cJSON_AddBoolToObject(host_config, "PublishAllPorts", wanted->publish_all);
}

void network_view_exposed(const struct wanted *wanted, cJSON *config)
{
	__attribute__((cleanup(publish_list_fini))) struct publish_list list = {0};
	cJSON *exposed;

	for (size_t i = 0; i < wanted->expose.len; i++)
		expose_parse(wanted->expose.v[i], &list, NULL);
	for (size_t i = 0; i < wanted->publish.len; i++)
		publish_parse(wanted->publish.v[i], &list, NULL);
	if (!list.len)
		return;
	exposed = cJSON_AddObjectToObject(config, "ExposedPorts");
	for (size_t i = 0; i < list.len; i++) {
		char key[24];

		snprintf(key, sizeof(key), "%u/%s", list.v[i].port,
			protocol_name(list.v[i].protocol));
		if (!cJSON_GetObjectItemCaseSensitive(exposed, key))
			cJSON_AddObjectToObject(exposed, key);
	}
}
