/* network_tree.c - the picture of the networks: who talks on which bridge, which port leads where,
 * what stands in the way. */
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/network_names.h"
#include "core/netspace.h"
#include "core/network_own.h"
#include "core/op.h"
#include "core/publish.h"
#include "runtime/launch/net.h"
#include "util/json.h"
#include "util/own.h"

static void add_text(cJSON *list, const char *text)
{
	cJSON_AddItemToArray(list, cJSON_CreateString(text));
}

static void put_address(char *out, size_t room, unsigned family, const uint8_t address[16])
{
	char text[ADDRESS_TEXT];

	snprintf(
		out, room, family == AF_INET6 ? "[%s]" : "%s", address_text(family, address, text));
}

static void add_ports(cJSON *endpoint, const struct net_file *file, const struct names_record *who)
{
	cJSON *list = cJSON_AddArrayToObject(endpoint, "Ports");

	for (const struct net_record *r = NULL; (r = net_next(file, r));) {
		const struct net_mapping *m = net_body(r);
		char host[64], text[96];
		cJSON *one;

		if (r->type != NET_MAPPING || !m->host_port ||
			(m->family == AF_INET6 ? memcmp(m->to, who->address6, 16)
					       : memcmp(m->to, who->address4, 4)) != 0)
			continue;
		one = cJSON_CreateObject();
		put_address(host, sizeof(host), m->family, m->host);
		snprintf(text, sizeof(text), "%s:%u", host, m->host_port);
		cJSON_AddStringToObject(one, "Host", text);
		snprintf(text, sizeof(text), "%u/%s", m->port, protocol_name(m->protocol));
		cJSON_AddStringToObject(one, "Container", text);
		cJSON_AddItemToArray(list, one);
	}
}

static void add_endpoint(struct engine *engine, cJSON *list, const struct names_record *who)
{
	cJSON *one = cJSON_CreateObject(), *texts;
	uint8_t wide[16] = {0};
	char text[80];
	struct net_file file = {0};

	cJSON_AddStringToObject(one, "Container", who->text);
	snprintf(text, sizeof(text), "%.64s", who->id);
	cJSON_AddStringToObject(one, "Id", text);
	cJSON_AddStringToObject(one, "Interface", who->link);
	texts = cJSON_AddArrayToObject(one, "Addresses");
	memcpy(wide, who->address4, 4);
	if (!address_is_zero(wide))
		add_text(texts, address_text(AF_INET, wide, text));
	if (!address_is_zero(who->address6))
		add_text(texts, address_text(AF_INET6, who->address6, text));
	texts = cJSON_AddArrayToObject(one, "Aliases");
	for (const char *at = who->text + strlen(who->text) + 1; *at; at += strlen(at) + 1)
		add_text(texts, at);
	snprintf(text, sizeof(text), "c/%.64s/net", who->id);
	net_map(store_dir(engine->store, STORE_RUN), text, &file);
	add_ports(one, &file, who);
	net_unmap(&file);
	cJSON_AddItemToArray(list, one);
}

static void add_network(struct engine *engine, cJSON *list, const struct network *network)
{
	cJSON *one = cJSON_CreateObject(), *texts, *endpoints;
	auto_free struct names_record *members = NULL;
	char text[ADDRESS_TEXT + 4];
	size_t count = 0;

	cJSON_AddStringToObject(one, "Name", network->name);
	cJSON_AddStringToObject(one, "Id", network->id);
	cJSON_AddStringToObject(one, "Bridge", network->bridge);
	cJSON_AddBoolToObject(one, "Up", link_index(network->bridge) != 0);
	texts = cJSON_AddArrayToObject(one, "Subnets");
	if (network->v4.family)
		add_text(texts, subnet_text(&network->v4, text));
	if (network->v6.family)
		add_text(texts, subnet_text(&network->v6, text));
	*text = '\0';
	if (network->v4.family)
		address_text(AF_INET, network->v4.gateway, text);
	cJSON_AddStringToObject(one, "Gateway", text);
	cJSON_AddBoolToObject(one, "Internal", network->internal);
	cJSON_AddBoolToObject(one, "Masquerade", network->masquerade);
	endpoints = cJSON_AddArrayToObject(one, "Endpoints");
	names_list(engine, network->id, &members, &count, NULL);
	for (size_t i = 0; i < count; i++)
		add_endpoint(engine, endpoints, &members[i]);
	cJSON_AddItemToArray(list, one);
}

static void add_blocks(struct engine *engine, cJSON *tree)
{
	cJSON *list = cJSON_AddArrayToObject(tree, "Blocks");
	auto_strs blocks = STRS_INIT;

	rules_blocks(engine, &blocks);
	for (size_t i = 0; i < blocks.len; i++)
		add_text(list, blocks.v[i]);
}

/* What is looked at where the networks are. */
struct picture {
	struct engine *engine;
	const struct network *list;
	size_t count;
	const char *only; /* an id; NULL: all */
	cJSON *tree;
};

static int paint(void *arg)
{
	const struct picture *p = arg;
	cJSON *networks = cJSON_AddArrayToObject(p->tree, "Networks"), *forwarding;

	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].kind == NETWORK_BRIDGE &&
			(!p->only || str_eq(p->list[i].id, p->only)))
			add_network(p->engine, networks, &p->list[i]);
	forwarding = cJSON_AddObjectToObject(p->tree, "Forwarding");
	cJSON_AddBoolToObject(forwarding, "IPv4", host_sysctl_is("net/ipv4/ip_forward", "1"));
	cJSON_AddBoolToObject(
		forwarding, "IPv6", host_sysctl_is("net/ipv6/conf/all/forwarding", "1"));
	add_blocks(p->engine, p->tree);
	return 0;
}

/* Of a namespace of our own: who leads out of it. */
static void add_uplink(struct engine *engine, cJSON *tree)
{
	static const char *const states[] = {[UPLINK_OFF] = "off",
		[UPLINK_STARTING] = "starting",
		[UPLINK_UP] = "up",
		[UPLINK_FAILED] = "failed"};
	struct uplink_message now;
	cJSON *uplink;

	if (!netspace_is_own(engine))
		return;
	uplink = cJSON_AddObjectToObject(tree, "Uplink");
	if (netspace_status(engine, &now) < 0) {
		cJSON_AddStringToObject(uplink, "State", "none");
		return;
	}
	cJSON_AddStringToObject(uplink, "State",
		now.status.state < array_len(states) ? states[now.status.state] : "?");
	cJSON_AddStringToObject(uplink, "Error", now.text);
	cJSON_AddNumberToObject(uplink, "Pid", now.status.pid);
	cJSON_AddNumberToObject(uplink, "Pasta", now.status.pasta);
	cJSON_AddNumberToObject(uplink, "Space", now.status.space);
	cJSON_AddNumberToObject(uplink, "Starts", now.status.starts);
	cJSON_AddNumberToObject(uplink, "Containers", now.status.ties ? now.status.ties - 1 : 0);
	cJSON_AddNumberToObject(uplink, "Ports", now.status.ports);
	cJSON_AddNumberToObject(uplink, "Flows", now.status.flows);
	cJSON_AddBoolToObject(uplink, "KeepsClients", now.status.keeps_clients);
}

int engine_network_tree(struct engine *engine, const char *who, struct cJSON **out, struct err *err)
{
	auto_free struct network *list = NULL;
	struct picture picture = {.engine = engine};
	struct network one;
	size_t count;
	int failed = network_list(engine, &list, &count, err);

	if (!failed && who)
		failed = network_among(list, count, who, &one, err);
	if (failed)
		return failed;
	*out = picture.tree = cJSON_CreateObject();
	picture.list = list;
	picture.count = count;
	picture.only = who ? one.id : NULL;
	if (netspace_is_up(engine))
		netspace_do(engine, paint, &picture, NULL);
	else
		paint(&picture);
	add_uplink(engine, *out);
	return 0;
}

static int draw(struct op *op, struct err *err)
{
	cJSON *tree = NULL;
	char *text;

	if (engine_network_tree(op->engine, *op->who ? op->who : NULL, &tree, err) < 0)
		return err->code;
	text = cJSON_PrintUnformatted(tree);
	buf_adds(&op->lines, text ? text : "{}");
	free(text);
	cJSON_Delete(tree);
	return 0;
}

struct op *engine_network_picture(
	struct engine *engine, const char *who, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "draw", .prepare = draw, .looks = true};

	return op_start(engine, &verb, op_new(who), done, arg);
}
