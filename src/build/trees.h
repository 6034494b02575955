/* trees.h - the merged trees of layers, for steps that read or borrow from them.
 *
 * In a mount namespace of the build's own, which monitors started from it inherit: what is mounted
 * here is on nobody else's table, and goes with the process however it ends. */
#ifndef BUILD_TREES_H
#define BUILD_TREES_H

#include <stdbool.h>

#include "core/store.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

struct trees;

/* dir: absolute path of a directory of ours, as dir_fd; lent. Enters the mount namespace: before
 * any thread is started. The caller owns *out. */
int trees_new(
	struct store *store, const char *dir, int dir_fd, struct trees **out, struct err *err);
/* Takes down all mounts. NULL is fine. */
void trees_free(struct trees *trees);
own_define(trees)

/* An absolute path where the layers (ids, bottom first) are mounted together, read-only.
 * Any thread. *path is the caller's to free; the mount stays until trees_free. */
int trees_mount(struct trees *trees, const struct strs *layers, char **path, struct err *err);
/* The same with a place on top for writes that are thrown away; layers NULL: on nothing. */
int trees_mount_scratch(
	struct trees *trees, const struct strs *layers, char **path, struct err *err);
/* Any directories together, the topmost first; `writable`: with a place for writes that are thrown
 * away, else one alone is itself. */
int trees_mount_dirs(
	struct trees *trees, const struct strs *dirs, bool writable, char **path, struct err *err);
/* An empty directory of ours. */
int trees_directory(struct trees *trees, char **path, struct err *err);

#endif
