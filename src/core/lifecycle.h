/* lifecycle.h - what happens to a container, as straight-line blocking functions for the pool.
 *
 * The state table: who may do what when, and what it becomes.
 *
 *              create            start             exit              rm
 *     (none) ─────────▶ created ───────▶ running ───────▶ exited ─────────▶ (none)
 *                          │                ▲ │ ▲            │                ▲
 *                          │     unpause/pause▼ │ start ─────┘                │
 *                          │             paused                               │
 *                          └──────────────────────────── rm ──────────────────┘
 *
 * Every change is made by the holder of containers/ID/lock: a creator, a remover, or the shim for
 * the whole time that the container runs. A kill between any two steps leaves a row whose use or
 * maker says what was going on; lifecycle_repair ends it one way or the other. */
#ifndef CORE_LIFECYCLE_H
#define CORE_LIFECYCLE_H

#include "core/channel.h"
#include "core/engine.h"
#include "core/timing.h"
#include "runtime/row.h"

struct created {
	unsigned number;
	struct row row;
	struct buf plan;
};

/* Everything but the start: row, directory, config.json, plan. Leaves nothing when it fails. timing
 * may be NULL. */
int lifecycle_create(struct engine *engine, const struct container_request *request,
	struct created *out, struct timing *timing, struct err *err);
/* A connected socket to its shim. -ESRCH "container X is not running". */
int lifecycle_connect(
	struct engine *engine, unsigned number, const struct row *row, int *fd, struct err *err);
enum removal {
	REMOVAL_WAIT, /* a shim that has said the end may still be letting go: wait for the lock.
			 -EBUSY when it runs */
	REMOVAL_OURS, /* its shim left it to us, and told us of the exit: go ahead while it lets go
		       */
};
/* Directory first, then row. volumes: those that nobody named go too, as they do in any case with
 * --rm. */
int lifecycle_remove(struct engine *engine, unsigned number, const struct row *row,
	enum removal how, bool volumes, struct err *err);
/* The parts of that for trash.c: its directory and its lock, and the row as it is then, -ENOENT
 * (which is no failure: err says nothing) when somebody removed it first, -EBUSY when it runs; what
 * comes after the directory has gone; and the file that a reboot reads its state from. */
int lifecycle_claim(struct engine *engine, unsigned number, const struct row *row, int *own,
	struct row *now, int *lock, struct err *err);
int lifecycle_forget(
	struct engine *engine, unsigned number, const struct row *row, struct err *err);
int lifecycle_write_last(int own, const struct row_state *state);
int lifecycle_rename(struct engine *engine, unsigned number, const struct row *row,
	const char *name, struct err *err);
/* Its end is over and it should have gone with it: whoever was to remove it was killed. */
bool lifecycle_outlived_itself(const struct row *row);
/* Brings one row in line with what is there. True when it changed. */
bool lifecycle_repair(struct engine *engine, unsigned number, struct row *row, struct buf *report);
/* "[a-zA-Z0-9][a-zA-Z0-9_.-]+" as docker has it. */
int lifecycle_check_name(const char *name, struct err *err);

#endif
