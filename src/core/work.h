/* work.h - a straight-line blocking function lent to a pool thread, its answer brought back to the
 * loop.
 *
 * Embed a struct work in the operation it serves. `run` sees only its work and what hangs off it;
 * `done` comes exactly once, on the loop, never from inside work_start. A process that does one
 * thing runs it `here`: on the loop's own thread, one turn later, which saves starting the pool
 * (0.2 ms). */
#ifndef CORE_WORK_H
#define CORE_WORK_H

#include <stdbool.h>

#include <uv.h>

struct work;
typedef void (*work_fn)(struct work *work);

struct work {
	work_fn run, done;
	union {
		uv_work_t pool;
		uv_timer_t turn;
	} u;
};

/* 0, or a negative errno when the loop refuses; then neither function is called. */
int work_start(uv_loop_t *loop, struct work *work, bool here, work_fn run, work_fn done);

#endif
