#include "cli/ps_filter.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/filters.h"
#include "util/json.h"
#include "util/own.h"

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool same;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	same = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return same;
}

static bool has_id(const char *value, const void *arg)
{
	return matches(value, ((const struct container *)arg)->id);
}

static bool has_name(const char *value, const void *arg)
{
	const char *name = ((const struct container *)arg)->name;
	char slashed[200];

	name += *name == '/';
	snprintf(slashed, sizeof(slashed), "/%s", name);
	return matches(value, name) || matches(value, slashed);
}

static bool has_status(const char *value, const void *arg)
{
	return str_eq(value, container_state_name(((const struct container *)arg)->state));
}

static bool read_code(const char *value, int *code)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	*code = (int)number;
	return end > value && !*end && !errno && number == *code;
}

static bool has_code(const char *value, const void *arg)
{
	const struct container *container = arg;

	int code;

	return container->state == CONTAINER_EXITED && read_code(value, &code) &&
	       code == container->exit_code;
}

static bool has_health(const char *value, const void *arg)
{
	return str_eq(value, container_health_name(((const struct container *)arg)->health));
}

static bool has_label(const char *value, const void *arg)
{
	return filters_label(arg, value);
}

/* By a volume's name, or by where it is mounted. */
static bool has_volume(const char *value, const void *arg)
{
	const cJSON *mount;

	cJSON_ArrayForEach(mount, cJSON_GetObjectItemCaseSensitive(arg, "Mounts")) {
		static const char *const keys[] = {"Name", "Source", "Destination"};

		for (size_t i = 0; i < array_len(keys); i++)
			if (str_eq(value, json_str(mount, keys[i])))
				return true;
	}
	return false;
}

/* By a network's name, or the beginning of its id. */
static bool has_network(const char *value, const void *arg)
{
	const cJSON *settings = cJSON_GetObjectItemCaseSensitive(arg, "NetworkSettings"), *network;

	cJSON_ArrayForEach(network, cJSON_GetObjectItemCaseSensitive(settings, "Networks")) {
		const char *id = json_str(network, "NetworkID");

		if (str_eq(value, network->string) || (*value && id && str_has_prefix(id, value)))
			return true;
	}
	return false;
}

struct ports {
	unsigned from, to;
	const char *protocol;
};

static bool read_port(const char **at, unsigned *port)
{
	size_t len = strspn(*at, "0123456789");

	if (!len || len > 5)
		return false;
	*port = (unsigned)strtoul(*at, NULL, 10);
	*at += len;
	return *port <= UINT16_MAX;
}

/* "80", "80/udp", "8000-8010/tcp"; the protocol is lent. */
static bool read_ports(const char *value, struct ports *out)
{
	if (!read_port(&value, &out->from))
		return false;
	out->to = out->from;
	if (*value == '-' && (value++, !read_port(&value, &out->to)))
		return false;
	out->protocol = *value == '/' ? value + 1 : "tcp";
	return out->from <= out->to && *out->protocol && (!*value || *value == '/');
}

/* Whether one of them is a key of an object like docker's ExposedPorts. */
static bool names_port(const char *value, const cJSON *keys)
{
	struct ports wanted, has;
	const cJSON *one;

	if (!read_ports(value, &wanted))
		return false;
	cJSON_ArrayForEach(one, keys) {
		if (read_ports(one->string, &has) && has.from >= wanted.from &&
			has.from <= wanted.to && str_eq(has.protocol, wanted.protocol))
			return true;
	}
	return false;
}

static bool publishes(const char *value, const void *arg)
{
	const cJSON *host = cJSON_GetObjectItemCaseSensitive(arg, "HostConfig");

	return names_port(value, cJSON_GetObjectItemCaseSensitive(host, "PortBindings"));
}

static bool exposes(const char *value, const void *arg)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(arg, "Config");

	return names_port(value, cJSON_GetObjectItemCaseSensitive(config, "ExposedPorts"));
}

static bool descends(const struct ps_wanted *wanted, const struct container *container)
{
	const char *value;
	size_t at = 0;

	while ((value = filters_next(wanted->filters, "ancestor", &at)))
		if (str_eq(value, container->image))
			return true;
	for (size_t i = 0; i < wanted->ancestors_len; i++)
		if (str_eq(wanted->ancestors[i], container->image_id))
			return true;
	return !filters_have(wanted->filters, "ancestor");
}

bool ps_fits(const struct ps_wanted *wanted, const struct container *container)
{
	const struct strs *filters = wanted->filters;

	return (!wanted->before_ns || container->created_ns < wanted->before_ns) &&
	       (!wanted->since_ns || container->created_ns > wanted->since_ns) &&
	       filters_any(filters, "id", has_id, container) &&
	       filters_any(filters, "name", has_name, container) &&
	       filters_any(filters, "status", has_status, container) &&
	       filters_any(filters, "exited", has_code, container) &&
	       filters_any(filters, "health", has_health, container) && descends(wanted, container);
}

static int find_time(struct ps_wanted *wanted, const char *key, uint64_t *out, struct err *err)
{
	struct container container;
	size_t at = 0;
	const char *who = filters_next(wanted->filters, key, &at);

	if (!who)
		return 0;
	if (engine_container(wanted->engine, who, &container, err) < 0)
		return err->code;
	*out = container.created_ns;
	return 0;
}

static bool is_state(const char *value)
{
	for (int state = CONTAINER_CREATED; state <= CONTAINER_DEAD; state++)
		if (str_eq(value, container_state_name((enum container_state)state)))
			return true;
	return false;
}

static bool is_code(const char *value)
{
	int code;

	return read_code(value, &code);
}

static bool is_health(const char *value)
{
	for (int health = CONTAINER_HEALTH_NONE; health <= CONTAINER_HEALTH_UNHEALTHY; health++)
		if (str_eq(value, container_health_name((enum container_health)health)))
			return true;
	return false;
}

static bool is_ports(const char *value)
{
	struct ports ports;

	return read_ports(value, &ports);
}

static int check_values(const struct strs *filters, const char *key,
	bool (*is_one)(const char *value), const char *refusal, struct err *err)
{
	const char *value;
	size_t at = 0;

	while ((value = filters_next(filters, key, &at)))
		if (!is_one(value))
			return err_set(err, EINVAL, refusal, key, value);
	return 0;
}

static int check(const struct strs *filters, struct err *err)
{
	static const char invalid[] = "invalid filter '%s=%s'";

	if (check_values(filters, "status", is_state, invalid, err) < 0 ||
		check_values(filters, "exited", is_code, invalid, err) < 0 ||
		check_values(filters, "health", is_health, "Unrecognised filter value for %s: %s",
			err) < 0 ||
		check_values(filters, "publish", is_ports, invalid, err) < 0 ||
		check_values(filters, "expose", is_ports, invalid, err) < 0)
		return err->code;
	return 0;
}

int ps_wanted_init(struct ps_wanted *wanted, struct err *err)
{
	static const char *const known[] = {"id", "name", "status", "exited", "health", "label",
		"ancestor", "before", "since", "volume", "network", "publish", "expose", NULL};
	static const char *const later[] = {"is-task", "isolation", NULL};
	const struct strs *filters = wanted->filters;
	struct err ignored; /* what is no image has no descendants */
	const char *value;
	size_t at = 0;

	if (filters_check(filters, known, later, err) < 0 || check(filters, err) < 0 ||
		find_time(wanted, "before", &wanted->before_ns, err) < 0 ||
		find_time(wanted, "since", &wanted->since_ns, err) < 0)
		return err->code;
	while ((value = filters_next(filters, "ancestor", &at)))
		if (wanted->ancestors_len < array_len(wanted->ancestors) &&
			engine_image_find(wanted->engine, value,
				wanted->ancestors[wanted->ancestors_len], &ignored) == 0)
			wanted->ancestors_len++;
	return 0;
}

bool ps_wants_inspect(const struct strs *filters)
{
	static const char *const keys[] = {"label", "volume", "network", "publish", "expose"};

	for (size_t i = 0; i < array_len(keys); i++)
		if (filters_have(filters, keys[i]))
			return true;
	return false;
}

bool ps_fits_inspected(const struct strs *filters, const cJSON *inspect, const struct strs *labels)
{
	return filters_every(filters, "label", has_label, labels) &&
	       filters_any(filters, "volume", has_volume, inspect) &&
	       filters_any(filters, "network", has_network, inspect) &&
	       filters_any(filters, "publish", publishes, inspect) &&
	       filters_any(filters, "expose", exposes, inspect);
}
