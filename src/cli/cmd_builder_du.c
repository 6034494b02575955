#include <stdlib.h>

#include "cli/cache_table.h"
#include "cli/cli.h"
#include "cli/prune_filters.h"
#include "util/own.h"

struct values {
	bool verbose;
	const char *format;
	struct strs filters;
};

static const struct option options[] = {
	{"filter", 0, OPTION_LIST, "filter", "Provide filter values (e.g. 'until=24h')",
		offsetof(struct values, filters)},
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"verbose", 'v', OPTION_BOOL, NULL, "Provide a more verbose output",
		offsetof(struct values, verbose)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int put(struct cli *cli, const struct values *values, struct err *err)
{
	auto_free struct build_cache_entry *entries = NULL;
	struct prune_request request = {.all = true, .to_look = true};
	size_t n = 0;
	int failed = cache_filters(&values->filters, &request, err);

	if (!failed)
		failed = engine_build_cache(cli->engine, &request, &entries, &n, err);
	strs_fini(&request.fields);
	return failed ? failed
		      : cache_put_du(
				values->format, values->verbose, entries, n, &cli->out.text, err);
}

static int du(struct cli *cli, void *data, const struct operands *operands)
{
	struct err err;

	(void)operands;
	if (!cli_open(cli))
		return 1;
	return put(cli, data, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_builder_du = {
	.names = {"builder du", "buildx du"},
	.usage = "[OPTIONS]",
	.summary = "Show what builds keep, and how much disk it takes",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = du,
};
