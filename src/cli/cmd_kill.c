#include <signal.h>

#include "cli/each.h"
#include "cli/units.h"

struct values {
	const char *signal;
	int number;
};

static const struct option options[] = {
	{"signal", 's', OPTION_STRING, NULL, "Signal to send to the container (default KILL)",
		offsetof(struct values, signal)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.number = SIGKILL};

static struct op *start(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg)
{
	return engine_kill(engine, who, ((const struct values *)values)->number, done, arg);
}

static int kill_each(struct cli *cli, void *data, const struct operands *operands)
{
	struct values *values = data;
	const struct each_verb verb = {.start = start, .values = values};
	struct err err;

	if (values->signal && units_signal(values->signal, &values->number, &err) < 0)
		return cli_fail(&err, 1);
	return each_name(cli, operands, &verb);
}

const struct command command_kill = {
	.names = {"kill", "container kill"},
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Kill one or more running containers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = kill_each,
};
