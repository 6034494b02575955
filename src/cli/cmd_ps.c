#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/filters.h"
#include "cli/listing.h"
#include "cli/ps_filter.h"
#include "cli/units.h"
#include "util/json.h"
#include "util/own.h"
#include "util/template_value.h"

struct values {
	bool all, quiet, no_trunc, latest;
	int64_t last;
	const char *format;
	struct strs filters;
};

static const struct option options[] = {
	{"all", 'a', OPTION_BOOL, NULL, "Show all containers (default shows just running)",
		offsetof(struct values, all)},
	{"filter", 'f', OPTION_LIST, "filter", "Filter output based on conditions provided",
		offsetof(struct values, filters)},
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"last", 'n', OPTION_INT, NULL, "Show n last created containers (includes all states)",
		offsetof(struct values, last)},
	{"latest", 'l', OPTION_BOOL, NULL,
		"Show the latest created container (includes all states)",
		offsetof(struct values, latest)},
	{"no-trunc", 0, OPTION_BOOL, NULL, "Don't truncate output",
		offsetof(struct values, no_trunc)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Only display container IDs",
		offsetof(struct values, quiet)},
	{"size", 's', OPTION_LATER, NULL, NULL, 0},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.last = -1};

struct row {
	struct engine *engine;
	const struct container *container;
	bool no_trunc;
	uint64_t now_ns;
	const struct strs *labels;
	const cJSON *inspect; /* when a field needs it */
};

/* ---- fields ---- */

static void put_id(struct buf *out, const void *data)
{
	const struct row *row = data;

	buf_addf(out, "%.*s", row->no_trunc ? 64 : 12, row->container->id);
}

static void put_command(struct buf *out, const void *data)
{
	const struct row *row = data;
	auto_buf text = BUF_INIT;

	if (row->no_trunc)
		buf_adds(&text, row->container->command);
	else
		listing_put_short(&text, row->container->command, 20);
	value_quote(buf_text(&text), text.len, out);
}

static void put_created(struct buf *out, const void *data)
{
	units_put_created(out, ((const struct row *)data)->container->created_ns);
}

static void put_running_for(struct buf *out, const void *data)
{
	const struct row *row = data;

	units_put_ago(out, row->container->created_ns, row->now_ns);
	buf_adds(out, " ago");
}

static void put_image(struct buf *out, const void *data)
{
	const struct row *row = data;

	buf_adds(out, row->container->image);
}

static void put_names(struct buf *out, const void *data)
{
	const char *name = ((const struct row *)data)->container->name;

	buf_adds(out, name + (*name == '/'));
}

static void put_state(struct buf *out, const void *data)
{
	buf_adds(out, container_state_name(((const struct row *)data)->container->state));
}

static void put_status(struct buf *out, const void *data)
{
	const struct row *row = data;
	const struct container *container = row->container;

	switch (container->state) {
	case CONTAINER_RUNNING:
	case CONTAINER_PAUSED:
		buf_adds(out, "Up ");
		units_put_ago(out, container->started_ns, row->now_ns);
		if (container->state == CONTAINER_PAUSED)
			buf_adds(out, " (Paused)");
		else if (container->health != CONTAINER_HEALTH_NONE)
			buf_addf(out, " (%s%s)",
				container->health == CONTAINER_HEALTH_STARTING ? "health: " : "",
				container_health_name(container->health));
		return;
	case CONTAINER_RESTARTING:
	case CONTAINER_EXITED:
		buf_addf(out, "%s (%d) ",
			container->state == CONTAINER_EXITED ? "Exited" : "Restarting",
			container->exit_code);
		units_put_ago(out, container->finished_ns, row->now_ns);
		buf_adds(out, " ago");
		return;
	case CONTAINER_REMOVING:
		buf_adds(out, "Removal In Progress");
		return;
	case CONTAINER_DEAD:
		buf_adds(out, "Dead");
		return;
	case CONTAINER_CREATED:
		buf_adds(out, "Created");
		return;
	}
}

static void put_labels(struct buf *out, const void *data)
{
	const struct row *row = data;

	if (row->labels)
		listing_put_list(out, row->labels);
}

static void look_label(struct buf *out, const void *data, const char *key)
{
	const struct row *row = data;
	const char *value = row->labels ? strs_env(row->labels, key) : NULL;

	buf_adds(out, value ? value : "");
}

static void put_networks(struct buf *out, const void *data)
{
	const struct row *row = data;
	const cJSON *settings = cJSON_GetObjectItem(row->inspect, "NetworkSettings"), *network;

	cJSON_ArrayForEach(network, cJSON_GetObjectItem(settings, "Networks"))
		buf_addf(out, "%s%s", network->prev->next ? "," : "", network->string);
}

static void put_mounts(struct buf *out, const void *data)
{
	const struct row *row = data;
	const cJSON *mounts = cJSON_GetObjectItem(row->inspect, "Mounts"), *mount;

	cJSON_ArrayForEach(mount, mounts) {
		const char *source = json_str_or(mount, "Source", "");
		const char *name = json_str_or(mount, "Name", source);
		auto_buf text = BUF_INIT;

		listing_put_short(&text, name, row->no_trunc ? 4096 : 15);
		buf_addf(out, "%s%s", mount != mounts->child ? "," : "", buf_text(&text));
	}
}

/* Ports that follow each other on both sides are one range, as docker shows them. */
static size_t run_of(const struct container_port *list, size_t count)
{
	size_t len = 1;

	while (len < count && str_eq(list[len].protocol, list->protocol) &&
		str_eq(list[len].host, list->host) && list[len].port == list->port + len &&
		list[len].host_port == (list->host_port ? list->host_port + len : 0))
		len++;
	return len;
}

static void put_run(struct buf *out, const struct container_port *port, size_t len)
{
	if (port->host_port) {
		buf_addf(out, strchr(port->host, ':') ? "[%s]:%u" : "%s:%u", port->host,
			port->host_port);
		if (len > 1)
			buf_addf(out, "-%zu", port->host_port + len - 1);
		buf_adds(out, "->");
	}
	buf_addf(out, "%u", port->port);
	if (len > 1)
		buf_addf(out, "-%zu", port->port + len - 1);
	buf_addf(out, "/%s", port->protocol);
}

static int by_way(const void *a, const void *b)
{
	const struct container_port *x = a, *y = b;

	if (!x->host_port != !y->host_port)
		return !x->host_port ? 1 : -1;
	if (!str_eq(x->host, y->host))
		return strcmp(x->host, y->host);
	return str_eq(x->protocol, y->protocol) ? x->port - y->port
						: strcmp(x->protocol, y->protocol);
}

static void put_ports(struct buf *out, const void *data)
{
	const struct row *row = data;
	auto_free struct container_port *list = NULL;
	size_t count = 0;

	if (row->container->pid && row->container->has_ports)
		engine_container_ports(row->engine, row->container, &list, &count, NULL);
	if (count)
		qsort(list, count, sizeof(*list), by_way);
	for (size_t i = 0, len; i < count; i += len) {
		len = run_of(list + i, count - i);
		buf_adds(out, i ? ", " : "");
		put_run(out, list + i, len);
	}
}

static const struct field fields[] = {
	{"Command", "COMMAND", put_command, NULL},
	{"CreatedAt", "CREATED AT", put_created, NULL},
	{"ID", "CONTAINER ID", put_id, NULL},
	{"Image", "IMAGE", put_image, NULL},
	{"Label", NULL, NULL, look_label},
	{"Labels", "LABELS", put_labels, NULL},
	{"Mounts", "MOUNTS", put_mounts, NULL},
	{"Names", "NAMES", put_names, NULL},
	{"Networks", "NETWORKS", put_networks, NULL},
	{"Ports", "PORTS", put_ports, NULL},
	{"RunningFor", "CREATED", put_running_for, NULL},
	{"State", "STATE", put_state, NULL},
	{"Status", "STATUS", put_status, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {
	"ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names", NULL};

/* ---- the list ---- */

struct showing {
	struct cli *cli;
	const struct values *values;
	struct listing *listing; /* NULL: ids alone */
	struct ps_wanted wanted;
	bool wants_inspect;
};

static void read_labels(const cJSON *inspect, struct strs *out)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(inspect, "Config"), *label;

	cJSON_ArrayForEach(label, cJSON_GetObjectItemCaseSensitive(config, "Labels"))
		strs_addf(out, "%s=%s", label->string,
			cJSON_IsString(label) ? label->valuestring : "");
}

static int show(struct showing *showing, const struct container *container, struct err *err)
{
	auto_strs labels = STRS_INIT;
	struct row row = {.engine = showing->cli->engine,
		.container = container,
		.no_trunc = showing->values->no_trunc,
		.now_ns = units_now(),
		.labels = &labels};
	cJSON *inspect = NULL;
	struct err gone;
	int failed = 0;

	if (showing->wants_inspect &&
		engine_container_describe(showing->cli->engine, container, &inspect, &gone) == 0)
		read_labels(inspect, &labels);
	row.inspect = inspect;
	if (!ps_fits_inspected(&showing->values->filters, inspect, &labels)) {
		cJSON_Delete(inspect);
		return 0;
	}
	if (showing->listing) {
		failed = listing_add(showing->listing, &row, err);
	} else {
		put_id(&showing->cli->out.text, &row);
		buf_addc(&showing->cli->out.text, '\n');
	}
	cJSON_Delete(inspect);
	return failed < 0 ? failed : 1;
}

static int show_all(struct showing *showing, struct err *err)
{
	const struct values *values = showing->values;
	struct container *containers = NULL;
	int64_t left = values->latest ? 1 : values->last;
	bool all = values->all || left > 0 || filters_have(&values->filters, "status");
	size_t count;
	int shown = engine_containers(showing->cli->engine, &containers, &count, err);

	for (size_t i = 0; shown >= 0 && i < count && left != 0; i++) {
		enum container_state state = containers[i].state;

		if (!all && state != CONTAINER_RUNNING && state != CONTAINER_PAUSED &&
			state != CONTAINER_RESTARTING)
			continue;
		if (!ps_fits(&showing->wanted, &containers[i]))
			continue;
		shown = show(showing, &containers[i], err);
		if (shown > 0 && left > 0)
			left--;
	}
	free(containers);
	return shown < 0 ? shown : 0;
}

static int ps(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct showing showing = {.cli = cli, .values = values};
	struct err err;
	int failed;

	(void)operands;
	if (!cli_open(cli))
		return 1;
	showing.wanted = (struct ps_wanted){.engine = cli->engine, .filters = &values->filters};
	if (ps_wanted_init(&showing.wanted, &err) < 0)
		return cli_fail(&err, 1);
	if (!values->quiet || values->format) {
		if (listing_new(values->format, fields, columns, "*formatter.ContainerContext",
			    &showing.listing, &err) < 0)
			return cli_fail(&err, 1);
		showing.wants_inspect = listing_wants(showing.listing, "Labels") ||
					listing_wants(showing.listing, "Label") ||
					listing_wants(showing.listing, "Mounts") ||
					listing_wants(showing.listing, "Networks");
	}
	showing.wants_inspect = showing.wants_inspect || ps_wants_inspect(&values->filters);
	failed = show_all(&showing, &err);
	if (!failed && showing.listing)
		listing_end(showing.listing, &cli->out.text);
	listing_free(showing.listing);
	return failed ? cli_fail(&err, 1) : 0;
}

const struct command command_ps = {
	.names = {"ps", "container ls", "container list", "container ps"},
	.usage = "[OPTIONS]",
	.summary = "List containers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 0,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = ps,
};
