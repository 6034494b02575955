/* engine_pressure.h - the façade (core/engine.h): how hard a running container presses against what
 * it was given. */
#ifndef CORE_ENGINE_PRESSURE_H
#define CORE_ENGINE_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine_base.h"

/* Percent of the last ten seconds in which some, or all of its tasks waited. */
struct pressure_stall {
	double some, full;
};

struct container_pressure {
	double cpus;                 /* it may use so many; 0: as many as there are */
	uint64_t periods, throttled; /* of the quota: how many there were, and were used up */
	uint64_t memory_peak, cache; /* bytes; peak 0: the kernel does not tell */
	uint64_t oom_kills;
	bool has_stalls; /* the kernel tells (cgroup v2 with PSI) */
	struct pressure_stall cpu, memory, io;
};
/* Opens and reads a dozen small files: for the one container that is looked at. -ESRCH: it does not
 * run. */
int engine_container_pressure(
	struct engine *engine, const char *id, struct container_pressure *out, struct err *err);

#endif
