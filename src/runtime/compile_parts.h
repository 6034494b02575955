/* compile_parts.h - what the files of compile share: the plan being written. */
#ifndef RUNTIME_COMPILE_PARTS_H
#define RUNTIME_COMPILE_PARTS_H

#include "runtime/compile.h"

struct compiler {
	const struct spec *spec;
	const struct launch_facts *facts;
	struct plan_build plan;
	struct err *err;
};

#define step(c, ...) plan_build_step(&(c)->plan, &(struct plan_step){__VA_ARGS__})
#define text(c, t)   plan_build_text(&(c)->plan, t)

/* Its path in every hierarchy, without a leading slash; "" when there are no cgroups. */
const char *compile_cgroup_path(const struct compiler *c);
/* The absolute directory of the container's cgroup in a hierarchy. */
struct plan_ref compile_cgroup_dir(struct compiler *c, const struct cgroup_hierarchy *h);
int compile_cgroups(struct compiler *c);
/* The child's way into v1's hierarchies; v2 is part of the clone. */
void compile_cgroup_enter(struct compiler *c);
/* Freezer, memory and all directories into the header. */
void compile_cgroup_header(struct compiler *c);

int compile_mounts(struct compiler *c);
/* A /dev for who cannot make devices, as the second kept tree, if the spec mounts one. */
int compile_dev_between(struct compiler *c);
bool compile_has_dev(const struct compiler *c);
/* Where a bind's source lies: below a directory that the shim holds, if it does. */
struct launch_path compile_source(const struct compiler *c, const char *path);
/* Whether the process lives in a user namespace that is not ours. */
bool compile_has_userns(const struct compiler *c);

/* The shim holds its user namespace: the store is shown through its maps. */
bool compile_is_mapped(const struct compiler *c);

/* compile_ids.c */
/* The user namespace, made or found, and the network namespace that is to belong to it. */
void compile_hold_userns(struct compiler *c, uint64_t network);
/* What nobody can do in there, and then its entry. */
int compile_enter_userns(struct compiler *c);
/* A path of the store or of the container's own directory, as it is named with and without that. */
uint8_t compile_dir(const struct compiler *c, struct launch_path path);
struct plan_ref compile_path(struct compiler *c, struct launch_path path);
/* What the shim mounts for every process to come: the store with mapped owners, whatever nobody but
 * the host's root can reach, and binds with mapped owners. */
int compile_hold_mapped(struct compiler *c);
/* The new process opens those, and becomes root of its user namespace, if it has one. */
void compile_be_mapped(struct compiler *c);
/* How many trees HOLD keeps: what is kept later has the numbers from there on. */
uint64_t compile_held_trees(const struct compiler *c);
/* The number of the tree that is kept for this mount by then; false: none. */
bool compile_placed(const struct compiler *c, const struct spec_mount *mount, uint64_t *number);
void compile_give_stdio(struct compiler *c);
/* Whom the host knows the container's root as; 0 without a user namespace, PLAN_ROOT_OUTSIDE when
 * only that knows. */
struct compile_root {
	uint32_t uid, gid;
};
struct compile_root compile_root(const struct compiler *c);
/* Whom it knows as somebody in there; who is nobody there is root. */
struct compile_root compile_owner(const struct compiler *c, uint32_t uid, uint32_t gid);
/* The maps of the new user namespace, right after the clone. */
void compile_maps(struct compiler *c);
/* Trees that HOLD opens for mounts: with mapped owners, or where only we may look. */
int compile_keep_trees(struct compiler *c);
/* The number of the tree kept for this mount; false: none. */
bool compile_kept_tree(const struct compiler *c, const struct spec_mount *mount, uint64_t *number);

/* compile_extras.c */
int compile_time_offsets(struct compiler *c);
int compile_extras(struct compiler *c, const struct spec_process *process);
/* exec's: "0-3" before the process is made, and for good. */
int compile_affinity(struct compiler *c, const char *cpus, const char *field);
void compile_hooks(struct compiler *c, const spec_hooks *hooks);

int compile_sysctl(struct compiler *c, bool net);
/* From the rlimits to the exec. */
int compile_process(struct compiler *c, const struct spec_process *process);
/* Of these the rlimits and the badness: what needs a right that is not of a user namespace. */
void compile_limits_of(struct compiler *c, const struct spec_process *process);

/* CLONE_NEW* of a namespace type of the spec. */
uint64_t compile_namespace_flag(const char *type);

#endif
