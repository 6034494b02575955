/* groups.h - davit's cgroups: where shims are born and where containers live. */
#ifndef CORE_GROUPS_H
#define CORE_GROUPS_H

#include "core/spawn.h"
#include "util/err.h"

struct engine;

/* Removes what is left of a container's cgroups, in every hierarchy; empty ones only, absent ones are fine. */
void groups_remove(struct engine *engine, const char *id);
/* Fills tasks or cgroup_fd of a spawn so that it is born in davit's own group for monitors and jobs, made on first use.
 * Lent for the engine's life. */
int groups_for_monitors(struct engine *engine, struct spawn *spawn, struct err *err);

#endif
