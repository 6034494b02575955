#include <stdlib.h>
#include <string.h>

#include "cli/each.h"

struct values {
	bool force, keep_parents;
	struct strs platforms; /* as given: lists with commas */
};

struct removing {
	bool force;
	struct strs platforms;
};

static const struct option options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Force removal of the image",
		offsetof(struct values, force)},
	/* Images here have no parents that could go with them. */
	{"no-prune", 0, OPTION_BOOL, NULL, "Do not delete untagged parents",
		offsetof(struct values, keep_parents)},
	{"platform", 0, OPTION_LIST, "os[/arch[/variant]]",
		"Remove the image only if it is for this platform",
		offsetof(struct values, platforms)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static struct op *start(
	struct engine *engine, const char *who, const void *data, op_done_fn done, void *arg)
{
	const struct removing *removing = data;

	return engine_image_remove_for(
		engine, who, &removing->platforms, removing->force, done, arg);
}

static void split(const struct strs *lists, struct strs *out)
{
	for (size_t i = 0; i < lists->len; i++)
		for (const char *at = lists->v[i];; at++) {
			size_t len = strcspn(at, ",");

			strs_give(out, strndup(at, len));
			at += len;
			if (!*at)
				break;
		}
}

static int rmi(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct removing removing = {.force = values->force};
	const struct each_verb verb = {.start = start,
		.values = &removing,
		.prints_lines = true,
		.forgives_missing = values->force};
	int code;

	split(&values->platforms, &removing.platforms);
	code = each_name(cli, operands, &verb);
	strs_fini(&removing.platforms);
	return code;
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
