#include "cli/each.h"

struct values {
	bool force, keep_parents;
};

static const struct option options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Force removal of the image",
		offsetof(struct values, force)},
	/* Images here have no parents that could go with them. */
	{"no-prune", 0, OPTION_BOOL, NULL, "Do not delete untagged parents",
		offsetof(struct values, keep_parents)},
	{"platform", 0, OPTION_LATER, NULL, NULL, 0},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static struct op *start(
	struct engine *engine, const char *who, const void *data, op_done_fn done, void *arg)
{
	return engine_image_remove(engine, who, ((const struct values *)data)->force, done, arg);
}

static int rmi(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct each_verb verb = {.start = start,
		.values = values,
		.prints_lines = true,
		.forgives_missing = values->force};

	return each_name(cli, operands, &verb);
}

const struct command command_rmi = {
	.names = {"rmi", "image rm", "image remove"},
	.usage = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Remove one or more images",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = rmi,
};
