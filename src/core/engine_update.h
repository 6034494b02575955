/* engine_update.h - the façade (core/engine.h): limits and policy of a container that exists,
 * whether it runs or not. */
#ifndef CORE_ENGINE_UPDATE_H
#define CORE_ENGINE_UPDATE_H

#include <stdint.h>

#include "core/engine_base.h"

struct update_request {
	int64_t memory, memory_swap,
		memory_reservation; /* bytes; 0: as it is; swap -1: unlimited */
	int64_t nano_cpus, cpu_shares, cpu_period, cpu_quota, blkio_weight; /* 0: as it is */
	int64_t pids_limit; /* INT64_MIN: as it is; 0 and -1: unlimited */
	const char *cpuset_cpus, *cpuset_mems, *restart; /* NULL: as it is */
};

/* All of it or, where something is refused, nothing. From the next exit on for the policy, else at
 * once. */
struct op *engine_update(struct engine *engine, const char *who,
	const struct update_request *request, op_done_fn done, void *arg);

#endif
