/* network_record.c - what a network is, for good: STORE/networks/<id>.json, docker's inspect object
 * as it was created, and the name of its bridge. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/names.h"
#include "core/network_options.h"
#include "core/network_own.h"
#include "util/json.h"
#include "util/path.h"

enum { RECORD_MAX = 1 << 20 };

static const char *const drivers[] = {
	[NETWORK_BRIDGE] = "bridge", [NETWORK_HOST] = "host", [NETWORK_NONE] = "null"};

const char *network_driver(enum network_kind kind)
{
	return drivers[kind];
}

static int records_dir(struct engine *engine, struct err *err)
{
	int store = store_fd(engine->store), fd;

	if (mkdirat(store, "networks", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "make %s/networks", store_root(engine->store));
	fd = openat(store, "networks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(err, "open %s/networks", store_root(engine->store)) : fd;
}

/* ---- reading ---- */

static void read_range(struct subnet *subnet, const char *text)
{
	struct subnet range;

	if (!text || !*text || subnet_parse(text, &range, NULL) < 0 ||
		range.family != subnet->family)
		return;
	memcpy(subnet->range_base, range.base, 16);
	subnet->range_prefix = range.prefix;
}

static void read_reserved(struct network *out, const cJSON *config)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, json_object(config, "AuxiliaryAddresses")) {
		unsigned family = 0;

		if (out->reserved == NETWORK_RESERVED_MAX || !cJSON_IsString(one) ||
			!address_parse(
				one->valuestring, &family, out->reserved_at[out->reserved] + 1))
			continue;
		out->reserved_at[out->reserved++][0] = family == AF_INET6 ? 6 : 4;
	}
}

static int read_subnet(struct network *out, const cJSON *config, struct err *err)
{
	const char *text = json_str(config, "Subnet"), *gateway = json_str(config, "Gateway");
	struct subnet subnet;
	unsigned family;
	int failed = subnet_parse(text ? text : "", &subnet, err);

	if (failed)
		return failed;
	family = subnet.family;
	if (gateway && *gateway && !address_parse(gateway, &family, subnet.gateway))
		return err_set(err, EINVAL, "invalid gateway address: %s", gateway);
	read_range(&subnet, json_str(config, "IPRange"));
	read_reserved(out, config);
	if (subnet.family == AF_INET6)
		out->v6 = subnet;
	else
		out->v4 = subnet;
	return 0;
}

static uint64_t read_time(const char *text)
{
	struct tm tm = {0};
	unsigned nanoseconds = 0;

	if (!text || sscanf(text, "%d-%d-%dT%d:%d:%d.%9uZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
			     &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &nanoseconds) < 6)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (uint64_t)timegm(&tm) * 1000000000u + nanoseconds;
}

static void read_options(struct network *out, const cJSON *record)
{
	auto_strs options = STRS_INIT;
	const cJSON *one;

	cJSON_ArrayForEach(one, json_object(record, "Options"))
		if (cJSON_IsString(one))
			strs_addf(&options, "%s=%s", one->string, one->valuestring);
	network_options_take(&options, out);
}

static int parse(const cJSON *record, struct network *out, struct err *err)
{
	const char *driver = json_str_or(record, "Driver", "");
	const cJSON *config;

	*out = (struct network){.version = NETWORK_VERSION, .kind = NETWORK_NONE};
	for (size_t i = 0; i < array_len(drivers); i++)
		if (str_eq(driver, drivers[i]))
			out->kind = (enum network_kind)i;
	snprintf(out->id, sizeof(out->id), "%s", json_str_or(record, "Id", ""));
	snprintf(out->name, sizeof(out->name), "%s", json_str_or(record, "Name", ""));
	snprintf(out->bridge, sizeof(out->bridge), "%s", json_str_or(record, "Bridge", ""));
	out->created_ns = read_time(json_str(record, "Created"));
	out->internal = json_is_true(record, "Internal");
	out->ipv6 = json_is_true(record, "EnableIPv6");
	out->attachable = json_is_true(record, "Attachable");
	out->is_default = str_eq(out->name, NETWORK_DEFAULT);
	read_options(out, record);
	if (!str_is_hex(out->id, 64) || !*out->name)
		return err_set(err, EPROTO, "a network's record is damaged");
	cJSON_ArrayForEach(config, json_array(json_object(record, "IPAM"), "Config")) {
		int failed = read_subnet(out, config, err);

		if (failed)
			return failed;
	}
	return 0;
}

static int read_file(int dir, const char *file, cJSON **out, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = path_read_at(dir, file, RECORD_MAX, &text);

	if (failed)
		return err_set(err, failed, "read networks/%s: %s", file, err_name(failed));
	failed = json_parse(buf_text(&text), text.len, out, err);
	return failed ? err_in(err, "networks/%s", file) : 0;
}

int record_read(struct engine *engine, const char *id, cJSON **out, struct err *err)
{
	auto_close int dir = records_dir(engine, err);
	char file[80];

	snprintf(file, sizeof(file), "%.64s.json", id);
	return dir < 0 ? dir : read_file(dir, file, out, err);
}

struct records {
	struct network *v;
	size_t len, room;
};

static int add(struct records *list, const struct network *network)
{
	if (list->len == list->room) {
		size_t room = list->room * 2 + 8;
		struct network *more = realloc(list->v, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		list->v = more;
		list->room = room;
	}
	list->v[list->len++] = *network;
	return 0;
}

static int read_all(int fd, struct records *list, struct err *err)
{
	int again = dup(fd), failed = 0;
	DIR *dir = again < 0 ? NULL : fdopendir(again);

	for (struct dirent *entry; !failed && dir && (entry = readdir(dir));) {
		auto_json *record = NULL;
		struct network network;

		if (strlen(entry->d_name) != 64 + 5 || !str_has_suffix(entry->d_name, ".json"))
			continue;
		failed = read_file(fd, entry->d_name, &record, err);
		if (failed == -ENOENT) { /* removed just now */
			failed = err_forgive(err);
			continue;
		}
		if (!failed)
			failed = parse(record, &network, err);
		if (!failed && add(list, &network) < 0)
			failed = err_set(err, ENOMEM, "list networks: out of memory");
	}
	if (dir)
		closedir(dir);
	return failed;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct network *)a)->name, ((const struct network *)b)->name);
}

/* ---- those that are always there ---- */

static bool has(const struct records *list, const char *name)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->v[i].name, name))
			return true;
	return false;
}

static int make(struct engine *engine, const char *name, enum network_kind kind,
	struct records *list, struct err *err)
{
	struct network network = {
		.version = NETWORK_VERSION, .kind = kind, .created_ns = timing_wall()};
	int failed = 0;

	snprintf(network.name, sizeof(network.name), "%s", name);
	if (names_new_id(network.id) < 0)
		return err_sys(err, "make an id");
	if (kind == NETWORK_BRIDGE) {
		bool is_usual = str_eq(store_run_root(engine->store), "/run/davit");

		network.masquerade = network.is_default = true;
		snprintf(network.bridge, sizeof(network.bridge), is_usual ? "davit0" : "br-%.12s",
			network.id);
		failed = pool_choose(engine, AF_INET, list->v, list->len, &network.v4, err);
	}
	if (!failed)
		failed = record_write(engine, &network, NULL, err);
	if (!failed && add(list, &network) < 0)
		failed = err_set(err, ENOMEM, "list networks: out of memory");
	return failed;
}

static int make_missing(struct engine *engine, struct records *list, struct err *err)
{
	static const struct {
		const char *name;
		enum network_kind kind;
	} always[] = {{"bridge", NETWORK_BRIDGE}, {"host", NETWORK_HOST}, {"none", NETWORK_NONE}};
	int failed = 0;

	for (size_t i = 0; !failed && i < array_len(always); i++)
		if (!has(list, always[i].name))
			failed = make(engine, always[i].name, always[i].kind, list, err);
	return failed;
}

static bool has_all(const struct records *list)
{
	return has(list, "bridge") && has(list, "host") && has(list, "none");
}

/* Two first davits at once: one makes them, the other finds them made. */
static int lock_and_make(struct engine *engine, int dir, struct records *list, struct err *err)
{
	auto_close int lock = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int failed;

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return err_sys(err, "lock %s/networks", store_root(engine->store));
	list->len = 0;
	failed = read_all(dir, list, err);
	return failed ? failed : make_missing(engine, list, err);
}

int records_list(struct engine *engine, struct network **out, size_t *count, struct err *err)
{
	auto_close int dir = records_dir(engine, err);
	struct records list = {0};
	int failed = dir < 0 ? dir : read_all(dir, &list, err);

	if (!failed && !has_all(&list))
		failed = lock_and_make(engine, dir, &list, err);
	if (failed) {
		free(list.v);
		return failed;
	}
	qsort(list.v, list.len, sizeof(*list.v), by_name);
	*out = list.v;
	*count = list.len;
	return 0;
}

/* ---- writing ---- */

static void put_time(cJSON *to, const char *key, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000u);
	struct tm tm;
	char text[64];
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, sizeof(text) - len, ".%09uZ", (unsigned)(ns % 1000000000u));
	cJSON_AddStringToObject(to, key, text);
}

static void put_reserved(cJSON *config, const struct network_request *request, unsigned family)
{
	cJSON *aux = NULL;

	for (size_t i = 0; request && i < request->aux_addresses.len; i++) {
		auto_free char *name = strdup(request->aux_addresses.v[i]);
		char *equals = name ? strchr(name, '=') : NULL;

		if (!equals || (strchr(equals, ':') != NULL) != (family == AF_INET6))
			continue;
		*equals = '\0';
		if (!aux)
			aux = cJSON_AddObjectToObject(config, "AuxiliaryAddresses");
		cJSON_AddStringToObject(aux, name, equals + 1);
	}
}

static void put_subnet(
	cJSON *list, const struct subnet *subnet, const struct network_request *request)
{
	struct subnet range = *subnet;
	char text[ADDRESS_TEXT + 4];
	cJSON *config;

	if (!subnet->family)
		return;
	config = cJSON_CreateObject();
	cJSON_AddItemToArray(list, config);
	cJSON_AddStringToObject(config, "Subnet", subnet_text(subnet, text));
	memcpy(range.base, subnet->range_base, 16);
	range.prefix = subnet->range_prefix;
	if (range.prefix != subnet->prefix)
		cJSON_AddStringToObject(config, "IPRange", subnet_text(&range, text));
	if (!address_is_zero(subnet->gateway))
		cJSON_AddStringToObject(
			config, "Gateway", address_text(subnet->family, subnet->gateway, text));
	put_reserved(config, request, subnet->family);
}

static void put_pairs(cJSON *record, const char *key, const struct strs *list)
{
	cJSON *object = cJSON_AddObjectToObject(record, key);

	for (size_t i = 0; list && i < list->len; i++) {
		auto_free char *name = strdup(list->v[i]);
		char *equals = name ? strchr(name, '=') : NULL;

		if (!name)
			return;
		if (equals)
			*equals = '\0';
		cJSON_DeleteItemFromObjectCaseSensitive(object, name);
		cJSON_AddStringToObject(object, name, equals ? equals + 1 : "");
	}
}

static void put_default_options(cJSON *record, const struct network *network)
{
	cJSON *options = cJSON_GetObjectItemCaseSensitive(record, "Options");

	if (!network->is_default || network->kind != NETWORK_BRIDGE)
		return;
	cJSON_AddStringToObject(options, "com.docker.network.bridge.default_bridge", "true");
	cJSON_AddStringToObject(options, "com.docker.network.bridge.enable_icc", "true");
	cJSON_AddStringToObject(options, "com.docker.network.bridge.enable_ip_masquerade", "true");
	cJSON_AddStringToObject(options, "com.docker.network.bridge.host_binding_ipv4", "0.0.0.0");
	cJSON_AddStringToObject(options, "com.docker.network.bridge.name", network->bridge);
	cJSON_AddStringToObject(options, "com.docker.network.driver.mtu", "1500");
}

static cJSON *describe(const struct network *network, const struct network_request *request)
{
	cJSON *record = cJSON_CreateObject(), *ipam, *config;

	cJSON_AddStringToObject(record, "Name", network->name);
	cJSON_AddStringToObject(record, "Id", network->id);
	put_time(record, "Created", network->created_ns);
	cJSON_AddStringToObject(record, "Scope", "local");
	cJSON_AddStringToObject(record, "Driver", drivers[network->kind]);
	cJSON_AddBoolToObject(record, "EnableIPv4", network->v4.family != 0 || !network->v6.family);
	cJSON_AddBoolToObject(record, "EnableIPv6", network->ipv6);
	ipam = cJSON_AddObjectToObject(record, "IPAM");
	cJSON_AddStringToObject(ipam, "Driver", "default");
	cJSON_AddNullToObject(ipam, "Options");
	config = cJSON_AddArrayToObject(ipam, "Config");
	put_subnet(config, &network->v4, request);
	put_subnet(config, &network->v6, request);
	cJSON_AddBoolToObject(record, "Internal", network->internal);
	cJSON_AddBoolToObject(record, "Attachable", network->attachable);
	cJSON_AddBoolToObject(record, "Ingress", false);
	cJSON_AddStringToObject(cJSON_AddObjectToObject(record, "ConfigFrom"), "Network", "");
	cJSON_AddBoolToObject(record, "ConfigOnly", false);
	cJSON_AddObjectToObject(record, "Containers");
	put_pairs(record, "Options", request ? &request->options : NULL);
	put_default_options(record, network);
	put_pairs(record, "Labels", request ? &request->labels : NULL);
	cJSON_AddStringToObject(record, "Bridge", network->bridge);
	return record;
}

int record_write(struct engine *engine, const struct network *network,
	const struct network_request *request, struct err *err)
{
	auto_close int dir = records_dir(engine, err);
	auto_json *record = describe(network, request);
	auto_free char *text = cJSON_Print(record);
	char file[80];
	int failed;

	if (dir < 0)
		return dir;
	if (!text)
		return err_set(err, ENOMEM, "network %s: out of memory", network->name);
	snprintf(file, sizeof(file), "%s.json", network->id);
	failed = path_replace_at(dir, file, text, strlen(text), 0600);
	return failed ? err_set(err, failed, "network %s: write its record: %s", network->name,
				err_name(failed))
		      : 0;
}

int record_remove(struct engine *engine, const char *id, struct err *err)
{
	auto_close int dir = records_dir(engine, err);
	char file[80];

	snprintf(file, sizeof(file), "%.64s.json", id);
	if (dir < 0)
		return dir;
	return unlinkat(dir, file, 0) < 0 && errno != ENOENT
		       ? err_sys(err, "remove a network's record")
		       : 0;
}
