#include <string.h>

#include "cli/each.h"
#include "util/buf.h"
#include "util/strs.h"

/* ---- create ---- */

struct create_values {
	const char *driver, *name;
	struct strs labels, options;
};

static const struct option create_options[] = {
	{"driver", 'd', OPTION_STRING, NULL, "Specify volume driver name (default \"local\")",
		offsetof(struct create_values, driver)},
	{"label", 0, OPTION_LABELS, NULL, "Set metadata for a volume",
		offsetof(struct create_values, labels)},
	{"name", 0, OPTION_STRING, NULL, NULL, offsetof(struct create_values, name)},
	{"opt", 'o', OPTION_LIST, "map", "Set driver specific options: type, device, o",
		offsetof(struct create_values, options)},
	{"availability", 0, OPTION_LATER, NULL, NULL, 0},
	{"group", 0, OPTION_LATER, NULL, NULL, 0},
	{"limit-bytes", 0, OPTION_LATER, NULL, NULL, 0},
	{"required-bytes", 0, OPTION_LATER, NULL, NULL, 0},
	{"scope", 0, OPTION_LATER, NULL, NULL, 0},
	{"secret", 0, OPTION_LATER, NULL, NULL, 0},
	{"sharing", 0, OPTION_LATER, NULL, NULL, 0},
	{"topology-preferred", 0, OPTION_LATER, NULL, NULL, 0},
	{"topology-required", 0, OPTION_LATER, NULL, NULL, 0},
	{"type", 0, OPTION_LATER, NULL, NULL, 0},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const create_tables[] = {create_options, NULL};

struct creating {
	struct cli *cli;
	struct volume_request request;
};

static struct op *start_create(void *context, op_done_fn done, void *arg)
{
	const struct creating *creating = context;

	return engine_volume_create(creating->cli->engine, &creating->request, done, arg);
}

/* A bare KEY means an empty value. */
static void copy_pairs(const struct strs *from, struct strs *to)
{
	for (size_t i = 0; i < from->len; i++) {
		auto_buf pair = BUF_INIT;

		buf_addf(&pair, "%s%s", from->v[i], strchr(from->v[i], '=') ? "" : "=");
		strs_set_env(to, buf_text(&pair));
	}
}

static int create_named(struct cli *cli, const struct create_values *values, const char *name)
{
	struct creating creating = {
		.cli = cli, .request = {.name = name, .driver = values->driver}};
	struct err err;
	int failed;

	copy_pairs(&values->labels, &creating.request.labels);
	copy_pairs(&values->options, &creating.request.options);
	failed = one_op_lines(cli, start_create, &creating, &cli->out.text, NULL, &err);
	strs_fini(&creating.request.labels);
	strs_fini(&creating.request.options);
	return failed ? cli_fail(&err, 1) : 0;
}

static int create(struct cli *cli, void *data, const struct operands *operands)
{
	const struct create_values *values = data;
	const char *name = operands->len ? operands->v[0] : values->name;

	if (operands->len && values->name) {
		cli_say("conflicting options: cannot specify a volume name through both --name "
			"and as a positional arg");
		return 1;
	}
	return cli_open(cli) ? create_named(cli, values, name) : 1;
}

const struct command command_volume_create = {
	.names = {"volume create"},
	.usage = "[OPTIONS] [VOLUME]",
	.summary = "Create a volume",
	.syntax = {.tables = create_tables, .hands_on_after = -1},
	.most = 1,
	.values_size = sizeof(struct create_values),
	.run = create,
};

/* ---- rm ---- */

struct rm_values {
	bool force;
};

static const struct option rm_options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Do not fail where there is no such volume",
		offsetof(struct rm_values, force)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const rm_tables[] = {rm_options, NULL};

static struct op *start_rm(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg)
{
	const struct rm_values *rm_values = values;

	return engine_volume_remove(engine, who, rm_values->force, done, arg);
}

static int rm(struct cli *cli, void *data, const struct operands *operands)
{
	const struct each_verb verb = {.start = start_rm, .values = data};

	return each_name(cli, operands, &verb);
}

const struct command command_volume_rm = {
	.names = {"volume rm", "volume remove"},
	.usage = "[OPTIONS] VOLUME [VOLUME...]",
	.summary = "Remove one or more volumes",
	.syntax = {.tables = rm_tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct rm_values),
	.run = rm,
};
