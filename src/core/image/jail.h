/* jail.h - a program of the host run so that nothing of it can stay: own session, own mount and
 * pid namespaces, no inherited fd, gone with us.
 *
 * It is the first process of its pid namespace, so its end, or ours, ends all it started; its
 * mounts are private and go with it. Started like every child of a threaded process: clone with
 * CLONE_VM | CLONE_VFORK and an immediate exec. */
#ifndef CORE_IMAGE_JAIL_H
#define CORE_IMAGE_JAIL_H

#include <stdatomic.h>

#include "util/err.h"

enum { JAIL_LINE_MAX = 1024 };

struct jail_program {
	const char *const *argv; /* argv[0]: an absolute path */
	const char *const *env;
	void (*on_line)(void *arg, const char *line); /* of its output, without line ends */
	void *arg;
	const atomic_bool *canceled; /* or NULL: kills it */
};

/* Blocks until it has ended. *status: its exit code, 128+n when a signal ended it. -ECANCELED. */
int jail_run(const struct jail_program *program, int *status, struct err *err);

#endif
