#include <errno.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "cli/cli.h"
#include "cli/filters.h"
#include "cli/listing.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	bool quiet, no_trunc;
	const char *format;
	struct strs filters;
};

static const struct option options[] = {
	{"filter", 'f', OPTION_LIST, "filter", "Provide filter values (e.g. \"driver=bridge\")",
		offsetof(struct values, filters)},
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"no-trunc", 0, OPTION_BOOL, NULL, "Do not truncate the output",
		offsetof(struct values, no_trunc)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Only display network IDs",
		offsetof(struct values, quiet)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct row {
	const struct network_entry *network;
	struct strs labels;
	bool no_trunc;
};

/* ---- what is shown ---- */

static void put_id(struct buf *out, const void *data)
{
	const struct row *row = data;

	buf_addf(out, "%.*s", row->no_trunc ? 64 : 12, row->network->id);
}

static void put_name(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct row *)data)->network->name);
}

static void put_driver(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct row *)data)->network->driver);
}

static void put_scope(struct buf *out, const void *data)
{
	(void)data;
	buf_adds(out, "local");
}

static void put_truth(struct buf *out, bool truth)
{
	buf_adds(out, truth ? "true" : "false");
}

static void put_ipv6(struct buf *out, const void *data)
{
	put_truth(out, ((const struct row *)data)->network->ipv6);
}

static void put_internal(struct buf *out, const void *data)
{
	put_truth(out, ((const struct row *)data)->network->internal);
}

static void put_created(struct buf *out, const void *data)
{
	units_put_time(out, ((const struct row *)data)->network->created_ns);
}

static void put_labels(struct buf *out, const void *data)
{
	listing_put_list(out, &((const struct row *)data)->labels);
}

static void look_label(struct buf *out, const void *data, const char *word)
{
	const char *value = strs_env(&((const struct row *)data)->labels, word);

	buf_adds(out, value ? value : "");
}

static const struct field fields[] = {
	{"CreatedAt", "CREATED AT", put_created, NULL},
	{"Driver", "DRIVER", put_driver, NULL},
	{"ID", "NETWORK ID", put_id, NULL},
	{"IPv6", "IPV6", put_ipv6, NULL},
	{"Internal", "INTERNAL", put_internal, NULL},
	{"Label", "", NULL, look_label},
	{"Labels", "LABELS", put_labels, NULL},
	{"Name", "NAME", put_name, NULL},
	{"Scope", "SCOPE", put_scope, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {"ID", "Name", "Driver", "Scope", NULL};

/* ---- which ---- */

static bool has_label(const char *value, const void *arg)
{
	return filters_label(&((const struct row *)arg)->labels, value);
}

static bool has_name(const char *value, const void *arg)
{
	return strstr(((const struct row *)arg)->network->name, value);
}

static bool has_id(const char *value, const void *arg)
{
	return str_has_prefix(((const struct row *)arg)->network->id, value);
}

static bool has_driver(const char *value, const void *arg)
{
	return str_eq(((const struct row *)arg)->network->driver, value);
}

static bool has_scope(const char *value, const void *arg)
{
	(void)arg;
	return str_eq(value, "local");
}

static bool has_type(const char *value, const void *arg)
{
	return str_eq(value, "builtin") == ((const struct row *)arg)->network->is_builtin;
}

static bool is_dangling(const struct network_entry *network)
{
	return !network->containers && !network->is_builtin;
}

static bool is_wanted(const struct strs *filters, const struct row *row)
{
	int dangling = -1;

	if (filters_truth(filters, "dangling", &dangling, NULL) == 0 && dangling >= 0 &&
		dangling != is_dangling(row->network))
		return false;
	return filters_any(filters, "driver", has_driver, row) &&
	       filters_any(filters, "id", has_id, row) &&
	       filters_any(filters, "name", has_name, row) &&
	       filters_any(filters, "scope", has_scope, row) &&
	       filters_any(filters, "type", has_type, row) &&
	       filters_every(filters, "label", has_label, row);
}

static int check_filters(const struct strs *filters, struct err *err)
{
	static const char *const known[] = {
		"dangling", "driver", "id", "label", "name", "scope", "type", NULL};
	const char *value;
	int dangling;
	size_t at = 0;

	if (filters_check(filters, known, NULL, err) < 0 ||
		filters_truth(filters, "dangling", &dangling, err) < 0)
		return err->code;
	while ((value = filters_next(filters, "type", &at)))
		if (!str_eq(value, "builtin") && !str_eq(value, "custom"))
			return err_set(err, EINVAL, "invalid filter: 'type'='%s'", value);
	return 0;
}

/* ---- all of it ---- */

static void read_labels(struct cli *cli, const char *id, struct strs *out)
{
	struct cJSON *object = NULL;
	const cJSON *label;

	if (engine_network_inspect(cli->engine, id, &object, NULL) < 0)
		return;
	cJSON_ArrayForEach(label, cJSON_GetObjectItemCaseSensitive(object, "Labels")) {
		strs_addf(out, "%s=%s", label->string,
			cJSON_IsString(label) ? label->valuestring : "");
	}
	cJSON_Delete(object);
}

static int add_rows(struct cli *cli, const struct values *values, struct listing *listing,
	const struct network_entry *list, size_t count, struct err *err)
{
	size_t none = 0;
	bool labelled = listing_wants(listing, "Labels") || listing_wants(listing, "Label") ||
			filters_next(&values->filters, "label", &none);
	int failed = 0;

	for (size_t i = 0; !failed && i < count; i++) {
		struct row row = {.network = &list[i], .no_trunc = values->no_trunc};

		if (labelled)
			read_labels(cli, list[i].id, &row.labels);
		if (is_wanted(&values->filters, &row)) {
			if (values->quiet)
				buf_addf(&cli->out.text, "%.*s\n", values->no_trunc ? 64 : 12,
					list[i].id);
			else
				failed = listing_add(listing, &row, err);
		}
		strs_fini(&row.labels);
	}
	return failed;
}

static int list(struct cli *cli, const struct values *values, struct err *err)
{
	auto_free struct network_entry *networks = NULL;
	struct listing *listing = NULL;
	size_t count;
	int failed = listing_new(
		values->quiet ? NULL : values->format, fields, columns, "network", &listing, err);

	if (!failed)
		failed = engine_networks(cli->engine, &networks, &count, err);
	if (!failed)
		failed = add_rows(cli, values, listing, networks, count, err);
	if (!failed && !values->quiet)
		listing_end(listing, &cli->out.text);
	listing_free(listing);
	return failed;
}

static int ls(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct err err;

	(void)operands;
	if (check_filters(&values->filters, &err) < 0)
		return cli_fail(&err, 1);
	if (!cli_open(cli))
		return 1;
	return list(cli, values, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_network_ls = {
	.names = {"network ls", "network list"},
	.usage = "[OPTIONS]",
	.summary = "List networks",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = ls,
};
