#include "cli/each.h"

struct renaming {
	struct cli *cli;
	const struct operands *operands;
};

static struct op *start(void *context, op_done_fn done, void *arg)
{
	const struct renaming *renaming = context;
	char **v = renaming->operands->v;

	return engine_rename(renaming->cli->engine, v[0], v[1], done, arg);
}

static int rename_one(struct cli *cli, void *values, const struct operands *operands)
{
	struct renaming renaming = {.cli = cli, .operands = operands};
	struct err err;

	(void)values;
	if (!*operands->v[0] || !*operands->v[1]) {
		cli_say("Neither old nor new names may be empty");
		return 1;
	}
	if (!cli_open(cli))
		return 1;
	return one_op(cli, start, &renaming, NULL, NULL, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_rename = {
	.names = {"rename", "container rename"},
	.usage = "CONTAINER NEW_NAME",
	.summary = "Rename a container",
	.syntax = {.hands_on_after = -1},
	.least = 2,
	.most = 2,
	.run = rename_one,
};
