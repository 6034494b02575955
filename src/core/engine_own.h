/* engine_own.h - what the files behind engine.h share. Front ends never see this. */
#ifndef CORE_ENGINE_OWN_H
#define CORE_ENGINE_OWN_H

#include "core/engine.h"
#include "core/journal.h"
#include "core/launch.h"
#include "core/roster.h"
#include "core/store.h"
#include "core/work.h"

struct stats_cache;

struct engine {
	uv_loop_t *loop;
	struct store *store;
	struct roster *roster;
	struct journal *journal;
	struct journal *actions;   /* opened on first use: actions.c */
	struct parts *parts;       /* where our other programs and modules are */
	struct launch_env *launch; /* host facts a launch needs, found on first use */
	struct stats_cache *stats;
	int syncer;            /* see core/syncer.h; -1 */
	uv_mutex_t store_lock; /* the store's database is for one thread at a time */
	uint64_t began_ns;     /* CLOCK_MONOTONIC at engine_open: where a launch's clock starts */
	bool inline_work, quiet, read_only, sealed;
	int filter_fd;        /* a socket to the packet filter, for the next shim; -1: none */
	uint64_t netspace;    /* inode of the network namespace that it is of; 0: the host's */
	bool netspace_is_new; /* somebody must tell the containers that are there: core/lease.c */
	bool rules_were_restored; /* somebody had flushed our part of the packet filter */
};

/* Work of this engine, on the pool or on the loop's own thread. */
int engine_work(struct engine *engine, struct work *work, work_fn run, work_fn done);

/* Records an event about a container; failures are not worth failing an operation for. */
void engine_announce(
	struct engine *engine, const struct row *row, const char *action, const char *const *more);

/* The façade's view of a row, and whether what it says is still true: a row whose shim is gone is
 * corrected first (and its container adopted when it lives on). */
void container_from_row(const struct row *row, struct container *out);
void engine_correct_row(struct engine *engine, unsigned number, struct row *row);
/* roster_find, corrected. */
int engine_find_row(
	struct engine *engine, const char *who, unsigned *number, struct row *row, struct err *err);

#endif
