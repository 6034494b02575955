#include <string.h>

#include "cli/cli.h"
#include "cli/filters.h"
#include "cli/listing.h"
#include "cli/units.h"

struct values {
	bool quiet;
	const char *format;
	struct strs filters;
};

static const struct option options[] = {
	{"cluster", 0, OPTION_LATER, NULL, NULL, 0},
	{"filter", 'f', OPTION_LIST, "filter", "Provide filter values (e.g. \"dangling=true\")",
		offsetof(struct values, filters)},
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Only display volume names",
		offsetof(struct values, quiet)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* ---- what is shown ---- */

static void put_name(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct volume_entry *)data)->name);
}

static void put_local(struct buf *out, const void *data)
{
	(void)data;
	buf_adds(out, "local");
}

static void put_mountpoint(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct volume_entry *)data)->mountpoint);
}

static void put_labels(struct buf *out, const void *data)
{
	listing_put_list(out, &((const struct volume_entry *)data)->labels);
}

static void look_label(struct buf *out, const void *data, const char *word)
{
	const char *value = strs_env(&((const struct volume_entry *)data)->labels, word);

	buf_adds(out, value ? value : "");
}

/* What docker tells only where it has weighed: with "system df -v". */
static void put_not_known(struct buf *out, const void *data)
{
	(void)data;
	buf_adds(out, "N/A");
}

static const struct field fields[] = {
	{"Availability", "AVAILABILITY", put_not_known, NULL},
	{"Driver", "DRIVER", put_local, NULL},
	{"Group", "GROUP", put_not_known, NULL},
	{"Label", "", NULL, look_label},
	{"Labels", "LABELS", put_labels, NULL},
	{"Links", "LINKS", put_not_known, NULL},
	{"Mountpoint", "MOUNTPOINT", put_mountpoint, NULL},
	{"Name", "VOLUME NAME", put_name, NULL},
	{"Scope", "SCOPE", put_local, NULL},
	{"Size", "SIZE", put_not_known, NULL},
	{"Status", "STATUS", put_not_known, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {"Driver", "Name", NULL};

/* ---- which ---- */

static bool has_label(const char *value, const void *arg)
{
	return filters_label(&((const struct volume_entry *)arg)->labels, value);
}

/* A part of the name is enough, as docker has it. */
static bool has_name(const char *value, const void *arg)
{
	return strstr(((const struct volume_entry *)arg)->name, value);
}

static bool has_driver(const char *value, const void *arg)
{
	(void)arg;
	return str_eq(value, "local");
}

static bool is_wanted(const struct strs *filters, const struct volume_entry *volume)
{
	int dangling = -1;

	if (filters_truth(filters, "dangling", &dangling, NULL) == 0 && dangling >= 0 &&
		dangling != !volume->containers)
		return false;
	return filters_any(filters, "driver", has_driver, volume) &&
	       filters_any(filters, "name", has_name, volume) &&
	       filters_every(filters, "label", has_label, volume);
}

static int check_filters(const struct strs *filters, struct err *err)
{
	static const char *const known[] = {"dangling", "driver", "label", "name", NULL};
	int dangling;

	if (filters_check(filters, known, NULL, err) < 0)
		return err->code;
	return filters_truth(filters, "dangling", &dangling, err);
}

/* ---- all of it ---- */

static int list(struct cli *cli, const struct values *values, struct err *err)
{
	struct volume_entry *volumes = NULL;
	struct listing *listing = NULL;
	size_t count = 0;
	/* --quiet beats a table, not a template. */
	bool bare = values->quiet && (!values->format || str_eq(values->format, "table"));
	int failed = listing_new(bare ? "{{.Name}}" : values->format, fields, columns,
		"*formatter.volumeContext", &listing, err);

	if (!failed)
		failed = engine_volumes(cli->engine, &volumes, &count, err);
	for (size_t i = 0; i < count && !failed; i++)
		if (is_wanted(&values->filters, &volumes[i]))
			failed = listing_add(listing, &volumes[i], err);
	if (!failed)
		listing_end(listing, &cli->out.text);
	listing_free(listing);
	engine_volumes_free(volumes, count);
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

const struct command command_volume_ls = {
	.names = {"volume ls", "volume list"},
	.usage = "[OPTIONS]",
	.summary = "List volumes",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = ls,
};
