/* keeper.h - the namespaces of an ordinary user's containers, and the process that keeps them.
 *
 *     user namespace     0 is the user, 1, 2, … what /etc/subuid and /etc/subgid lend (subids.h)
 *      '- mount          as the host's, and what the host mounts later appears in it
 *
 * A keeper is `davit-shim keeper`: it sleeps. It is named by RUN_ROOT/keeper, which only its user
 * can write: pid, start time and boot; it holds a flock on that file for as long as it lives, and
 * whoever takes that lock makes the next one, so two davits that start at once make one. The record
 * alone is never believed: the process must be that very one, and its user namespace must have been
 * made by this user. A keeper that was killed is made again in the user namespace of a shim, while
 * one runs: containers and davit must never be in different ones. */
#ifndef CORE_KEEPER_H
#define CORE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/row.h"
#include "util/err.h"

struct keeper {
	struct row_process process;
	uint64_t ids;  /* how many its user namespace has; 1: the user's alone */
	bool is_new;   /* this call made it */
	char why[300]; /* is_new: why it has one id alone, and what to do about it; or "" */
};

/* Makes this process, which has one thread, root of its user's namespaces; finds or makes the
 * keeper. run_fd: the user's run root (home.h); rosters: run roots, ending with NULL, whose
 * containers' shims are asked when there is no keeper. The working directory stays. */
int keeper_enter(int run_fd, const char *const *rosters, struct keeper *out, struct err *err);
/* The same for who only looks: where no keeper runs none is made, and nothing is left behind. Then
 * this process is in the user namespace of a shim, or alone in one with the same maps, which ends
 * with it. run_fd: -1 where there is no run root. */
int keeper_look(int run_fd, const char *const *rosters, struct keeper *out, struct err *err);
/* The one that runs, from outside or inside. -ESRCH: none does. */
int keeper_find(int run_fd, struct keeper *out, struct err *err);
/* Asks it to end, and waits until it has. Containers go on. -ESRCH: there was none. */
int keeper_stop(int run_fd, struct err *err);

#endif
