
#include "cli/confirm.h"
#include "cli/each.h"
#include "cli/filters.h"
#include "cli/prune_filters.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	bool all, force;
	struct strs filters;
};

static const struct option options[] = {
	{"filter", 0, OPTION_LIST, "filter",
		"Provide filter values (e.g. 'until=24h', 'label=KEY')",
		offsetof(struct values, filters)},
	{"force", 'f', OPTION_BOOL, NULL, "Do not prompt for confirmation",
		offsetof(struct values, force)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option image_options[] = {
	{"all", 'a', OPTION_BOOL, NULL, "Remove all unused images, not just dangling ones",
		offsetof(struct values, all)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option volume_options[] = {
	{"all", 'a', OPTION_BOOL, NULL, "Remove all unused volumes, not just anonymous ones",
		offsetof(struct values, all)},
	{"filter", 0, OPTION_LIST, "filter", "Provide filter values (e.g. 'label=<label>')",
		offsetof(struct values, filters)},
	{"force", 'f', OPTION_BOOL, NULL, "Do not prompt for confirmation",
		offsetof(struct values, force)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const volume_tables[] = {volume_options, NULL};
static const struct option *const tables[] = {options, NULL};
static const struct option *const image_tables[] = {options, image_options, NULL};

typedef struct op *(*prune_fn)(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);

struct pruning {
	struct cli *cli;
	prune_fn prune;
	struct prune_request request;
	const char *title;
	bool frees_nothing;
};

static struct op *start(void *context, op_done_fn done, void *arg)
{
	const struct pruning *pruning = context;

	return pruning->prune(pruning->cli->engine, &pruning->request, done, arg);
}

/* ---- both commands ---- */

static int prune(struct cli *cli, struct pruning *pruning)
{
	auto_buf lines = BUF_INIT;
	struct buf *out = &cli->out.text;
	uint64_t bytes = 0;
	struct err err;
	int failed;

	if (!cli_open(cli))
		return 1;
	failed = one_op_lines(cli, start, pruning, &lines, &bytes, &err);
	if (lines.len)
		buf_addf(out, "%s\n%s\n", pruning->title, buf_text(&lines));
	if (!pruning->frees_nothing) {
		buf_adds(out, "Total reclaimed space: ");
		units_put_size(out, bytes);
		buf_addc(out, '\n');
	}
	output_flush(&cli->out);
	return failed ? cli_fail(&err, 1) : 0;
}

static int prune_if_sure(struct cli *cli, const struct values *values, const char *const *known,
	const char *what, const char *warning, struct pruning *pruning)
{
	struct err err;
	int code;

	pruning->request.all = values->all;
	if (prune_filters(&values->filters, known, &pruning->request, &err) < 0) {
		code = cli_fail(&err, 1);
	} else if (!values->force && !confirm(&cli->out, warning)) {
		cli_say("%s prune has been cancelled", what);
		code = 1;
	} else {
		code = prune(cli, pruning);
	}
	strs_fini(&pruning->request.labels);
	strs_fini(&pruning->request.lacks);
	return code;
}

static int prune_images(struct cli *cli, void *data, const struct operands *operands)
{
	static const char *const known[] = {"dangling", "label", "label!", "until", NULL};
	const struct values *values = data;
	struct pruning pruning = {
		.cli = cli, .prune = engine_image_prune, .title = "Deleted Images:"};

	(void)operands;
	return prune_if_sure(cli, values, known, "image",
		values->all ? "This will remove all images without at least one container "
			      "associated to them."
			    : "This will remove all dangling images.",
		&pruning);
}

static int prune_containers(struct cli *cli, void *data, const struct operands *operands)
{
	static const char *const known[] = {"label", "label!", "until", NULL};
	struct pruning pruning = {
		.cli = cli, .prune = engine_prune, .title = "Deleted Containers:"};

	(void)operands;
	return prune_if_sure(cli, data, known, "container",
		"This will remove all stopped containers.", &pruning);
}

static int prune_volumes(struct cli *cli, void *data, const struct operands *operands)
{
	static const char *const known[] = {"all", "label", "label!", NULL};
	struct values *values = data;
	struct pruning pruning = {
		.cli = cli, .prune = engine_volume_prune, .title = "Deleted Volumes:"};
	int all = values->all;
	struct err err;

	(void)operands;
	/* docker's filter all=true is another way to say --all. */
	if (filters_truth(&values->filters, "all", &all, &err) < 0)
		return cli_fail(&err, 1);
	values->all |= all;
	return prune_if_sure(cli, values, known, "volume",
		values->all
			? "This will remove all local volumes not used by at least one container."
			: "This will remove anonymous local volumes not used by at least one "
			  "container.",
		&pruning);
}

static int prune_networks(struct cli *cli, void *data, const struct operands *operands)
{
	static const char *const known[] = {"label", "label!", "until", NULL};
	struct pruning pruning = {.cli = cli,
		.prune = engine_network_prune,
		.title = "Deleted Networks:",
		.frees_nothing = true};

	(void)operands;
	return prune_if_sure(cli, data, known, "network",
		"This will remove all custom networks not used by at least one container.",
		&pruning);
}

const struct command command_network_prune = {
	.names = {"network prune"},
	.usage = "[OPTIONS]",
	.summary = "Remove all unused networks",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = prune_networks,
};

const struct command command_image_prune = {
	.names = {"image prune"},
	.usage = "[OPTIONS]",
	.summary = "Remove unused images",
	.syntax = {.tables = image_tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = prune_images,
};

const struct command command_container_prune = {
	.names = {"container prune"},
	.usage = "[OPTIONS]",
	.summary = "Remove all stopped containers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = prune_containers,
};

const struct command command_volume_prune = {
	.names = {"volume prune"},
	.usage = "[OPTIONS]",
	.summary = "Remove unused local volumes",
	.syntax = {.tables = volume_tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = prune_volumes,
};
