#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/confirm.h"
#include "cli/each.h"
#include "cli/prune_filters.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	bool all, force;
	int64_t keep, most; /* bytes; 0: not given */
	struct strs filters;
};

#define at(member) offsetof(struct values, member)

static const struct option options[] = {
	{"all", 'a', OPTION_BOOL, NULL,
		"Remove what images share too, and the hashes of files, not just the rest",
		at(all)},
	{"filter", 0, OPTION_LIST, "filter", "Provide filter values (e.g. 'until=24h')",
		at(filters)},
	{"force", 'f', OPTION_BOOL, NULL, "Do not prompt for confirmation", at(force)},
	{"keep-storage", 0, OPTION_BYTES, NULL, "Amount of disk space to keep for cache", at(keep)},
	{"max-used-space", 0, OPTION_BYTES, NULL, "Amount of disk space that cache may take",
		at(most)},
	{"min-free-space", 0, OPTION_LATER, NULL, NULL, 0},
	{"reserved-space", 0, OPTION_BYTES, NULL, "Amount of disk space to keep for cache",
		at(keep)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* ---- sure? ---- */

static void put_kind(struct buf *out, const struct build_cache_entry *entries, size_t n,
	const char *type, const char *one, const char *many)
{
	uint64_t bytes = 0;
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(entries[i].type, type) == 0) {
			bytes += entries[i].shared ? 0 : entries[i].size;
			count++;
		}
	if (!count)
		return;
	buf_addf(out, "\n  - %u %s, ", count, count == 1 ? one : many);
	units_put_size(out, bytes);
}

/* Names what goes: how many of each kind, and what that gives back. */
static bool is_sure(struct cli *cli, const struct values *values,
	const struct build_cache_entry *entries, size_t n)
{
	auto_buf warning = BUF_INIT;

	buf_addf(&warning, "This will remove all %sbuild cache%s", values->all ? "" : "dangling ",
		n ? ":" : ".");
	put_kind(&warning, entries, n, "regular", "step's result", "steps' results");
	put_kind(&warning, entries, n, "exec.cachemount", "cache mount", "cache mounts");
	put_kind(&warning, entries, n, "source.git.checkout", "git repository", "git repositories");
	put_kind(&warning, entries, n, "internal", "list of files' hashes",
		"lists of files' hashes");
	if (n)
		buf_addc(&warning, '\n');
	return confirm(&cli->out, buf_text(&warning));
}

/* ---- going ---- */

struct pruning {
	struct cli *cli;
	const struct prune_request *request;
};

static struct op *start(void *context, op_done_fn done, void *arg)
{
	const struct pruning *pruning = context;

	return engine_build_cache_prune(pruning->cli->engine, pruning->request, done, arg);
}

static int remove_all(struct cli *cli, const struct prune_request *request)
{
	struct pruning pruning = {cli, request};
	auto_buf lines = BUF_INIT;
	struct buf *out = &cli->out.text;
	uint64_t bytes = 0;
	struct err err;
	int failed = one_op_lines(cli, start, &pruning, &lines, &bytes, &err);

	if (lines.len)
		buf_addf(out, "Deleted build cache objects:\n%s\n", buf_text(&lines));
	buf_adds(out, "Total reclaimed space: ");
	units_put_size(out, bytes);
	buf_addc(out, '\n');
	output_flush(&cli->out);
	return failed ? cli_fail(&err, 1) : 0;
}

static int ask_and_remove(
	struct cli *cli, const struct values *values, const struct prune_request *request)
{
	auto_free struct build_cache_entry *entries = NULL;
	size_t n = 0;
	struct err err;

	if (!cli_open(cli))
		return 1;
	if (values->force)
		return remove_all(cli, request);
	if (engine_build_cache(cli->engine, request, &entries, &n, &err) < 0)
		return cli_fail(&err, 1);
	if (is_sure(cli, values, entries, n))
		return remove_all(cli, request);
	cli_say("build cache prune has been cancelled");
	return 1;
}

static int prune(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct prune_request request = {.all = values->all};
	struct err err;
	int code;

	(void)operands;
	request.keep_bytes = (uint64_t)(values->keep > values->most ? values->keep : values->most);
	if (cache_filters(&values->filters, &request, &err) < 0)
		code = cli_fail(&err, 1);
	else
		code = ask_and_remove(cli, values, &request);
	strs_fini(&request.fields);
	return code;
}

const struct command command_builder_prune = {
	.names = {"builder prune", "buildx prune"},
	.usage = "[OPTIONS]",
	.summary = "Remove what builds keep",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = prune,
};
