/* engine_base.h - the part of the façade (core/engine.h) that every noun shares: opening,
 * operations, jobs. */
#ifndef CORE_ENGINE_BASE_H
#define CORE_ENGINE_BASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/strs.h"

struct cJSON;
struct engine;

/* ---- opening ---- */

struct engine_options {
	const char *root;     /* NULL: DAVIT_ROOT, else /var/lib/davit */
	const char *run_root; /* NULL: DAVIT_RUN_ROOT, else /run/davit */
	bool inline_work;     /* run blocking work on the loop's own thread: a command that does one
				 thing */
	bool quiet;           /* record no clocks; DAVIT_RECORD=off asks for the same */
	/* Nothing is changed: every operation that would is refused with -EROFS, and the process
	 * gives up what it would need to (engine_is_sealed). Before any thread is started. */
	bool read_only;
};

int engine_open(uv_loop_t *loop, const struct engine_options *options, struct engine **out,
	struct err *err);
bool engine_is_read_only(const struct engine *engine);
/* Of one that was opened read-only: whether the kernel holds it to that, too (5.13). */
bool engine_is_sealed(const struct engine *engine);
/* For when the loop has run to its end: every op is done, every session ended, every reader and
 * follower closed. NULL is fine. */
void engine_close(struct engine *engine);

/* ---- operations ---- */

struct op;
struct op_result {
	const struct err *err; /* NULL: it went well */
	const char *id;        /* the container's, where there is one */
	int exit_code;         /* wait: the container's; failed start: docker's 125, 126 or 127 */
	const char *lines;     /* remove and prune of images, prune of containers: what went, one
				  docker's line each; else "" */
	uint64_t bytes;        /* prune: the space it gave back */
};
typedef void (*op_done_fn)(void *arg, const struct op_result *result);

/* Asks; `done` still comes, with -ECANCELED when it was in time. */
void op_cancel(struct op *op);

/* Which of what could go does: made before until_ns (0: any time), with every one of labels and
 * none of lacks ("key" or "key=value"). Copied. */
struct prune_request {
	bool all; /* images: those with names too, unless a container uses them */
	uint64_t until_ns;
	uint64_t keep_bytes; /* build cache: so much of it may stay */
	struct strs labels, lacks;
	struct strs
		fields; /* build cache: "id=REGEX", "type=…", "description=…", "inuse=true", … */
	bool to_look; /* build cache: what is in use too */
};

/* ---- jobs ---- */

/* Work that reads foreign bytes. These block and confine the calling process for good: call them
 * only in a process that does nothing else (`davit pull` is one). Screens start such a process with
 * engine_job. Interrupted by setting *cancel. */
struct job_progress {
	const char *id;       /* the layer's or step's short name, or "" */
	const char *status;   /* docker's words: "Downloading", "Pull complete", … */
	uint64_t done, total; /* bytes; total 0: unknown */
	const char *message;  /* a whole line to print, or NULL */
	bool warning;         /* the message is one, and no part of the result */
};
typedef void (*job_progress_fn)(void *arg, const struct job_progress *progress);
struct job_options {
	const atomic_bool *cancel; /* or NULL; set from a signal handler or another thread */
	job_progress_fn progress;  /* or NULL; may be called from other threads, one at a time */
	/* What was done with its clocks, as engine_timeline reads it: a line, without its end; or
	 * NULL. Called as progress is. */
	void (*fact)(void *arg, const char *line);
	void *arg;
	bool sync; /* wait until it is safe on disk */
};

/* Starts `davit ARGS…` as a process of its own; its stdout and stderr go to out_fd (-1: nowhere).
 * result.exit_code is its exit code. Cancel sends SIGINT. */
struct op *engine_job(
	struct engine *engine, const char *const *args, int out_fd, op_done_fn done, void *arg);
/* The same in a directory; NULL: where we are. */
struct op *engine_job_in(struct engine *engine, const char *dir, const char *const *args,
	int out_fd, op_done_fn done, void *arg);

#endif
