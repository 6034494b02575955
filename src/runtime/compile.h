/* compile.h - a spec and the facts of its launch into a plan. Pure: reads nothing, starts nothing.
 *
 * The steps' order is told in compile.c; what the kernel lacks is said in the plan
 * (enum plan_avoid), not compiled differently, so one plan describes one launch on
 * any host of this kind. */
#ifndef RUNTIME_COMPILE_H
#define RUNTIME_COMPILE_H

#include <sys/stat.h>
#include <sys/types.h>

#include "runtime/cgroup.h"
#include "runtime/kernel.h"
#include "runtime/plan_build.h"
#include "runtime/spec.h"
#include "runtime/trial.h"

enum { LAUNCH_AS_FOUND = S_IFMT };
/* Where a new process waits for a word of its caller. */
enum launch_waits {
	LAUNCH_WAITS_BORN = 1,  /* before it enters any cgroup */
	LAUNCH_WAITS_HOOKS = 2, /* once its mounts are made */
	LAUNCH_WAITS_START = 4, /* PLAN_WAIT_START, before it gives up its privileges */
};

/* A path below one of the directories that the shim holds. */
struct launch_path {
	enum plan_dir dir;
	const char *path;
};

/* What the spec does not say. All of it is borrowed for the call. */
struct launch_facts {
	const struct kernel *kernel;
	const struct cgroup_layout *cgroups; /* NULL: no cgroups at all */
	const char *cgroup_path;             /* "davit/ID"; NULL: linux.cgroupsPath of the spec */
	/* Our own place in the store and this container's directory there, absolute: what lies
	 * below is named relative to them, so that a plan survives a store that moves. May be NULL.
	 */
	const char *store, *own;

	/* The root file system: an overlay of layers, or (without any) the plain directory. */
	const struct strs *layers;      /* relative to the store, top layer first */
	struct launch_path upper, work; /* same dir; path NULL: read-only */
	unsigned overlay;               /* enum plan_overlay */
	struct launch_path plain;
	struct launch_path mount_at; /* an empty directory where the root gets mounted */

	/* Nothing of us stays, as behind an OCI runtime's command line: the child makes and joins
	 * all its namespaces, mounts root.path on itself (`plain` and `mount_at` are the same
	 * directory then), and its users are numbers. */
	bool passing;
	bool is_rootless;       /* without the rights of the host's root: nobody makes devices */
	unsigned waits;         /* enum launch_waits, of who passes */
	unsigned preserved_fds; /* from 3 on */
	bool in_userns;         /* exec: who clones is in the container's user namespace already */
	bool no_setgroups;      /* the kernel's price for a map of one's own id, without a right */
	bool no_pivot, no_keyring; /* chroot(2) instead; the caller's keyring */
	bool no_cgroups_made; /* somebody else has made them, and will put the child into v2's */

	/* The file below the run directory that connects it, written at every start; NULL: none. */
	const char *network;

	/* A program of struct sock_filter, made from the spec's linux.seccomp; len 0: none. */
	const void *seccomp;
	size_t seccomp_len;
	unsigned seccomp_flags; /* SECCOMP_FILTER_FLAG_*; 0: the usual */

	const struct trial *trial; /* of an exec: all that it is to do; NULL: its args */

	/* For the monitor: copied into the plan's header. */
	unsigned flags; /* enum plan_flags; PLAN_TTY is taken from the spec */
	unsigned stop_signal;
	int stop_timeout_s;
	enum plan_restart restart;
	unsigned restart_max, log_files;
	uint64_t log_max_bytes;

	/* S_IFDIR or S_IFREG: what a bind's source is, LAUNCH_AS_FOUND: what it will be when it is
	 * mounted, 0: it does not exist. NULL: directories all.
	 */
	mode_t (*source_type)(void *ctx, const char *path);
	void *ctx;
};

/* Of setrlimit(2), for a type as the specification names it, "RLIMIT_CPU"; -1: there is none. */
int rlimit_number(const char *type);

/* The plan that creates and starts the container, into *out. -EINVAL and -ENOTSUP name the field.
 */
int compile_container(const struct spec *spec, const struct launch_facts *facts, struct buf *out,
	struct err *err);
/* The same plan with the cgroup limits of the spec as it is now. Of the facts only cgroups and
 * cgroup_path are read. */
int compile_limits(const struct buf *plan, const struct spec *spec,
	const struct launch_facts *facts, struct buf *out, struct err *err);
/* One more process in a running container; of the facts only kernel, cgroups, cgroup_path, seccomp
 * and flags are read. */
int compile_exec(const struct spec *container, const struct spec_process *process,
	const struct launch_facts *facts, struct buf *out, struct err *err);

/* The words of mount(8) that are understood, one by one; NULL after the last. */
const char *compile_mount_option(size_t i);
/* enum plan_avoid for a kernel. */
uint64_t compile_avoid(const struct kernel *kernel);

#endif
