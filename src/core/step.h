/* step.h - one process in a container of its own that no list shows: what a build's RUN is.
 *
 * Launched like any container, from a spec and a plan, by a shim that keeps no record (shim/job.c):
 * what it wrote is then in DIR/upper, and nothing else of it is left. Blocking, and any thread may
 * have one. */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/engine.h"
#include "core/image.h"
#include "runtime/spec.h"

struct step_request {
	const struct image *image; /* its layers, its root, and what its config says of a process */
	const struct container_request *container; /* what is to run, and how */
	/* More mounts for the spec, whose sources are trusted paths; may be NULL. */
	int (*mounts)(struct spec *spec, void *arg, struct err *err);
	void *arg;       /* of both */
	const char *dir; /* absolute path of an empty directory, as dir_fd; it gets upper, work and
			    what else is needed */
	int dir_fd;
	/* What it says, both streams as they come; from the calling thread. */
	void (*output)(void *arg, const char *data, size_t len);
	const atomic_bool *canceled; /* or NULL; kills it */
	void (*started)(void *arg);  /* its process runs; from the calling thread; or NULL */
};

struct step_result {
	int exit_code; /* 128 + signal when killed; 125, 126 or 127 when it never ran */
	bool started;  /* false: err says why */
	bool oom_killed;
	uint64_t started_ns, ended_ns; /* CLOCK_MONOTONIC; 0: it did not */
};

/* Whether a step of that id is under way, for whoever finds its lease of an address. */
bool step_is_up(struct engine *engine, const char *id);

/* Takes back what steps of killed builds left: their directories below the run root, their leases,
 * and the secrets that lie in RUN_ROOT/b. */
void step_sweep(struct engine *engine);
/* The file in a directory of RUN_ROOT/c or RUN_ROOT/b whose lock is held while it is in use. */
#define STEP_LOCK "step"

/* 0 whatever the process made of it; negative when it could not be run at all. -ECANCELED. */
int step_run(struct engine *engine, const struct step_request *request, struct step_result *result,
	struct err *err);

#endif
