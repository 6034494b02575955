/* confine.h - what a process that reads foreign bytes does to itself, once the store is open.
 *
 *     capabilities   only those that unpacking a layer needs, in every set
 *     no_new_privs   so that nothing it could start gets them back
 *     Landlock       writes only below the store and the run root; reads what the resolver, TLS and
 *                    the program itself need (kernel 5.19; older ones could not rename)
 *     seccomp        no mounting, tracing, module, namespace or kernel-tuning call
 *
 * For good, and for every thread that starts later: call it while there is one. Each part that
 * this kernel does not have is left out; confine_describe says which are there. */
#ifndef CORE_CONFINE_H
#define CORE_CONFINE_H

#include <stdbool.h>

#include "core/store.h"
#include "util/buf.h"
#include "util/err.h"

enum confine_flag {
	CONFINE_NETWORK = 1, /* it talks to a registry: resolver and certificates stay readable */
};

/* store: or NULL, for who has none. Does nothing the second time. A kernel that refuses what it
 * claims to have is a failure. */
int confine_job(struct store *store, unsigned flags, struct err *err);
/* The same, and these paths (a list that ends with NULL) stay readable; what is not there is left
 * out. */
int confine_job_reading(
	struct store *store, unsigned flags, const char *const *readable, struct err *err);

/* For who only looks: from here on this process, its threads and its children write nothing but
 * devices (Landlock), speak to no container's monitor and signal nobody through a pidfd (seccomp).
 * *sealed: this kernel has both. */
int confine_to_looking(bool *sealed, struct err *err);

/* "capabilities, no_new_privs, Landlock 6, seccomp": what confine_job does here. */
void confine_describe(struct buf *out);

#endif
