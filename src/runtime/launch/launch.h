/* launch.h - the executor of plans: from flat data to a running process.
 *
 *     launch_hold(l)          HOLD, in this process: what outlives a restart
 *     launch_start(l, …)      clone; the child walks the CHILD stage (child.c) and execs
 *     launch_gate(…)          what the child had to say, until it has exec'd or given up
 *
 * Between clone and exec there is no allocation, no library and no path that is not in the plan.
 * The child talks over one close-on-exec socket, the gate: the terminal's master, then READY before
 * the exec; end of file after READY is the exec having succeeded. Works with or without a monitor
 * and assumes nothing about its parent; single-threaded callers only. Failures are a struct
 * launch_fail: an errno, docker's exit code, the step and a sentence. */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/plan.h"

enum { LAUNCH_DIRS = PLAN_MAPPED + 1, LAUNCH_PEERS = 8, LAUNCH_KEPT = PLAN_KEPT_MAX };

/* What a container's own resolver is reached by (resolver.c). */
enum resolver_fd {
	RESOLVER_UDP,
	RESOLVER_TCP,
	RESOLVER_RAW,   /* sends UDP in the resolver's name; -1: the first does */
	RESOLVER_STEER, /* while it is open, what is sent to the resolver reaches those above */
	RESOLVER_FDS
};

struct launch_fail {
	int32_t code; /* negative errno */
	int32_t exit; /* docker's: 125, 126 or 127 */
	int32_t step; /* of the plan, or -1 */
	char text[220];
};

/* What the process gets as fds 0, 1 and 2. */
struct launch_stdio {
	int fd[3];
	bool ours; /* made for it: they are given to its user */
};

/* One plan being executed. Plain memory, owned by the caller; the fds in it are closed by
 * launch_fini. */
struct launch {
	struct plan plan;
	struct trace *trace;           /* NULL: nothing is timed */
	int dir[LAUNCH_DIRS];          /* O_PATH fds; -1: the plan may not name it */
	bool dir_is_here[LAUNCH_DIRS]; /* opened in the mount namespace that we are in */
	int proc;   /* a procfs of our own: nothing can be mounted over it (CVE-2025-52881) */
	int init;   /* pidfd of the container's init, for an exec; else -1 */
	int filter; /* the host's packet filter, -1: not opened. Whoever closes such a socket for
		     * good waits for what was deleted meanwhile (10 ms of RCU): see launch/net.c */
	int outer_mnt, outer_net; /* the namespaces that HOLD left behind, -1 while not left */
	int userns;               /* the container's user namespace, -1: it has none of its own */
	uint32_t root[2];         /* the user and group of the host that its root is */
	int waiting;              /* pidfd of who waited in it until it was held; -1: none */
	bool net_is_held;         /* adopted: we sit in the container's network namespace already */
	int resolver[RESOLVER_FDS]; /* the monitor's; -1: none */
	/* Who another container is: a pidfd of its init, by id. NULL: nobody is known. */
	int (*peer)(void *ctx, const char *id);
	void *peer_ctx;
	struct {
		const char *id; /* in the plan */
		int init;
	} peer_of[LAUNCH_PEERS]; /* open from before the clone until after it */
	unsigned peers;
	bool sibling; /* the new process is our parent's child, not ours: nobody of us stays */
	int door;     /* a listening socket, for PLAN_WAIT_START; -1: none */
	int state;    /* what PLAN_HOOK gives to stdin, read from its beginning; -1: none */
	int kept[LAUNCH_KEPT]; /* PLAN_KEEP_TREE */
	unsigned kept_len;
	struct launch_fail fail;
	/* of the child: */
	struct launch_stdio stdio;
	bool is_fostered; /* PLAN_MAP_IDS: limits are set for it by its parent */
	int gate;
	int tree;            /* PLAN_TREE */
	bool tree_is_strict; /* must not be attached through a symlink */
	uint64_t tree_set, tree_clear,
		tree_propagation; /* left to do after attaching, on old kernels */
	int null, blank; /* sources of masks: a verified /dev/null, an attached empty directory */
	uint32_t uid, gid;
	char home[256];
};

struct launched {
	int32_t pid; /* in the caller's pid namespace */
	int pidfd;
	int gate; /* non-blocking */
};

/* Takes over dirs[PLAN_STORE], [PLAN_RUN] and [PLAN_OWN]; opens the private procfs. 0 or a negative
 * errno. */
int launch_init(struct launch *launch, const struct plan *plan, const int dirs[LAUNCH_DIRS]);
/* For an exec in the container that `in` launched: shares its procfs, owns nothing. */
void launch_init_exec(
	struct launch *launch, const struct plan *plan, const struct launch *in, int init);
void launch_fini(struct launch *launch);

/* One PLAN_OVERLAY with its PLAN_LOWERS, where we are: for who only reads a tree. Of the launch it
 * needs plan and dir. 0 or a negative errno. */
int launch_overlay(
	struct launch *launch, const struct plan_step *step, const struct plan_step *lowers);
/* What this thread makes from here on belongs to them; its rights stay. Back: 0 and 0. */
int launch_be_owner(uint64_t uid, uint64_t gid);
/* 0, or launch->fail.code with launch->fail filled. */
int launch_hold(struct launch *launch);
int launch_start(struct launch *launch, const struct launch_stdio *stdio, struct launched *out);

enum launch_word {
	LAUNCH_WAIT,    /* nothing yet; poll the gate */
	LAUNCH_CONSOLE, /* *console is the terminal's master, the caller's to close */
	LAUNCH_READY,   /* about to exec */
	LAUNCH_FAIL,    /* *fail is filled */
	LAUNCH_END,     /* after READY: it runs. Without: it was killed on the way */
	/* Of plans that ask for them: */
	LAUNCH_LISTENER, /* *console is the listener of its seccomp filter, the caller's to close */
	LAUNCH_WAITING,  /* for launch_go */
	LAUNCH_CREATED,  /* all is done but what follows a connection to the door */
};
enum launch_word launch_gate(int gate, struct launch_fail *fail, int *console);
/* Lets a process that is LAUNCH_WAITING go on; 0 or a negative errno. */
int launch_go(int gate);

/* Fails with a sentence; returns code. */
int launch_fail(struct launch *launch, int code, int exit, const char *fmt, ...);
/* Times the steps that the caller carries out in the plan's name. */
void launch_mark_begin(struct launch *launch, unsigned step, unsigned lane);
void launch_mark_end(struct launch *launch, unsigned step, int result);
uint64_t launch_clock(void); /* CLOCK_MONOTONIC in ns */

#endif
