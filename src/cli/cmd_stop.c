#include <limits.h>

#include "cli/each.h"
#include "cli/units.h"

struct values {
	const char *signal;
	int64_t timeout;
	int number;
};

/* Docker's old name of --timeout. */
static const struct option options[] = {
	{"signal", 's', OPTION_STRING, NULL, "Signal to send to the container",
		offsetof(struct values, signal)},
	{"timeout", 't', OPTION_INT, NULL, "Seconds to wait before killing the container",
		offsetof(struct values, timeout)},
	{"time", 0, OPTION_INT, NULL, NULL, offsetof(struct values, timeout)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.timeout = INT_MIN};

static struct op *start_stop(
	struct engine *engine, const char *who, const void *data, op_done_fn done, void *arg)
{
	const struct values *values = data;

	return engine_stop(engine, who, values->number, (int)values->timeout, done, arg);
}

static struct op *start_restart(
	struct engine *engine, const char *who, const void *data, op_done_fn done, void *arg)
{
	const struct values *values = data;

	return engine_restart(engine, who, values->number, (int)values->timeout, done, arg);
}

static int run_each(struct cli *cli, struct values *values, const struct operands *operands,
	each_start_fn start)
{
	const struct each_verb verb = {.start = start, .values = values};
	struct err err;

	if (values->signal && units_signal(values->signal, &values->number, &err) < 0)
		return cli_fail(&err, 1);
	if (values->timeout > INT_MAX || values->timeout < INT_MIN)
		values->timeout = -1;
	return each_name(cli, operands, &verb);
}

static int stop(struct cli *cli, void *values, const struct operands *operands)
{
	return run_each(cli, values, operands, start_stop);
}

static int restart(struct cli *cli, void *values, const struct operands *operands)
{
	return run_each(cli, values, operands, start_restart);
}

const struct command command_stop = {
	.names = {"stop", "container stop"},
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Stop one or more running containers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = stop,
};

const struct command command_restart = {
	.names = {"restart", "container restart"},
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Restart one or more containers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = restart,
};
