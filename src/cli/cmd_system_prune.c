#include <errno.h>

#include "cli/confirm.h"
#include "cli/each.h"
#include "cli/filters.h"
#include "cli/prune_filters.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	bool all, force, volumes;
	struct strs filters;
};

static const struct option options[] = {
	{"all", 'a', OPTION_BOOL, NULL, "Remove all unused images, not just dangling ones",
		offsetof(struct values, all)},
	{"filter", 0, OPTION_LIST, "filter",
		"Provide filter values (e.g. 'label=KEY=VALUE', 'until=24h')",
		offsetof(struct values, filters)},
	{"force", 'f', OPTION_BOOL, NULL, "Do not prompt for confirmation",
		offsetof(struct values, force)},
	{"volumes", 0, OPTION_BOOL, NULL, "Prune anonymous volumes",
		offsetof(struct values, volumes)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* What goes, in this order: containers first, for they hold the rest. */
struct step {
	struct op *(*prune)(struct engine *engine, const struct prune_request *request,
		op_done_fn done, void *arg);
	const char *title, *warning, *warning_all; /* warning_all NULL: --all is nothing to it */
	bool is_volumes, is_trash;
};

static struct op *prune_trash(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg)
{
	(void)request;
	return engine_trash_empty(engine, NULL, done, arg);
}

static const struct step steps[] = {
	{engine_prune, "Deleted Containers:", "all stopped containers", NULL, false, false},
	{prune_trash, "Deleted from the trash:", "all containers in the trash", NULL, false, true},
	{engine_network_prune, "Deleted Networks:",
		"all networks not used by at least one container", NULL, false, false},
	{engine_volume_prune, "Deleted Volumes:",
		"all anonymous volumes not used by at least one container", NULL, true, false},
	{engine_image_prune, "Deleted Images:", "all dangling images",
		"all images without at least one container associated to them", false, false},
	{engine_build_cache_prune, "Deleted build cache objects:", "unused build cache",
		"all build cache", false, false},
};

struct pruning {
	struct cli *cli;
	const struct step *step;
	const struct prune_request *request;
};

static struct op *start(void *context, op_done_fn done, void *arg)
{
	const struct pruning *pruning = context;

	return pruning->step->prune(pruning->cli->engine, pruning->request, done, arg);
}

/* Filters are about things that are there: with one, the trash stays. */
static bool is_wanted(const struct step *step, const struct values *values)
{
	if (step->is_trash)
		return !values->filters.len;
	return !step->is_volumes || values->volumes;
}

static int prune_all(struct cli *cli, const struct values *values, struct prune_request *request,
	struct err *err)
{
	struct buf *out = &cli->out.text;
	uint64_t sum = 0;
	int failed = 0;

	for (size_t i = 0; i < array_len(steps) && !failed; i++) {
		auto_buf lines = BUF_INIT;
		struct pruning pruning = {cli, &steps[i], request};
		uint64_t bytes = 0;

		if (!is_wanted(&steps[i], values))
			continue;
		request->all = values->all && steps[i].warning_all;
		failed = one_op_lines(cli, start, &pruning, &lines, &bytes, err);
		if (lines.len)
			buf_addf(out, "%s\n%s\n", steps[i].title, buf_text(&lines));
		sum += bytes;
	}
	buf_adds(out, "Total reclaimed space: ");
	units_put_size(out, sum);
	buf_addc(out, '\n');
	output_flush(&cli->out);
	return failed;
}

static bool has_trash(struct engine *engine)
{
	auto_free struct trash_entry *entries = NULL;
	size_t count = 0;
	struct err ignored;

	return engine_trash(engine, &entries, &count, &ignored) == 0 && count;
}

static bool is_sure(struct cli *cli, const struct values *values)
{
	auto_buf warning = BUF_INIT;

	buf_adds(&warning, "This will remove:\n");
	for (size_t i = 0; i < array_len(steps); i++)
		if (is_wanted(&steps[i], values) && (!steps[i].is_trash || has_trash(cli->engine)))
			buf_addf(&warning, "  - %s\n",
				values->all && steps[i].warning_all ? steps[i].warning_all
								    : steps[i].warning);
	if (values->filters.len)
		buf_adds(&warning, "\n  Items to be pruned will be filtered with:\n");
	for (size_t i = 0; i < values->filters.len; i++)
		buf_addf(&warning, "  - %s\n", values->filters.v[i]);
	return confirm(&cli->out, buf_text(&warning));
}

static int check(const struct values *values, struct prune_request *request, struct err *err)
{
	static const char *const known[] = {"label", "label!", "until", NULL};

	if (prune_filters(&values->filters, known, request, err) < 0)
		return err->code;
	if (values->volumes && filters_have(&values->filters, "until"))
		return err_set(
			err, EINVAL, "the \"until\" filter is not supported with \"--volumes\"");
	return 0;
}

static int system_prune(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct prune_request request = {0};
	struct err err;
	int code = 0;

	(void)operands;
	if (check(values, &request, &err) < 0) {
		code = cli_fail(&err, 1);
	} else if (!cli_open(cli)) {
		code = 1;
	} else if (!values->force && !is_sure(cli, values)) {
		cli_say("system prune has been cancelled");
		code = 1;
	} else if (prune_all(cli, values, &request, &err) < 0) {
		code = cli_fail(&err, 1);
	}
	strs_fini(&request.labels);
	strs_fini(&request.lacks);
	return code;
}

const struct command command_system_prune = {
	.names = {"system prune"},
	.usage = "[OPTIONS]",
	.summary = "Remove unused data",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = system_prune,
};
