/* timing.h - the engine's lane of a launch's clocks: what it did before there was a shim
 * (runtime/plan.h). */
#ifndef CORE_TIMING_H
#define CORE_TIMING_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "runtime/plan.h"

struct timing {
	unsigned count;
	uint64_t began_ns;
	struct trace_engine marks[TRACE_ENGINE_MAX];
};

static inline uint64_t timing_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* CLOCK_REALTIME, for records that outlive a boot. */
static inline uint64_t timing_wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What follows until the next mark is called `what`. timing may be NULL. */
static inline void timing_mark(struct timing *timing, const char *what)
{
	uint64_t now;

	if (!timing)
		return;
	now = timing_now();
	if (timing->count)
		timing->marks[timing->count - 1].mark.end_ns = now;
	if (timing->count == TRACE_ENGINE_MAX)
		return;
	timing->marks[timing->count].mark =
		(struct trace_mark){.begin_ns = now, .lane = TRACE_ENGINE};
	snprintf(timing->marks[timing->count++].what, sizeof(timing->marks[0].what), "%s", what);
}

static inline void timing_end(struct timing *timing)
{
	if (timing && timing->count)
		timing->marks[timing->count - 1].mark.end_ns = timing_now();
}

#endif
