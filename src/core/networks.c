/* networks.c - the façade's view of networks (engine_network.h): listing, making, removing. */
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/images_own.h"
#include "core/names.h"
#include "core/netspace.h"
#include "core/network_names.h"
#include "core/network_options.h"
#include "core/network_own.h"
#include "core/op.h"
#include "core/request.h"
#include "runtime/launch/net.h"
#include "util/json.h"
#include "util/own.h"

/* ---- reading ---- */

static unsigned count_members(struct engine *engine, const char *id)
{
	auto_free struct names_record *list = NULL;
	size_t count;

	return names_list(engine, id, &list, &count, NULL) < 0 ? 0 : (unsigned)count;
}

static bool is_predefined(const struct network *network)
{
	return network->kind != NETWORK_BRIDGE || network->is_default;
}

int engine_networks(
	struct engine *engine, struct network_entry **out, size_t *count, struct err *err)
{
	auto_free struct network *list = NULL;
	struct network_entry *entries;
	int failed = network_list(engine, &list, count, err);

	if (failed)
		return failed;
	entries = calloc(*count + 1, sizeof(*entries));
	if (!entries)
		return err_set(err, ENOMEM, "list networks: out of memory");
	for (size_t i = 0; i < *count; i++) {
		struct network_entry *e = &entries[i];

		snprintf(e->id, sizeof(e->id), "%s", list[i].id);
		snprintf(e->name, sizeof(e->name), "%s", list[i].name);
		snprintf(e->driver, sizeof(e->driver), "%s", network_driver(list[i].kind));
		snprintf(e->bridge, sizeof(e->bridge), "%s", list[i].bridge);
		subnet_text(&list[i].v4, e->subnet);
		subnet_text(&list[i].v6, e->subnet6);
		e->internal = list[i].internal;
		e->ipv6 = list[i].ipv6;
		e->is_builtin = is_predefined(&list[i]);
		e->created_ns = list[i].created_ns;
		e->containers = count_members(engine, list[i].id);
	}
	*out = entries;
	return 0;
}

static void add_endpoint_id(
	struct engine *engine, cJSON *to, const char *container, const struct network *network)
{
	struct net_file file = {0};
	char path[80], id[65] = "";

	snprintf(path, sizeof(path), "c/%.64s/net", container);
	net_map(store_dir(engine->store, STORE_RUN), path, &file);
	for (const struct net_record *r = NULL; (r = net_next(&file, r));) {
		const struct net_endpoint *e = net_body(r);

		if (r->type == NET_ENDPOINT && str_eq(e->network_id, network->id))
			snprintf(id, sizeof(id), "%.64s", e->id);
	}
	net_unmap(&file);
	cJSON_AddStringToObject(to, "EndpointID", id);
}

static void add_member(struct engine *engine, cJSON *to, const struct network *network,
	const struct names_record *record)
{
	char id[65], text[ADDRESS_TEXT + 8] = "", address[ADDRESS_TEXT];
	uint8_t wide[16] = {0};
	cJSON *one;

	snprintf(id, sizeof(id), "%.64s", record->id);
	one = cJSON_AddObjectToObject(to, id);
	cJSON_AddStringToObject(one, "Name", record->text);
	add_endpoint_id(engine, one, id, network);
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", record->mac[0],
		record->mac[1], record->mac[2], record->mac[3], record->mac[4], record->mac[5]);
	cJSON_AddStringToObject(one, "MacAddress", text);
	memcpy(wide, record->address4, 4);
	*text = '\0';
	if (network->v4.family)
		snprintf(text, sizeof(text), "%s/%u", address_text(AF_INET, wide, address),
			network->v4.prefix);
	cJSON_AddStringToObject(one, "IPv4Address", text);
	*text = '\0';
	if (network->v6.family)
		snprintf(text, sizeof(text), "%s/%u",
			address_text(AF_INET6, record->address6, address), network->v6.prefix);
	cJSON_AddStringToObject(one, "IPv6Address", text);
}

int engine_network_inspect(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err)
{
	auto_free struct names_record *members = NULL;
	struct network network;
	size_t count = 0;
	int failed = network_look(engine, who, &network, err);

	if (!failed)
		failed = record_read(engine, network.id, out, err);
	if (failed)
		return failed;
	names_list(engine, network.id, &members, &count, NULL); /* none before its first use */
	for (size_t i = 0; i < count; i++)
		add_member(engine, cJSON_GetObjectItemCaseSensitive(*out, "Containers"), &network,
			&members[i]);
	cJSON_DeleteItemFromObjectCaseSensitive(*out, "Bridge");
	return 0;
}

/* ---- requests ---- */

static struct strs *list_of(struct network_request *request, int at)
{
	struct strs *const lists[] = {&request->subnets, &request->gateways, &request->ip_ranges,
		&request->aux_addresses, &request->options, &request->labels};

	return at < (int)array_len(lists) ? lists[at] : NULL;
}

void network_request_init(struct network_request *request)
{
	*request = (struct network_request){0};
}

void network_request_fini(struct network_request *request)
{
	for (int i = 0; list_of(request, i); i++)
		strs_fini(list_of(request, i));
}

struct network_request *network_request_copy(const struct network_request *request)
{
	struct network_request *copy = malloc(sizeof(*copy));
	bool failed = false;

	if (!copy)
		return NULL;
	*copy = *request;
	copy->name = strdup(request->name ? request->name : "");
	copy->driver = request->driver ? strdup(request->driver) : NULL;
	failed = !copy->name || (request->driver && !copy->driver);
	for (int i = 0; list_of(copy, i); i++) {
		*list_of(copy, i) = (struct strs)STRS_INIT;
		strs_copy(list_of(copy, i), list_of((struct network_request *)request, i));
		failed |= strs_failed(list_of(copy, i));
	}
	if (!failed)
		return copy;
	network_request_free(copy);
	return NULL;
}

void network_request_free(struct network_request *request)
{
	if (!request)
		return;
	free((char *)request->name);
	free((char *)request->driver);
	network_request_fini(request);
	free(request);
}

/* ---- from a request to a network ---- */

static int check_name(const struct network_request *request, const struct network *others,
	size_t count, struct err *err)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *name = request->name;

	if (!*name)
		return err_set(err, EINVAL, "invalid name: name is empty");
	if (!strchr(first, *name) || name[strspn(name, "_.-")] == '\0' ||
		name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "_.-")] ||
		strlen(name) >= sizeof(others->name))
		return err_set(err, EINVAL,
			"invalid network name (%.60s): only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, %zu characters at most",
			name, sizeof(others->name) - 1);
	for (size_t i = 0; i < count; i++)
		if (str_eq(others[i].name, name))
			return err_set(err, EEXIST, "network with name %s already exists", name);
	if (str_eq(name, "default") || str_has_prefix(name, "container:"))
		return err_set(
			err, EINVAL, "operation is not permitted on predefined %s network", name);
	return 0;
}

static int check_driver(const struct network_request *request, struct err *err)
{
	const char *driver = request->driver;

	if (!driver || !*driver || str_eq(driver, "bridge"))
		return 0;
	if (str_eq(driver, "host") || str_eq(driver, "null"))
		return err_set(
			err, EINVAL, "only one instance of \"%s\" network is allowed", driver);
	return err_set(err, ENOENT,
		"could not find plugin %.60s in v1 plugin registry: plugin not found", driver);
}

/* Ranges that no bridge can be in: the host keeps them to itself, or to groups. */
static int check_usable(const struct subnet *subnet, const char *text, struct err *err)
{
	static const char *const taken[] = {"127.0.0.0/8", "224.0.0.0/4", "::1/128", "ff00::/8"};

	for (size_t i = 0; i < array_len(taken); i++) {
		struct subnet range;

		if (subnet_parse(taken[i], &range, NULL) == 0 && subnet_overlaps(&range, subnet))
			return err_set(err, EINVAL,
				"--subnet %s: no bridge can be in %s, which is the host's own or for "
				"multicast",
				text, taken[i]);
	}
	return 0;
}

static int take_subnets(const struct network_request *request, struct network *out, struct err *err)
{
	for (size_t i = 0; i < request->subnets.len; i++) {
		struct subnet subnet, *place;
		int failed = subnet_parse(request->subnets.v[i], &subnet, err);

		if (failed)
			return failed;
		failed = check_usable(&subnet, request->subnets.v[i], err);
		if (failed)
			return failed;
		place = subnet.family == AF_INET6 ? &out->v6 : &out->v4;
		if (place->family)
			return err_set(err, ENOTSUP,
				"%s: a network has one subnet of each address family",
				request->subnets.v[i]);
		*place = subnet;
	}
	if (out->v6.family)
		out->ipv6 = true;
	return 0;
}

static struct subnet *subnet_with(struct network *network, unsigned family, const uint8_t *address)
{
	struct subnet *subnet = family == AF_INET6 ? &network->v6 : &network->v4;

	return subnet_has(subnet, address) ? subnet : NULL;
}

static int take_gateways(
	const struct network_request *request, struct network *out, struct err *err)
{
	for (size_t i = 0; i < request->gateways.len; i++) {
		const char *text = request->gateways.v[i];
		struct subnet *subnet;
		uint8_t address[16];
		unsigned family = 0;

		if (!address_parse(text, &family, address))
			return err_set(err, EINVAL, "invalid gateway address: %s", text);
		subnet = subnet_with(out, family, address);
		if (!subnet)
			return err_set(err, EINVAL, "no matching subnet for gateway %s", text);
		memcpy(subnet->gateway, address, 16);
	}
	return 0;
}

static int take_ranges(const struct network_request *request, struct network *out, struct err *err)
{
	for (size_t i = 0; i < request->ip_ranges.len; i++) {
		struct subnet range, *subnet;
		int failed = subnet_parse(request->ip_ranges.v[i], &range, err);

		if (failed)
			return failed;
		subnet = subnet_with(out, range.family, range.base);
		if (!subnet || range.prefix < subnet->prefix)
			return err_set(err, EINVAL, "no matching subnet for range %s",
				request->ip_ranges.v[i]);
		memcpy(subnet->range_base, range.base, 16);
		subnet->range_prefix = range.prefix;
	}
	return 0;
}

static int take_reserved(
	const struct network_request *request, struct network *out, struct err *err)
{
	for (size_t i = 0; i < request->aux_addresses.len; i++) {
		const char *equals = strchr(request->aux_addresses.v[i], '=');
		uint8_t address[16];
		unsigned family = 0;

		if (!equals || !address_parse(equals + 1, &family, address))
			return err_set(err, EINVAL, "invalid auxiliary address: %s",
				request->aux_addresses.v[i]);
		if (!subnet_with(out, family, address))
			return err_set(
				err, EINVAL, "no matching subnet for aux-address %s", equals + 1);
		if (out->reserved == NETWORK_RESERVED_MAX)
			return err_set(err, E2BIG, "more than %d auxiliary addresses",
				NETWORK_RESERVED_MAX);
		out->reserved_at[out->reserved][0] = family == AF_INET6 ? 6 : 4;
		memcpy(out->reserved_at[out->reserved++] + 1, address, 16);
	}
	return 0;
}

static int choose_missing(struct engine *engine, const struct network_request *request,
	const struct network *others, size_t count, struct network *out, struct err *err)
{
	struct subnet *subnets[] = {&out->v4, &out->v6};
	int failed = 0;

	if (!out->v4.family && !request->no_ipv4)
		failed = pool_choose(engine, AF_INET, others, count, &out->v4, err);
	if (!failed && out->ipv6 && !out->v6.family)
		failed = pool_choose(engine, AF_INET6, others, count, &out->v6, err);
	for (size_t i = 0; !failed && i < array_len(subnets); i++) {
		if (!subnets[i]->family)
			continue;
		if (address_is_zero(subnets[i]->gateway))
			subnet_at(subnets[i],
				prefix_span(subnets[i]->family, subnets[i]->prefix) > 1,
				subnets[i]->gateway);
		failed = pool_check(subnets[i], others, count, err);
	}
	return failed;
}

static void name_bridge(const char *asked, struct network *out)
{
	if (asked && *asked)
		snprintf(out->bridge, sizeof(out->bridge), "%s", asked);
	else
		snprintf(out->bridge, sizeof(out->bridge), "br-%.12s", out->id);
}

static int check_bridge(
	const struct network *network, const struct network *others, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(others[i].bridge, network->bridge))
			return err_set(err, EEXIST,
				"networks have same bridge name: %s is network %s's",
				network->bridge, others[i].name);
	if (strpbrk(network->bridge, "/ \"") || str_eq(network->bridge, "."))
		return err_set(err, EINVAL, "invalid bridge name: %s", network->bridge);
	return 0;
}

static int fill(struct engine *engine, const struct network_request *request,
	const struct network *others, size_t count, struct network *out, struct err *err)
{
	int failed;

	*out = (struct network){.version = NETWORK_VERSION,
		.kind = NETWORK_BRIDGE,
		.internal = request->internal,
		.attachable = request->attachable,
		.ipv6 = request->ipv6,
		.created_ns = timing_wall()};
	if (names_new_id(out->id) < 0)
		return err_sys(err, "make an id");
	snprintf(out->name, sizeof(out->name), "%s", request->name);
	network_options_take(&request->options, out);
	name_bridge(network_options_bridge(&request->options), out);
	failed = check_bridge(out, others, count, err);
	if (!failed)
		failed = take_subnets(request, out, err);
	if (!failed)
		failed = take_gateways(request, out, err);
	if (!failed)
		failed = take_ranges(request, out, err);
	if (!failed)
		failed = take_reserved(request, out, err);
	return failed ? failed : choose_missing(engine, request, others, count, out, err);
}

/* ---- making and removing; under the lock ---- */

static void announce(struct engine *engine, const struct network *network, const char *action)
{
	journal_add(engine->journal, EVENT_NETWORK, action, network->id,
		(const char *const[]){
			"name", network->name, "type", network_driver(network->kind), NULL},
		NULL);
}

static int make(struct engine *engine, const struct network_request *request,
	struct network *network, struct err *err)
{
	auto_free struct network *others = NULL;
	size_t count;
	int failed = records_list(engine, &others, &count, err);

	if (!failed)
		failed = check_name(request, others, count, err);
	if (!failed)
		failed = check_driver(request, err);
	if (!failed)
		failed = network_options_check(&request->options, err);
	if (!failed)
		failed = fill(engine, request, others, count, network, err);
	if (!failed)
		failed = record_write(engine, network, request, err);
	if (failed)
		return failed;
	failed = network_bring_up(engine, network, err);
	if (failed) {
		network_unsettle(engine, network);
		record_remove(engine, network->id, NULL);
	}
	return failed;
}

static int create(struct op *op, struct err *err)
{
	auto_close int lock = -1;
	struct network network, bridge;
	/* The default one first: it takes the first pool, and with it the rules are there. */
	int failed = netspace_is_up(op->engine)
			     ? network_find(op->engine, NETWORK_DEFAULT, &bridge, err)
			     : network_look(op->engine, NETWORK_DEFAULT, &bridge, err);

	if (!failed)
		failed = networks_lock(op->engine, &lock, err);
	if (!failed)
		failed = make(op->engine, op->network, &network, err);
	if (failed)
		return failed;
	snprintf(op->row.id, sizeof(op->row.id), "%s", network.id);
	announce(op->engine, &network, "create");
	return 0;
}

struct op *engine_network_create(
	struct engine *engine, const struct network_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.prepare = create};
	struct op *op = op_new(request->name);

	if (op && !(op->network = network_request_copy(request))) {
		op_free(op);
		return NULL;
	}
	return op_start(engine, &verb, op, done, arg);
}

struct rewriting {
	struct engine *engine;
	struct err *err;
};

static int write_rules(void *arg)
{
	const struct rewriting *r = arg;

	return rules_check(r->engine) == -ENOENT ? 0 : rules_write(r->engine, r->err);
}

static int unmake(struct engine *engine, const struct network *network, struct err *err)
{
	struct rewriting rewriting = {engine, err};
	int failed;

	if (count_members(engine, network->id))
		return err_set(err, EBUSY,
			"error while removing network: network %s id %s has active endpoints",
			network->name, network->id);
	failed = record_remove(engine, network->id, err);
	if (failed)
		return failed;
	network_unsettle(engine, network);
	if (netspace_is_up(engine))
		failed = netspace_do(engine, write_rules, &rewriting, err);
	announce(engine, network, "destroy");
	return failed;
}

static int remove_one(struct op *op, struct err *err)
{
	auto_close int lock = -1;
	struct network network;
	int failed = networks_lock(op->engine, &lock, err);

	if (!failed)
		failed = network_look(op->engine, op->who, &network, err);
	if (failed == -ENOENT && op->force)
		return err_forgive(err);
	if (failed)
		return failed;
	if (is_predefined(&network))
		return err_set(err, EPERM, "%s is a pre-defined network and cannot be removed",
			network.name);
	return unmake(op->engine, &network, err);
}

struct op *engine_network_remove(
	struct engine *engine, const char *who, bool force, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.prepare = remove_one};
	struct op *op = op_new(who);

	if (op)
		op->force = force;
	return op_start(engine, &verb, op, done, arg);
}

static bool labels_fit(struct op *op, const struct network *network)
{
	auto_json *record = NULL;
	auto_strs labels = STRS_INIT;
	const cJSON *label;

	if (record_read(op->engine, network->id, &record, NULL) < 0)
		return false;
	cJSON_ArrayForEach(label, json_object(record, "Labels")) {
		strs_addf(&labels, "%s=%s", label->string,
			cJSON_IsString(label) ? label->valuestring : "");
	}
	return prune_labels_fit(&op->prune, &labels);
}

static int prune(struct op *op, struct err *err)
{
	auto_free struct network *list = NULL;
	auto_close int lock = -1;
	size_t count;
	int failed = networks_lock(op->engine, &lock, err);

	if (!failed)
		failed = records_list(op->engine, &list, &count, err);
	for (size_t i = 0; !failed && i < count; i++) {
		if (is_predefined(&list[i]) || !labels_fit(op, &list[i]) ||
			(op->prune.until_ns && list[i].created_ns >= op->prune.until_ns))
			continue;
		failed = unmake(op->engine, &list[i], err);
		if (!failed)
			buf_addf(&op->lines, "%s\n", list[i].name);
		else if (failed == -EBUSY)
			failed = err_forgive(err);
	}
	return failed;
}

struct op *engine_network_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "prune", .prepare = prune};

	return op_start(engine, &verb, op_new_prune(request), done, arg);
}
