#include "cli/each.h"

struct values {
	bool force, volumes;
};

static const struct option options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Force the removal of a running container (uses SIGKILL)",
		offsetof(struct values, force)},
	{"link", 'l', OPTION_LATER, NULL, NULL, 0},
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

static int rm(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct each_verb verb = {
		.start = start, .values = values, .forgives_missing = values->force};

	return each_name(cli, operands, &verb);
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
