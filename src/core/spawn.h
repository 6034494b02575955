/* spawn.h - starting a process that is not ours for long: shims and jobs, "born in place".
 *
 * One clone3(2) with CLONE_VM | CLONE_VFORK | CLONE_PIDFD, into davit's own cgroups, and an
 * immediate exec: nothing of the engine is copied, nothing is inherited but the fds named here, and
 * the child is never moved later (moving a process into a cgroup waits for an RCU grace period:
 * 8-20 ms). Safe in a threaded process: the child makes only system calls. */
#ifndef CORE_SPAWN_H
#define CORE_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/row.h"
#include "util/err.h"

struct spawn {
	int program_fd;          /* O_PATH of what to execute */
	const char *const *argv; /* NULL-terminated */
	const char *const *envp; /* NULL-terminated; NULL: empty */
	const int *fds; /* the child's fds 0, 1, 2, …; -1: /dev/null for 0 to 2, closed above */
	size_t fd_count;
	const char *const
		*tasks; /* v1: `tasks` files that the child writes itself into; NULL: none */
	size_t tasks_count;
	int cgroup_fd;   /* v2: the cgroup to be born in; -1: ours */
	bool session;    /* setsid(2): outlives the caller's terminal */
	const char *dir; /* where it begins; NULL: where we are */
	bool with_us;    /* is killed when the calling thread ends */
	int net;         /* a network namespace to be born in; 0 or less: ours */
};

/* The child's pidfd in *pidfd (the caller closes it) and its name in *process; NULLs are fine. */
int spawn_start(
	const struct spawn *spawn, int *pidfd, struct row_process *process, struct err *err);
/* Blocks until it ended; its exit code, 128 + signal when killed. Only the parent may ask. */
int spawn_wait(int pidfd, int *exit_code, struct err *err);

#endif
