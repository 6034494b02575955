#include <stdint.h>

#include "cli/each.h"

struct values {
	struct update_request request;
};

#define at(member) offsetof(struct values, request.member)

static const struct option options[] = {
	{"blkio-weight", 0, OPTION_INT, "uint16",
		"Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
		at(blkio_weight)},
	{"cpu-period", 0, OPTION_INT, NULL, "Limit CPU CFS (Completely Fair Scheduler) period",
		at(cpu_period)},
	{"cpu-quota", 0, OPTION_INT, NULL, "Limit CPU CFS (Completely Fair Scheduler) quota",
		at(cpu_quota)},
	{"cpu-rt-period", 0, OPTION_LATER, NULL, NULL, 0},
	{"cpu-rt-runtime", 0, OPTION_LATER, NULL, NULL, 0},
	{"cpu-shares", 'c', OPTION_INT, NULL, "CPU shares (relative weight)", at(cpu_shares)},
	{"cpus", 0, OPTION_CPUS, NULL, "Number of CPUs", at(nano_cpus)},
	{"cpuset-cpus", 0, OPTION_STRING, NULL, "CPUs in which to allow execution (0-3, 0,1)",
		at(cpuset_cpus)},
	{"cpuset-mems", 0, OPTION_STRING, NULL, "MEMs in which to allow execution (0-3, 0,1)",
		at(cpuset_mems)},
	{"kernel-memory", 0, OPTION_LATER, NULL, NULL, 0},
	{"memory", 'm', OPTION_BYTES, NULL, "Memory limit", at(memory)},
	{"memory-reservation", 0, OPTION_BYTES, NULL, "Memory soft limit", at(memory_reservation)},
	{"memory-swap", 0, OPTION_BYTES, NULL,
		"Swap limit equal to memory plus swap: -1 to enable unlimited swap",
		at(memory_swap)},
	{"pids-limit", 0, OPTION_INT, NULL, "Tune container pids limit (set -1 for unlimited)",
		at(pids_limit)},
	{"restart", 0, OPTION_STRING, NULL, "Restart policy to apply when a container exits",
		at(restart)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.request = {.pids_limit = INT64_MIN}};

static struct op *start(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg)
{
	return engine_update(engine, who, &((const struct values *)values)->request, done, arg);
}

static int update(struct cli *cli, void *values, const struct operands *operands)
{
	return each_name(cli, operands, &(struct each_verb){.start = start, .values = values});
}

const struct command command_update = {
	.names = {"update", "container update"},
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Update configuration of one or more containers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = update,
};
