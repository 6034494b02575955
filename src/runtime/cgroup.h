/* cgroup.h - where each controller lives on this host, and what a limit becomes there.
 *
 * v1, v2 or a mixture: decided per controller, from the mounts, never for the whole
 * host. A container has a directory of the same path below the visible root of every
 * hierarchy, by default davit/ID. What has to be made and written is data (struct
 * cgroup_steps): a launch puts it into a plan, `update` applies it to a live container. */
#ifndef RUNTIME_CGROUP_H
#define RUNTIME_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/spec.h"

enum cgroup_controller {
	CGROUP_CPU,
	CGROUP_CPUACCT, /* v2: a part of cpu */
	CGROUP_CPUSET,
	CGROUP_MEMORY,
	CGROUP_PIDS,
	CGROUP_BLKIO,   /* v2: io */
	CGROUP_DEVICES, /* v2: no controller, a BPF program */
	CGROUP_FREEZER, /* v2: no controller, always there */
	CGROUP_HUGETLB,
	CGROUP_CONTROLLERS
};

#define CGROUP_BASE "davit"

struct cgroup_hierarchy {
	int version;          /* 1 or 2 */
	char *mount;          /* "/sys/fs/cgroup/memory" */
	char *name;           /* "cpu,cpuacct", "name=systemd", "" for v2 */
	unsigned controllers; /* mask of 1 << enum cgroup_controller */
};

struct cgroup_layout;

/* tree: "" for this host, or a directory with another's proc/self/mountinfo and mounts (tests).
 * -EXDEV: a hierarchy is mounted from outside our cgroup namespace ("/../..").
 * -ENOENT: no cgroups are mounted at all. The caller frees *out. */
int cgroup_layout_new(const char *tree, struct cgroup_layout **out, struct err *err);
/* For who may only use what was lent: below `dir`, a cgroup of v2's that will have the controllers
 * of `like` and need not be there yet, or with NULL no cgroup at all; `why` (static text) says why
 * nothing else, where a limit is refused. Device rules are no limit there: nobody makes devices
 * without the host's rights. */
int cgroup_layout_lent(const char *dir, const char *like, const char *why,
	struct cgroup_layout **out, struct err *err);
/* v2: what was below the root is below this cgroup from now on ("system.slice/davit.scope"), which
 * need not be there yet. */
int cgroup_layout_move(struct cgroup_layout *layout, const char *path, struct err *err);
/* NULL: the host's cgroups are all ours. */
const char *cgroup_lent_why(const struct cgroup_layout *layout);
void cgroup_layout_free(struct cgroup_layout *layout);
own_define(cgroup_layout)

size_t cgroup_count(const struct cgroup_layout *layout);
const struct cgroup_hierarchy *cgroup_at(const struct cgroup_layout *layout, size_t i);
/* NULL: the host has no such controller. */
const struct cgroup_hierarchy *cgroup_find(
	const struct cgroup_layout *layout, enum cgroup_controller controller);
/* The v2 hierarchy, whether or not it has controllers; NULL when none is mounted. */
const struct cgroup_hierarchy *cgroup_unified(const struct cgroup_layout *layout);
/* Every controller on v2 (or none at all): no v1 hierarchy is mounted. */
bool cgroup_is_pure_v2(const struct cgroup_layout *layout);
const char *cgroup_controller_name(enum cgroup_controller controller);

/* ---- what to do ---- */

enum cgroup_action {
	CGROUP_MAKE,           /* mkdir dir */
	CGROUP_COPY,           /* the parent's value of file */
	CGROUP_WRITE,          /* value into file, one write */
	CGROUP_DEVICE_PROGRAM, /* program (v2) attached to dir */
};

struct cgroup_step {
	enum cgroup_action action;
	bool optional; /* the file may not exist on this kernel */
	char *dir, *file, *value;
	struct buf program; /* struct bpf_insn[] */
};

struct cgroup_steps {
	struct cgroup_step *v;
	size_t len;
	bool failed; /* out of memory */
};

#define auto_cgroup_steps __attribute__((cleanup(cgroup_steps_fini))) struct cgroup_steps
void cgroup_steps_fini(struct cgroup_steps *steps);

/* Makes path ("davit/ID") in every hierarchy and sets the limits. -EINVAL: a limit that makes no
 * sense, -ENOTSUP: one that this host cannot set; both name the field. */
int cgroup_plan_new(const struct cgroup_layout *layout, const char *path,
	const struct spec_resources *res, struct cgroup_steps *out, struct err *err);
/* Only the limits that are given, for a cgroup that lives. */
int cgroup_plan_update(const struct cgroup_layout *layout, const char *path,
	const struct spec_resources *res, struct cgroup_steps *out, struct err *err);
/* The file that freezes and thaws the container: dir + "/" + this; NULL when nothing can. */
const char *cgroup_freeze_file(const struct cgroup_layout *layout);

/* The spec's numbers, which are v1's, as v2 counts: 2 to 262144 and 10 to 1000 as 1 to 10000. */
int64_t cgroup_weight_of_shares(uint64_t shares);
int64_t cgroup_weight_of_blkio(uint32_t weight);

/* ---- doing it ---- */

/* Makes the parents of containers ("davit") everywhere, with v2's controllers handed down and v1's
 * cpusets filled. Cheap when that was done before. */
int cgroup_prepare(const struct cgroup_layout *layout, const char *path, struct err *err);
/* All of v2's controllers that a cgroup has, to those below it: each that can be. */
void cgroup_hand_down(const char *dir);
int cgroup_apply(const struct cgroup_steps *steps, struct err *err);
/* rmdir of path everywhere; absent is fine. -EBUSY: processes are still in it. */
int cgroup_remove(const struct cgroup_layout *layout, const char *path, struct err *err);

#endif
