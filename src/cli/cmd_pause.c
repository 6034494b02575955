#include "cli/each.h"

static struct op *start_pause(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg)
{
	(void)values;
	return engine_pause(engine, who, done, arg);
}

static struct op *start_unpause(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg)
{
	(void)values;
	return engine_unpause(engine, who, done, arg);
}

static int pause_each(struct cli *cli, void *values, const struct operands *operands)
{
	(void)values;
	return each_name(cli, operands, &(struct each_verb){.start = start_pause});
}

static int unpause_each(struct cli *cli, void *values, const struct operands *operands)
{
	(void)values;
	return each_name(cli, operands, &(struct each_verb){.start = start_unpause});
}

const struct command command_pause = {
	.names = {"pause", "container pause"},
	.usage = "CONTAINER [CONTAINER...]",
	.summary = "Pause all processes within one or more containers",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = -1,
	.run = pause_each,
};

const struct command command_unpause = {
	.names = {"unpause", "container unpause"},
	.usage = "CONTAINER [CONTAINER...]",
	.summary = "Unpause all processes within one or more containers",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = -1,
	.run = unpause_each,
};
