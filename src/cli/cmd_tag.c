#include "cli/each.h"

struct names {
	struct cli *cli;
	const struct operands *operands;
};

static struct op *start(void *context, op_done_fn done, void *arg)
{
	const struct names *names = context;

	return engine_image_tag(
		names->cli->engine, names->operands->v[0], names->operands->v[1], done, arg);
}

static int tag(struct cli *cli, void *values, const struct operands *operands)
{
	struct names names = {.cli = cli, .operands = operands};
	struct err err;

	(void)values;
	if (!cli_open(cli))
		return 1;
	return one_op(cli, start, &names, NULL, NULL, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_tag = {
	.names = {"tag", "image tag"},
	.usage = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
	.summary = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
	.syntax = {.hands_on_after = -1},
	.least = 2,
	.most = 2,
	.run = tag,
};
