/* plan.h - a container's launch, or an exec, as flat data.
 *
 * The engine compiles a spec into a plan; davit-shim receives it on a sealed memfd (and keeps it as
 * containers/ID/plan) and executes it step by step: no allocation, no library, no path that is not
 * in the plan between clone and exec. A plan is position-independent, little endian, versioned, and
 * only grows: an op number is never reused and an unknown op is refused before anything is
 * executed.
 *
 *     +--------+---------------------+---------------------------------------+
 *     | header | steps, in order     | data: strings with their NUL, lists,  |
 *     |        | (plan_step[steps])  | programs; 8-aligned items             |
 *     +--------+---------------------+---------------------------------------+
 *
 * A container's plan runs in three stages, always in this order of steps:
 *
 *     HOLD   in the shim, once for its life: what outlives a restart (namespaces it lives in, the
 *            overlay, the cgroups and their limits)
 *     CHILD  in the new process between PLAN_CLONE (the first step of the stage, done by the shim)
 *            and PLAN_EXEC (the last)
 *
 * An exec's plan has only the CHILD stage. Paths are relative to the directory that a step names
 * (enum plan_dir): the shim holds an fd of each and resolves what lies in the container with
 * openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS). This header is used by the static shim too:
 * it includes nothing of ours. */
#ifndef RUNTIME_PLAN_H
#define RUNTIME_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC   "davplan\n"
#define PLAN_VERSION 1u
enum {
	PLAN_SIZE_MAX = 8 << 20,
	PLAN_STEPS_MAX = 4096,
};

enum plan_kind {
	PLAN_CONTAINER = 1,
	PLAN_EXECUTION = 2, /* one more process in a running container */
};

/* What the monitor must know; the steps themselves never depend on these. */
enum plan_flags {
	PLAN_TTY = 1 << 0,         /* stdio is one pseudo-terminal */
	PLAN_STDIN = 1 << 1,       /* keep stdin open (-i); else it is /dev/null */
	PLAN_STDIN_ONCE = 1 << 2,  /* close stdin when the first client that had it leaves */
	PLAN_AUTO_REMOVE = 1 << 3, /* --rm */
	PLAN_NO_LOG = 1 << 4,
	PLAN_JOB =
		1 << 5, /* stdio of the caller is passed through as it is (builds, OCI runtime) */
	PLAN_HEALTH = 1 << 6, /* containers/ID/health holds a health check (wire.h) */
};

enum plan_restart {
	PLAN_RESTART_NO,
	PLAN_RESTART_ALWAYS,
	PLAN_RESTART_UNLESS_STOPPED,
	PLAN_RESTART_ON_FAILURE
};

struct plan_ref {
	uint32_t at;  /* from the start of the data area */
	uint32_t len; /* without the NUL that always follows; a list's items are NUL-separated */
};

struct plan_header {
	char magic[8];
	uint32_t version;
	uint32_t size; /* of the whole plan in bytes */
	uint32_t steps;
	uint32_t data_at; /* from the start of the plan; data_at + data_len == size */
	uint32_t data_len;
	uint32_t kind;
	uint32_t flags;
	uint32_t stop_signal;   /* what "stop" sends first */
	int32_t stop_timeout_s; /* then SIGKILL; -1: never */
	uint32_t restart;       /* enum plan_restart */
	uint32_t restart_max;   /* on-failure: 0 is no limit */
	uint32_t log_files;     /* rotated files kept beside the current one */
	uint64_t log_max_bytes; /* 0: no rotation */
	struct plan_ref
		freezer; /* absolute cgroup directory to freeze and thaw; empty: cannot pause */
	struct plan_ref memory;   /* absolute cgroup directory that counts OOM kills; empty: none */
	struct plan_ref cgroups;  /* list of absolute cgroup directories of this container, all
				     hierarchies */
	uint32_t freezer_version; /* 1 or 2 */
	uint32_t memory_version;  /* 1 or 2 */
	uint64_t avoid;           /* enum plan_avoid: behave like an older kernel */
	uint64_t first_len;       /* of the data as first compiled; 0: no limit was changed since */
	uint64_t spare[2];
};

/* Newer calls that the launch must not even try, as if the kernel lacked them. */
enum plan_avoid {
	PLAN_AVOID_LOWERDIR_PLUS = 1 << 0,  /* 6.5: one fsconfig a layer */
	PLAN_AVOID_OVERLAY_FSOPEN = 1 << 1, /* overlay by mount(2) */
	PLAN_AVOID_MOUNT_SETATTR =
		1 << 2, /* 5.12; without it a bind's flags reach its top mount only */
	PLAN_AVOID_INTO_CGROUP = 1 << 3,   /* v2: the child writes itself into cgroup.procs */
	PLAN_AVOID_SOCKET_LOOKUP = 1 << 4, /* the resolver's sockets are bound at its port */
};

/* Directories a step's paths are relative to. */
enum plan_dir {
	PLAN_HOST = 0,   /* "/" as the shim sees it; the path is absolute and trusted */
	PLAN_STORE = 1,  /* the store root */
	PLAN_RUN = 2,    /* this container's directory below the run root */
	PLAN_ROOT = 3,   /* the container's root file system, before pivot: resolved in root */
	PLAN_TREE = 4,   /* the detached mount made by the last PLAN_TREE_NEW, not yet attached */
	PLAN_OWN = 5,    /* this container's directory in the store, containers/ID */
	PLAN_MAPPED = 6, /* the store with its owners shown through the container's id maps; there
			  * once PLAN_PLACE has named it */
};

/* Arguments are named per op: a, b, c are refs (dir_a, dir_b say where paths a and b start), n are
 * numbers. OPTIONAL on any step: its failure is recorded in the trace and does not end the launch.
 */
enum plan_op {
	/* HOLD */
	PLAN_CGROUP_MAKE = 1, /* mkdir a (HOST); existing is fine */
	PLAN_CGROUP_COPY =
		2, /* a: cgroup dir, b: file; write the parent's value of b (v1 cpuset) */
	PLAN_CGROUP_WRITE = 3,   /* a: cgroup dir, b: file, c: value, one write */
	PLAN_CGROUP_DEVICES = 4, /* a: v2 cgroup dir, b: BPF_PROG_TYPE_CGROUP_DEVICE instructions */
	PLAN_UNSHARE = 5,     /* n0: CLONE_NEW* that the shim itself moves into (NEWNS, NEWNET) */
	PLAN_PROPAGATION = 6, /* a: mount point (HOST), n0: MS_* propagation flags */
	PLAN_OVERLAY = 7,     /* a: mount point; b: upper dir, c: work dir (both relative to dir_b,
			       * empty: read-only);     list in the *next* step, PLAN_LOWERS; n0: enum
			       * plan_overlay flags; n1, n2: the user and group of the host who owns
			       * what the kernel makes in its work dir, 0 is us */
	PLAN_LOWERS = 8, /* a: list of lower dirs, top layer first, relative to dir_a; executed with
			    its PLAN_OVERLAY */
	PLAN_BIND_ROOT =
		9, /* a: a plain directory to become the root fs (copy driver), b: mount point; n0:
		    * 1 for all that is mounted below too, n1: 1 to make what b lies on private */
	PLAN_LOOPBACK_UP = 10,
	PLAN_SYSCTL = 11,   /* a: path below /proc/sys, b: value; in HOLD for net.*, in CHILD for
			       kernel.*, fs.mqueue.* */
	PLAN_JOIN = 12,     /* a: path of a namespace file (HOST), n0: its CLONE_NEW* */
	PLAN_NETWORK = 13,  /* a: the file that says how it is on its networks (launch_net.h):
			     * written at every start, because addresses are leased then */
	PLAN_RESOLVER = 14, /* a: the file that says how it resolves names (launch_resolver.h);
			     * where there is one, sockets are opened for its resolver */
	PLAN_TIME_OFFSETS = 80, /* a: lines for timens_offsets of the time namespace that was just
				 * unshared */
	PLAN_KEEP_TREE = 81,    /* a: source path, opened while we have all rights; n0: 1 for
			   * recursive;    b, c: maps of users and groups, as in uid_map, that the
			   * mount shows    its owners through, or the path of such a namespace
			   * twice, or both empty; n1: 1 for all mounts below too; n2: 1, with b and c
			   * empty: through the user namespace that is held. Numbered from 0 in the
			   * order of these steps and PLAN_TREE_KEEP, at most PLAN_KEPT_MAX */
	PLAN_USERNS = 97, /* a, b: what is written to the uid_map and gid_map of a user namespace
			   * that we make and hold; n0: CLONE_NEWNET for a network namespace that
			   * belongs to it, which we enter; n1, n2: the host's user and group whom
			   * it shows as root */
	PLAN_USERNS_OF =
		98, /* the same for one that is there: a: "container:ID", running, or a path; n0 */
	PLAN_PLACE =
		95, /* a: below dir_a, made if missing, where the tree is mounted in the shim's own
		     * mount namespace, for all processes to come; n0: 1 names it PLAN_MAPPED */
	/* CHILD; with a user namespace PLAN_KEEP_TREE, too, before PLAN_ROOT_IDS */
	PLAN_CLONE =
		32, /* n0: CLONE_NEW* flags; a: v2 cgroup dir for CLONE_INTO_CGROUP, or empty */
	PLAN_MAP_IDS = 83, /* right after CLONE, with a new user namespace; a, b: what is written to
			    * its uid_map and gid_map, n0: 1 to deny setgroups(2) there. Done by the
			    * parent, which then also does PLAN_RLIMIT, PLAN_OOM_SCORE and
			    * PLAN_GIVE_STDIO for the child: that has no right to it any more, and
			    * waits */
	PLAN_ENTER_USERNS = 99, /* with a user namespace that HOLD holds: what stands between CLONE
		     * and here is done by a process in between, with all our rights, which
		     * then enters it and gives birth to the new one, as a child of ours */
	PLAN_MAKE_AS =
		100, /* n0, n1: the host's user and group who owns what is made from here on */
	PLAN_TREE_KEEP = 101, /* the tree becomes a kept one, to be taken with PLAN_FROM_KEPT */
	PLAN_ROOT_IDS = 84,   /* from here on root of the user namespace, and of nothing else */
	PLAN_GIVE_STDIO = 96, /* n0, n1: the host's user and group who get the pipes that were made
			       * for it, so that root inside can open /dev/stdout again */
	PLAN_WAIT = 85,       /* n0: enum plan_wait */
	PLAN_HOOK = 86, /* a: a program, run where we are, b: its argv, c: its environment, n0: its
			 * time in seconds, 0 is no limit; its stdin is the state that the caller
			 * wrote (launch.h) */
	PLAN_JOIN_CONTAINER = 66, /* a: id of a running container, n0: its CLONE_NEW* to share */
	PLAN_ENTER_CONTAINER =
		33, /* exec: setns into init's namespaces by its pidfd; n0: CLONE_NEW* flags */
	PLAN_CGROUP_ENTER = 34,  /* a: v1 cgroup dir; "0" into its tasks while single-threaded */
	PLAN_UNSHARE_CHILD = 35, /* n0: CLONE_NEW* (NEWCGROUP once inside the v1 cgroups) */
	PLAN_SESSION = 36,       /* setsid(2) */
	PLAN_KEYRING = 69,       /* a session keyring of its own; fine where the kernel has none */
	PLAN_ROOT_OPEN = 37,     /* a: where the root fs is mounted; becomes PLAN_ROOT */
	PLAN_TREE_NEW = 38,      /* a: fs type, c: list of "key=value" or "key" options, n0:
				    MOUNT_ATTR_*; becomes PLAN_TREE */
	PLAN_TREE_CLONE = 39,    /* a: source path, n0: MOUNT_ATTR_* to set, n1: to clear, n2: 1 for
			      * recursive,    n3: MS_* of its propagation, 0 is private, n4: enum
			      * plan_tree_clone; n0 and n1: what the upper 32 bits say is for the
			      * top    mount alone; c: a path    below the source that whoever writes
			      * there cannot lead out of it, or empty;    becomes PLAN_TREE */
	PLAN_TREE_FILL = 92,     /* a: path in the root whose content is copied into the tree */
	PLAN_ROOT_NODE = 93, /* a: path in the root, n0: S_IF* and mode, n1: dev_t, n2, n3: owner */
	PLAN_ROOT_LINK =
		94, /* a: symlink target text, b: path in the root; one that is there stays */
	PLAN_TREE_PEER = 67,   /* a: id of a running container, b: a path in its root; that mount
			       * becomes PLAN_TREE */
	PLAN_TREE_MKDIR = 40,  /* a: path in the tree, n0: mode */
	PLAN_TREE_NODE = 41,   /* a: path in the tree, n0: S_IF* and mode, n1: dev_t as makedev() */
	PLAN_TREE_LINK = 42,   /* a: symlink target text, b: path in the tree */
	PLAN_TREE_ATTACH = 43, /* b: mount point in the root, made if missing: n0 is S_IFDIR or
			     * S_IFREG, 0 for what the tree is. A kernel's file system (proc, sysfs, devpts,
			     * …) and a	 tree with nodes are never attached through a symlink */
	PLAN_MASK = 44,        /* before PIVOT; a: path in the root, hidden by /dev/null or an empty
			       read-only directory; absent is fine */
	PLAN_READONLY = 45, /* before PIVOT; a: path in the root, remounted read-only, recursively;
			       absent is fine */
	PLAN_HOSTNAME = 46, /* a */
	PLAN_DOMAINNAME = 47, /* a */
	PLAN_PIVOT =
		48, /* PLAN_ROOT becomes "/"; the old root is detached, or with n0 1 only covered */
	PLAN_ROOT_READONLY = 49,
	PLAN_CONSOLE = 50, /* a pty from the container's own devpts becomes stdio and /dev/console;
			      n0 rows, n1 columns */
	PLAN_RLIMIT = 51,  /* n0: RLIMIT_*, n1: soft, n2: hard */
	PLAN_OOM_SCORE = 52, /* n0: int64 oom_score_adj */
	PLAN_UMASK = 53,     /* n0 */
	PLAN_NICE = 54,      /* n0: int64 */
	PLAN_PERSONALITY = 87,
	PLAN_SCHEDULER = 88, /* sched_setattr(2): n0: policy, upper half flags; n1: nice, upper half
			      * priority; n2 runtime, n3 deadline, n4 period */
	PLAN_IO_PRIORITY = 89,   /* n0: IOPRIO_PRIO_VALUE */
	PLAN_MEMORY_POLICY = 90, /* n0: MPOL_* and flags; a: mask of nodes */
	PLAN_AFFINITY = 91,      /* a: mask of CPUs */
	PLAN_BOUNDING = 55,      /* n0: mask of capabilities kept in the bounding set */
	PLAN_USER = 56, /* a: "user[:group]" looked up in the root's /etc/passwd and /etc/group; b:
			   list of further groups; n0: enum plan_user */
	PLAN_CAPS =
		57, /* n0 permitted, n1 effective, n2 inheritable, n3 ambient; after PLAN_USER */
	PLAN_APPARMOR = 68, /* a: the profile that the exec changes to */
	PLAN_NO_NEW_PRIVS = 58,
	PLAN_SECCOMP = 59, /* a: struct sock_filter[]; before PLAN_BOUNDING unless NO_NEW_PRIVS came
			      first; n0: SECCOMP_FILTER_FLAG_*, 0 is SPEC_ALLOW; with NEW_LISTENER
			      the listener goes over the gate */
	PLAN_CWD = 60, /* a: path in the container, made if missing (0755) when n0 is 1; must end up
			  inside the root */
	PLAN_TRY = 102, /* of an exec alone, before PLAN_EXEC, which is then never reached: the
			 * system call n0 with the arguments a (PLAN_TRY_ARGS uint64_t), of which n1
			 * says by a bit each that it is a place in the text b; the process ends
			 * with what the kernel answered, an errno or 0 */
	PLAN_EXEC = 61, /* a: argv list, b: environment list; n0: enum plan_exec flags. argv[0]
			 * without a slash is searched in the environment's PATH, inside the root;
			 * n1: how many fds from 3 on it inherits */
};

enum plan_overlay { PLAN_OVERLAY_VOLATILE = 1, PLAN_OVERLAY_USERXATTR = 2 };
/* What a new process waits for. */
enum plan_wait {
	PLAN_WAIT_CALLER = 1, /* that its parent has done its part, told over the gate */
	PLAN_WAIT_START = 2, /* a connection to the door (launch.h), which becomes the gate. What it
			      * is to execute is looked up before */
};
enum plan_user { PLAN_USER_NUMBERS = 1 /* a is "uid:gid", b are numbers: nothing is looked up */ };
enum { PLAN_KEPT_MAX = 128, PLAN_TRY_ARGS = 6, PLAN_TRY_NUMBER_MAX = 4095 };
/* Where the host's user and group are asked for: who root is in the user namespace that is held. */
#define PLAN_ROOT_OUTSIDE UINT32_MAX
enum plan_tree_clone {
	PLAN_TOP_READONLY = 1 << 0, /* what is mounted below stays as it is */
	PLAN_FROM_HOST =
		1 << 1, /* taken in the host's mount namespace: a peer of the mount there */
	PLAN_FROM_KEPT = 1 << 2, /* the kept tree whose number is in the upper 32 bits; a only says
				  * what it is */
};
enum plan_exec { PLAN_EXEC_SET_HOME = 1 /* add HOME from /etc/passwd unless set */ };

enum plan_step_flags { PLAN_OPTIONAL = 1 << 0 };

struct plan_step {
	uint16_t op;
	uint8_t flags; /* enum plan_step_flags */
	uint8_t dir_a; /* enum plan_dir */
	uint8_t dir_b;
	uint8_t dir_c;
	uint16_t spare;
	struct plan_ref a, b, c;
	uint64_t n[5];
};

/* ---- reading; implemented in launch/plan.c, without libc beyond memcmp ---- */

struct plan {
	const struct plan_header *head;
	const struct plan_step *steps;
	const char *data;
};

/* Checks all of it: sizes, order of stages, every op known, every ref inside and NUL-terminated,
 * numbers in range. 0, or -EPROTO; then *why (static text) names the first thing wrong and *step
 * the step (or -1). */
int plan_open(const void *bytes, size_t len, struct plan *out, const char **why, int *step);
/* Text or bytes of a ref that plan_open accepted. */
const char *plan_text(const struct plan *plan, struct plan_ref ref);
/* The item after `item` of a list, or its first when item is NULL; NULL after the last. An empty
 * ref is an empty list; a list can hold empty items. */
const char *plan_next(const struct plan *plan, struct plan_ref list, const char *item);
/* "cgroup-write" and so on; NULL for an unknown op. */
const char *plan_op_name(unsigned op);
/* Index of the first CHILD step (PLAN_CLONE). */
unsigned plan_child_at(const struct plan *plan);

/* ---- the clocks: a second shared memfd, written by both sides, saved as containers/ID/trace ----
 */

#define TRACE_MAGIC "davtrac\n"
enum { TRACE_ENGINE_MAX = 24 };

struct trace_mark {
	uint64_t begin_ns, end_ns; /* CLOCK_MONOTONIC; 0: not reached */
	int32_t result;            /* 0 or negative errno */
	uint32_t lane;             /* enum trace_lane */
};

enum trace_lane { TRACE_ENGINE, TRACE_SHIM, TRACE_CHILD };

struct trace_engine {
	char what[40]; /* "resolve image" */
	struct trace_mark mark;
};

struct trace {
	char magic[8];
	uint32_t version; /* 1 */
	uint32_t steps;
	uint64_t began_ns, spawned_ns, shim_ns,
		started_ns; /* command entered, shim cloned, shim's main, exec succeeded */
	struct trace_engine engine[TRACE_ENGINE_MAX];
	struct trace_mark step[]; /* one a step of the plan */
};

static inline size_t trace_size(unsigned steps)
{
	return sizeof(struct trace) + steps * sizeof(struct trace_mark);
}

#endif
