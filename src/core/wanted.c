#include "core/wanted.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/publish.h"
#include "util/json.h"
#include "util/own.h"
#include "util/path.h"

enum { WANTED_MAX = 1 << 20 };

void attachment_fini(struct attachment *attachment)
{
	strs_fini(&attachment->aliases);
}

void wanted_fini(struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		attachment_fini(&wanted->attachments[i]);
	free(wanted->attachments);
	strs_fini(&wanted->publish);
	strs_fini(&wanted->expose);
	*wanted = (struct wanted){0};
}

/* ---- "name=NAME,ip=…" ---- */

static int set(char *to, size_t room, const char *key, const char *value, struct err *err)
{
	if ((size_t)snprintf(to, room, "%s", value) >= room)
		return err_set(err, EINVAL, "invalid %s: %s", key, value);
	return 0;
}

static int set_field(struct attachment *out, const char *key, const char *value, struct err *err)
{
	if (str_eq(key, "name"))
		return set(out->network, sizeof(out->network), "network", value, err);
	if (str_eq(key, "ip"))
		return set(out->ip, sizeof(out->ip), "IP address", value, err);
	if (str_eq(key, "ip6"))
		return set(out->ip6, sizeof(out->ip6), "IP address", value, err);
	if (str_eq(key, "mac-address"))
		return set(out->mac, sizeof(out->mac), "MAC address", value, err);
	if (str_eq(key, "alias")) {
		strs_add(&out->aliases, value);
		return 0;
	}
	return err_set(err, ENOTSUP, "--network: the option %s is not supported yet", key);
}

int attachment_parse(const char *text, struct attachment *out, struct err *err)
{
	auto_free char *copy = strdup(text);
	int failed = 0;

	*out = (struct attachment){0};
	if (!copy)
		return err_set(err, ENOMEM, "--network: out of memory");
	if (!strchr(text, '='))
		return set(out->network, sizeof(out->network), "network", text, err);
	for (char *rest = copy, *field; !failed && (field = strsep(&rest, ","));) {
		char *equals = strchr(field, '=');

		if (!equals) {
			failed = err_set(err, EINVAL, "invalid field %s", field);
			break;
		}
		*equals = '\0';
		failed = set_field(out, field, equals + 1, err);
	}
	if (!failed && !*out->network)
		failed = err_set(err, EINVAL, "network name is required: %s", text);
	if (failed)
		attachment_fini(out);
	return failed;
}

static bool is_mac(const char *text)
{
	unsigned v[6];
	char rest;

	return sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
		       &rest) == 6 &&
	       strlen(text) == 17 && !(v[0] & 1);
}

int attachment_check(
	const struct attachment *attachment, const struct network *network, struct err *err)
{
	unsigned v4 = AF_INET, v6 = AF_INET6;
	uint8_t address[16];

	if ((*attachment->ip || *attachment->ip6) && network->is_default)
		return err_set(err, EINVAL,
			"user specified IP address is supported on user defined networks only");
	if (*attachment->ip && !address_parse(attachment->ip, &v4, address))
		return err_set(err, EINVAL, "invalid IPv4 address: %s", attachment->ip);
	if (*attachment->ip6 && !address_parse(attachment->ip6, &v6, address))
		return err_set(err, EINVAL, "invalid IPv6 address: %s", attachment->ip6);
	if (*attachment->mac && !is_mac(attachment->mac))
		return err_set(err, EINVAL, "invalid mac address: %s", attachment->mac);
	if (attachment->aliases.len && network->is_default)
		return err_set(err, EINVAL,
			"network-scoped alias is supported only for containers in user defined networks");
	return 0;
}

/* ---- a request's ---- */

static int add_attachment(struct wanted *out, const char *text, struct err *err)
{
	struct attachment one, *more;
	int failed = attachment_parse(text, &one, err);

	if (failed)
		return failed;
	for (size_t i = 0; i < out->count; i++)
		if (str_eq(out->attachments[i].network, one.network)) {
			attachment_fini(&one);
			return err_set(err, EINVAL, "network \"%s\" is specified multiple times",
				out->attachments[i].network);
		}
	more = realloc(out->attachments, (out->count + 1) * sizeof(*more));
	if (!more) {
		attachment_fini(&one);
		return err_set(err, ENOMEM, "--network: out of memory");
	}
	out->attachments = more;
	out->attachments[out->count++] = one;
	return 0;
}

static enum network_mode mode_of(const char *network)
{
	if (str_eq(network, "host"))
		return MODE_HOST;
	if (str_eq(network, "none"))
		return MODE_NONE;
	return str_has_prefix(network, "container:") ? MODE_CONTAINER : MODE_NETWORKS;
}

static int resolve_container(struct engine *engine, struct attachment *attachment, struct err *err)
{
	unsigned number;
	struct row row;
	int failed = engine_find_row(
		engine, attachment->network + strlen("container:"), &number, &row, err);

	if (!failed)
		snprintf(attachment->network, sizeof(attachment->network), "container:%.64s",
			row.id);
	return failed;
}

static int resolve_networks(struct engine *engine, struct wanted *out, struct err *err)
{
	for (size_t i = 0; i < out->count; i++) {
		struct attachment *attachment = &out->attachments[i];
		struct network network = {.is_default = true};
		int failed = 0;

		if (mode_of(attachment->network) != MODE_NETWORKS)
			return err_set(err, EINVAL,
				"conflicting options: cannot attach both user-defined and non-user-defined network-modes");
		if (str_eq(attachment->network, "default"))
			snprintf(attachment->network, sizeof(attachment->network), "%s",
				NETWORK_DEFAULT);
		if (!str_eq(attachment->network, NETWORK_DEFAULT))
			failed = network_look(engine, attachment->network, &network, err);
		if (!failed)
			failed = attachment_check(attachment, &network, err);
		if (failed)
			return failed;
	}
	return 0;
}

static int check_ports(const struct wanted *wanted, struct err *err)
{
	__attribute__((cleanup(publish_list_fini))) struct publish_list list = {0};
	int failed = 0;

	for (size_t i = 0; !failed && i < wanted->publish.len; i++)
		failed = publish_parse(wanted->publish.v[i], &list, err);
	for (size_t i = 0; !failed && i < wanted->expose.len; i++)
		failed = expose_parse(wanted->expose.v[i], &list, err);
	return failed;
}

static int check_mode(
	const struct wanted *wanted, const struct container_request *request, struct err *err)
{
	static const struct network nobodys = {.is_default = true};

	/* Of an address or an alias: who has no network of the user's can have neither. */
	if (wanted->mode != MODE_NETWORKS &&
		attachment_check(wanted->attachments, &nobodys, err) < 0)
		return err->code;
	if (wanted->mode != MODE_CONTAINER)
		return 0;
	if (request->hostname)
		return err_set(err, EINVAL, "conflicting options: hostname and the network mode");
	if (request->dns.len || request->dns_search.len || request->dns_options.len)
		return err_set(err, EINVAL, "conflicting options: dns and the network mode");
	if (request->extra_hosts.len)
		return err_set(err, EINVAL,
			"conflicting options: custom host-to-IP mapping and the network mode");
	if (request->publish.len || request->publish_all)
		return err_set(err, EINVAL,
			"conflicting options: port publishing and the container type network mode");
	if (request->expose.len)
		return err_set(err, EINVAL,
			"conflicting options: port exposing and the container type network mode");
	return 0;
}

int wanted_from_request(struct engine *engine, const struct container_request *request,
	const struct image *image, struct wanted *out, struct err *err)
{
	int failed = 0;

	*out = (struct wanted){.publish_all = request->publish_all};
	for (size_t i = 0; !failed && i < request->networks.len; i++)
		failed = add_attachment(out, request->networks.v[i], err);
	if (!failed && !out->count)
		failed = add_attachment(out, NETWORK_DEFAULT, err);
	strs_copy(&out->publish, &request->publish);
	strs_copy(&out->expose, &image->config.exposed_ports);
	for (size_t i = 0; i < request->expose.len; i++)
		strs_add(&out->expose, request->expose.v[i]);
	if (request->hostname)
		snprintf(out->hostname, sizeof(out->hostname), "%s", request->hostname);
	if (!failed && (strs_failed(&out->publish) || strs_failed(&out->expose)))
		failed = err_set(err, ENOMEM, "--publish: out of memory");
	if (!failed)
		failed = check_ports(out, err);
	if (!failed) {
		out->mode = mode_of(out->attachments[0].network);
		failed = check_mode(out, request, err);
	}
	if (!failed && out->mode == MODE_CONTAINER)
		failed = resolve_container(engine, &out->attachments[0], err);
	else if (!failed && (out->mode == MODE_NETWORKS || out->count > 1))
		failed = resolve_networks(engine, out, err);
	if (failed)
		wanted_fini(out);
	return failed;
}

const char *wanted_mode_name(const struct wanted *wanted)
{
	return wanted->count ? wanted->attachments[0].network : "none";
}

/* ---- the file ---- */

static void put_list(cJSON *to, const char *key, const struct strs *list)
{
	cJSON_AddItemToObject(
		to, key, cJSON_CreateStringArray((const char *const *)list->v, (int)list->len));
}

int wanted_write(int own, const struct wanted *wanted, struct err *err)
{
	auto_json *object = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(object, "Networks");
	auto_free char *text = NULL;
	int failed;

	for (size_t i = 0; i < wanted->count; i++) {
		const struct attachment *a = &wanted->attachments[i];
		cJSON *one = cJSON_CreateObject();

		cJSON_AddStringToObject(one, "Network", a->network);
		cJSON_AddStringToObject(one, "IPv4", a->ip);
		cJSON_AddStringToObject(one, "IPv6", a->ip6);
		cJSON_AddStringToObject(one, "Mac", a->mac);
		put_list(one, "Aliases", &a->aliases);
		cJSON_AddItemToArray(list, one);
	}
	put_list(object, "Publish", &wanted->publish);
	put_list(object, "Expose", &wanted->expose);
	cJSON_AddBoolToObject(object, "PublishAll", wanted->publish_all);
	cJSON_AddStringToObject(object, "Hostname", wanted->hostname);
	text = cJSON_PrintUnformatted(object);
	failed = text ? path_create_at(own, "network", text, strlen(text), 0600) : -ENOMEM;
	if (failed == -EEXIST)
		failed = path_replace_at(own, "network", text, strlen(text), 0600);
	return failed ? err_set(err, failed, "write the container's networks: %s", err_name(failed))
		      : 0;
}

static int read_attachment(struct wanted *out, const cJSON *one, struct err *err)
{
	struct attachment *a;
	int failed = add_attachment(out, json_str_or(one, "Network", ""), err);

	if (failed)
		return failed;
	a = &out->attachments[out->count - 1];
	snprintf(a->ip, sizeof(a->ip), "%s", json_str_or(one, "IPv4", ""));
	snprintf(a->ip6, sizeof(a->ip6), "%s", json_str_or(one, "IPv6", ""));
	snprintf(a->mac, sizeof(a->mac), "%s", json_str_or(one, "Mac", ""));
	return json_strs(json_array(one, "Aliases"), &a->aliases);
}

int wanted_read(int own, struct wanted *out, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_json *object = NULL;
	const cJSON *one;
	int failed = path_read_at(own, "network", WANTED_MAX, &text);

	*out = (struct wanted){.mode = MODE_NONE};
	if (failed)
		return err_set(err, failed, "read the container's networks: %s", err_name(failed));
	failed = json_parse(buf_text(&text), text.len, &object, err);
	if (failed)
		return err_in(err, "the container's networks");
	cJSON_ArrayForEach(one, json_array(object, "Networks")) {
		if (!failed)
			failed = read_attachment(out, one, err);
	}
	if (!failed)
		failed = json_strs(json_array(object, "Publish"), &out->publish);
	if (!failed)
		failed = json_strs(json_array(object, "Expose"), &out->expose);
	out->publish_all = json_is_true(object, "PublishAll");
	snprintf(out->hostname, sizeof(out->hostname), "%s", json_str_or(object, "Hostname", ""));
	out->mode = out->count ? mode_of(out->attachments[0].network) : MODE_NETWORKS;
	if (failed) {
		wanted_fini(out);
		return err_set(err, EPROTO, "the record of the container's networks is damaged");
	}
	return 0;
}
