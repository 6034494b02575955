/* health.h - a container's health check: one process in it, now and then.
 *
 *             started                first success                 retries failures in a row
 *     none ───────────▶ starting ─────────────────▶ healthy ◀──────────────────▶ unhealthy
 *                          └──────────────────────────────────────────────────────▲
 *
 * The next one begins an interval after the end of the last; while it is starting, within its start
 * period, a start interval, and failures do not count. Nothing of this costs a container without a
 * check anything, timers included; a paused one is left alone. */
#ifndef SHIM_HEALTH_H
#define SHIM_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/wire.h"
#include "shim/loop.h"

struct shim;
struct process;

struct health {
	int plan; /* of the check, sealed; -1: there is none */
	struct health_head head;
	struct timer timer;    /* until the next, or of the one that runs: until its end */
	struct process *probe; /* runs */
	bool is_late, is_cut;  /* out of time; said more than is kept */
	uint64_t began_ns;
	uint64_t results; /* of this run */
	size_t len;
	char output[HEALTH_OUTPUT]; /* touched by those that say something */
};

void health_open(struct shim *shim);  /* once; where there is a check */
void health_begin(struct shim *shim); /* its container runs, as new */
void health_end(struct shim *shim);   /* and does not any more */
void health_suspend(struct shim *shim);
void health_resume(struct shim *shim);

/* Of the process of a check: it could not begin, it said something, it ended. */
void health_failed(struct process *process);
void health_output(struct process *process, const char *data, size_t len);
void health_ended(struct process *process);

#endif
