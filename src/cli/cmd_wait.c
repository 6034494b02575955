#include "cli/each.h"

static struct op *start(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg)
{
	(void)values;
	return engine_wait(engine, who, false, done, arg);
}

static int wait_each(struct cli *cli, void *values, const struct operands *operands)
{
	(void)values;
	return each_name(cli, operands, &(struct each_verb){.start = start, .prints_code = true});
}

const struct command command_wait = {
	.names = {"wait", "container wait"},
	.usage = "CONTAINER [CONTAINER...]",
	.summary = "Block until one or more containers stop, then print their exit codes",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = -1,
	.run = wait_each,
};
