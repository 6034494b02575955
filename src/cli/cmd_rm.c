#include "cli/each.h"

struct values {
	bool force, volumes, trash;
};

static const struct option options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Force the removal of a running container (uses SIGKILL)",
		offsetof(struct values, force)},
	{"link", 'l', OPTION_LATER, NULL, NULL, 0},
	{"trash", 0, OPTION_BOOL, NULL,
		"Stop it when it runs, and keep it for a while: 'davit trash restore' undoes it",
		offsetof(struct values, trash)},
	{"volumes", 'v', OPTION_BOOL, NULL,
		"Remove anonymous volumes associated with the container",
		offsetof(struct values, volumes)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static struct op *start(
	struct engine *engine, const char *who, const void *data, op_done_fn done, void *arg)
{
	const struct values *values = data;

	return engine_remove(engine, who, values->force, values->volumes, done, arg);
}

static struct op *start_trash(
	struct engine *engine, const char *who, const void *data, op_done_fn done, void *arg)
{
	const struct values *values = data;

	return engine_trash_put(engine, who,
		(values->volumes ? TRASH_VOLUMES : 0) | (values->force ? TRASH_OR_REMOVE : 0), done,
		arg);
}

static int rm(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct each_verb verb = {.start = values->trash ? start_trash : start,
		.values = values,
		.forgives_missing = values->force};
	int code = each_name(cli, operands, &verb);

	if (code || !values->trash)
		return code;
	buf_adds(&cli->undo, "restore");
	for (int i = 0; i < operands->len; i++)
		buf_addf(&cli->undo, " %s", operands->v[i]);
	return 0;
}

const struct command command_rm = {
	.names = {"rm", "container rm", "container remove"},
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Remove one or more containers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = rm,
};
