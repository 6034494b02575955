/* child.h - `davit ARGS…` as a process of its own, waited for: how work that must not share a
 * process with anything else is done on the way of other work. Blocking; any thread. */
#ifndef CORE_CHILD_H
#define CORE_CHILD_H

#include <stdatomic.h>

#include "core/engine.h"
#include "util/err.h"
#include "util/strs.h"

struct child {
	const char *const *args; /* after "davit" and the store's place; NULL-terminated */
	const struct strs *env;  /* more of it, "NAME=value"; or NULL */
	void (*line)(void *arg, const char *text); /* of its standard output; or NULL */
	void *arg;
	const atomic_bool
		*canceled;  /* or NULL: interrupts it, and ends it when it does not listen */
	int in;             /* what it reads; 0: our own standard input */
	unsigned silence_s; /* how long it may say nothing; 0: for ever */
};

/* 0 when it ended with 0. Else its last line on standard error, without "davit: ", and its exit
 * code's meaning: -ENOENT, -ECANCELED, -ETIMEDOUT, or -EIO. */
int child_run(struct engine *engine, const struct child *child, struct err *err);

#endif
