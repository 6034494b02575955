/* launch.h - a created container becomes a shim with a plan. Blocking, about a millisecond.
 *
 *     lock containers/ID/lock → run directory → plan and trace on memfds → a socket pair, its first
 * frames written already → the shim, born in davit's cgroup with all of it. From then on the shim
 * speaks for itself. */
#ifndef CORE_LAUNCH_H
#define CORE_LAUNCH_H

#include "core/timing.h"
#include "runtime/plan.h"
#include "runtime/row.h"
#include "runtime/wire.h"
#include "util/buf.h"
#include "util/err.h"

struct engine;
struct launch_env;

struct launched {
	int client_fd;       /* the born connection; the caller's */
	int pidfd;           /* of the shim; the caller's */
	struct trace *trace; /* mapped; launch_save_trace ends it */
	size_t trace_len;
};

#define LAUNCHED_INIT                                                                              \
	{                                                                                          \
		.client_fd = -1, .pidfd = -1                                                       \
	}
void launched_fini(struct launched *launched);

/* plan: its bytes when the caller has just made them, else NULL and it is read. hello: what the
 * caller wants of the streams, NULL for nothing but STARTED or FAILED and EXIT. timing: what the
 * caller did before, or NULL. -EALREADY when it runs. */
int launch_container(struct engine *engine, unsigned number, const struct row *row,
	const struct buf *plan, const struct wire_hello *hello, const struct timing *timing,
	struct launched *out, struct err *err);
/* A sealed memfd with a plan's bytes, as a shim takes it; the caller closes it. */
int launch_seal_plan(const struct buf *plan, struct err *err);
/* Writes the clocks beside the plan. Never worth failing for. */
void launch_save_trace(struct engine *engine, const char *id, struct launched *launched);

/* A replacement for a shim that was killed while its container lives on. */
int launch_adopter(struct engine *engine, unsigned number, const struct row *row, struct err *err);

/* O_PATH fd of RUN_ROOT/c/ID, made if missing; or of containers/ID. The caller closes it. */
int launch_run_dir(struct engine *engine, const char *id, struct err *err);
int launch_own_dir(struct engine *engine, const char *id, struct err *err);
/* The container's lock, held by whoever may change it: its shim for life. -EWOULDBLOCK unless
 * `wait`. */
int launch_lock(int own_dir_fd, bool wait, int *lock_fd, struct err *err);
/* The same for a container that is to be started or removed, and its row as it is then. Waits while
 * a shim that has told of the exit still lets go, and while another davit makes its change.
 * -EALREADY when it runs, -ENOENT when it is gone, -EBUSY after 10 s. */
int launch_claim(struct engine *engine, unsigned number, const char *id, int own_dir_fd,
	struct row *now, int *lock_fd, struct err *err);

void launch_env_free(struct launch_env *env);

#endif
