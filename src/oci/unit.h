/* unit.h - a container's scope, where systemd makes the cgroups. */
#ifndef OCI_UNIT_H
#define OCI_UNIT_H

#include <stdbool.h>

#include "runtime/spec.h"

/* "slice:prefix:name" into the unit's name and its path below the cgroups' root; the caller frees
 * both. -EINVAL: it is none. */
int unit_names(const char *cgroups_path, const char *id, char **unit, char **path, struct err *err);
/* A transient scope with this process in it, in the slice that the unit's path names; waits until
 * systemd has done it. v2: the host has cgroup v2 and nothing else. */
int unit_start(const char *unit, const char *path, const char *id, int pid,
	const struct spec_resources *res, bool v2, struct err *err);
/* Other limits for one that lives; only those that are given. */
int unit_update(const char *unit, const struct spec_resources *res, bool v2, struct err *err);
/* Stops it, if it is still there. */
void unit_stop(const char *unit);

#endif
