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
/* "davit/ID" below every hierarchy. */
void groups_path(const char *id, char path[80]);
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
