/* unit.h - a container's scope, where systemd makes the cgroups. */
#ifndef OCI_UNIT_H
#define OCI_UNIT_H

#include "runtime/spec.h"

/* "slice:prefix:name" into the unit's name and its path below the cgroups' root; the caller frees
 * both. -EINVAL: it is none. */
int unit_names(const char *cgroups_path, const char *id, char **unit, char **path, struct err *err);
/* A transient scope with this process in it, in the slice that the unit's path names; waits until
 * systemd has done it. */
int unit_start(const char *unit, const char *path, const char *id, int pid,
	const struct spec_resources *res, struct err *err);
/* Stops it, if it is still there. */
void unit_stop(const char *unit);

#endif
