#include <stdint.h>
#include <string.h>

#include "cli/each.h"

struct values {
	struct update_request request;
	struct strs publish, unpublish;
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
	{"memory-swap", 0, OPTION_SWAP, NULL,
		"Swap limit equal to memory plus swap: -1 to enable unlimited swap",
		at(memory_swap)},
	{"pids-limit", 0, OPTION_INT, NULL, "Tune container pids limit (set -1 for unlimited)",
		at(pids_limit)},
	{"publish-add", 0, OPTION_LIST, NULL,
		"Publish another port of a container, also while it runs",
		offsetof(struct values, publish)},
	{"publish-rm", 0, OPTION_LIST, NULL, "Publish a port of a container no more",
		offsetof(struct values, unpublish)},
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

static struct op *start_ports(
	struct engine *engine, const char *who, const void *data, op_done_fn done, void *arg)
{
	const struct values *values = data;

	return engine_container_publish(
		engine, who, &values->publish, &values->unpublish, done, arg);
}

static int update(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct each_verb ports = {.start = start_ports, .values = data},
			 rest = {.start = start, .values = data};
	bool has_ports = values->publish.len || values->unpublish.len,
	     has_rest = memcmp(&values->request, &defaults.request, sizeof(values->request)) != 0;
	int code = 0;

	if (!has_ports && !has_rest)
		return cli_misused(cli, 1, "nothing to update: give one flag or more");
	ports.prints_lines = has_rest; /* names are said once */
	if (has_ports)
		code = each_name(cli, operands, &ports);
	return code || (has_ports && !has_rest) ? code : each_name(cli, operands, &rest);
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
