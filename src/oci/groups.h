/* groups.h - a container's cgroups, by the path that they have below every hierarchy's root. */
#ifndef OCI_GROUPS_H
#define OCI_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "oci/oci.h"
#include "runtime/cgroup.h"

/* From linux.cgroupsPath; the caller frees *path. */
int groups_path(const struct oci *oci, const char *cgroups_path, const char *id, char **path,
	struct err *err);
/* The host's, read once; NULL with *err set, or with no error where no cgroups are mounted. */
const struct cgroup_layout *groups_layout(struct err *err);
/* Whether this user may make it, in every hierarchy. */
bool groups_are_ours(const char *path);
/* All parents of path. */
int groups_prepare(const char *path, struct err *err);
/* rmdir of path and what the container made below, everywhere; what still runs in it is killed. */
int groups_remove(const char *path, struct err *err);

int groups_freeze(const char *path, bool freeze, struct err *err);
bool groups_is_frozen(const char *path);
/* The processes in it and below; the caller frees *pids. */
int groups_pids(const char *path, int **pids, size_t *count, struct err *err);
/* Each of them gets the signal. */
int groups_signal(const char *path, int signal, struct err *err);

#endif
