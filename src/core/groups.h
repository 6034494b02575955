/* groups.h - davit's cgroups: where monitors and jobs are born, where containers live
 * (runtime/cgroup.h). */
#ifndef CORE_GROUPS_H
#define CORE_GROUPS_H

#include "core/spawn.h"
#include "runtime/cgroup.h"
#include "util/err.h"

struct engine;
struct launch_env;

/* The host's layout, read once; lent for the engine's life. Any thread. */
int groups_layout(struct engine *engine, const struct cgroup_layout **out, struct err *err);
/* Who manages the tree that they are in: "systemd" where they are below a unit of its, "cgroupfs"
 * where they are plain directories, "none" where this user is lent none. */
const char *groups_driver(struct engine *engine, const struct cgroup_layout *layout);
/* Whether containers of this process can be limited and paused at all. */
bool groups_are_ours(void);
enum { GROUPS_PATH_SIZE = 400 };
/* "davit/ID" below every hierarchy, or "PARENT/ID"; parent: NULL or one that groups_parent_check
 * took. */
void groups_path(const char *parent, const char *id, char path[GROUPS_PATH_SIZE]);
int groups_check_parent(const char *parent, struct err *err);
/* The same of a container that exists: one with another parent has it in the link
 * containers/ID/cgroup. */
void groups_of(struct engine *engine, const char *id, char path[GROUPS_PATH_SIZE]);
/* Where a container has a parent of its own: makes that, with the controllers its children need. */
int groups_prepare(struct engine *engine, const char *id, struct err *err);
/* Removes what is left of a container's cgroups, in every hierarchy; empty ones only, absent ones
 * are fine. */
void groups_remove(struct engine *engine, const char *id);
/* The same, after everything in it was killed: for a container whose monitor died before its first
 * process was known. */
void groups_end(struct engine *engine, const char *id);
/* Fills tasks or cgroup_fd of a spawn so that it is born in davit's own group for monitors and
 * jobs, made on first use. Lent for the engine's life. */
int groups_for_monitors(struct engine *engine, struct spawn *spawn, struct err *err);

struct launch_env *launch_env_new(void);

#endif
