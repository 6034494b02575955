/* engine_try.h - the façade (core/engine.h): a system call, tried behind a container's walls.
 *
 * A process of its own is started for it in the container, as `davit exec` starts one: with its
 * namespaces, its user, its capabilities and its filter of system calls. It does that one call and
 * ends; what the kernel answered is its exit code. Nothing of the container's or the host's is
 * executed for it. Calls are those of a list, each with arguments that do no harm where they are
 * let through. */
#ifndef CORE_ENGINE_TRY_H
#define CORE_ENGINE_TRY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/engine_base.h"
#include "runtime/trial.h"

/* Those there are, by name; lent for ever. */
const struct trial *try_calls(size_t *count);
/* NULL: it is not of the list. */
const struct trial *try_find(const char *name);

enum try_verdict {
	TRY_ALLOWED,   /* it was done */
	TRY_REACHED,   /* the kernel did look at it, and answered as it does to anybody */
	TRY_FILTERED,  /* the filter answered for the kernel */
	TRY_KILLED,    /* the filter had the process killed */
	TRY_UNABLE,    /* a capability is missing */
	TRY_FORBIDDEN, /* refused, and neither by the filter nor for want of that capability */
};
const char *try_verdict_name(enum try_verdict verdict); /* "allowed", "refused by the filter", … */

struct try_answer {
	const struct trial *call;
	enum try_verdict verdict;
	int error;  /* a positive errno; 0: none */
	int filter; /* what the filter answers: a positive errno, 0: it lets it through; -1: it
		     * kills; -2: there is no filter, or it cannot be told */
	bool has_capability; /* that it needs, or it needs none */
	char sentence[300];
};
/* Pure: what an exit code means. */
void try_judge(const struct trial *call, int exit_code, int filter, bool has_capability,
	struct try_answer *out);

struct trying;
/* answer NULL: err says why. Once. */
typedef void try_done_fn(void *arg, const struct try_answer *answer, const struct err *err);
/* -ENOENT "there is no call … to try: …", -ENOMEM. */
int engine_try(struct engine *engine, const char *who, const char *call, try_done_fn *done,
	void *arg, struct trying **out, struct err *err);
/* done does not come any more; NULL is fine. */
void trying_leave(struct trying *trying);

#endif
