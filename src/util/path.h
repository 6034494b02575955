/* path.h - files below a directory that somebody else may be changing.
 *
 * Everything inside a root filesystem, a layer or the store is reached from a
 * held directory fd. The *_in calls never leave that directory: openat2(2) with
 * RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS (Linux 5.6). Nothing here follows a
 * mount point when it deletes. All return 0 (or an fd) or a negative errno. */
#ifndef UTIL_PATH_H
#define UTIL_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/err.h"

/* Opens `path` as if `root_fd` were "/"; ".." and symlinks stay inside. The caller closes the fd.
 */
int path_open_in(int root_fd, const char *path, uint64_t flags, mode_t mode);
/* Creates missing directories (mode) on the way, inside root_fd; returns an O_PATH fd of the last
 * one. */
int path_mkdirs_in(int root_fd, const char *path, mode_t mode);
/* mkdir -p of an ordinary trusted path; 0 when it is there already. */
int path_mkdirs(const char *path, mode_t mode);

/* Whole small files. Refuses anything that is not a regular file (-EISDIR, -EINVAL), and more than
 * max bytes (-EFBIG). */
int path_read_at(int dir_fd, const char *name, size_t max, struct buf *out);
/* All of it, however many writes that takes; 0 or -errno. */
int path_write_all(int fd, const void *bytes, size_t len);
/* A file that is not there yet, of exactly that mode. What a failure leaves is the caller's. */
int path_create_at(int dir_fd, const char *name, const void *data, size_t len, mode_t mode);
/* Write to a temporary name beside it, then rename over: readers see the old or the new file,
 * whole. Never fsyncs: see core/store.h for what power loss may cost. */
int path_replace_at(int dir_fd, const char *name, const void *data, size_t len, mode_t mode);

/* Removes name and all below it, fd by fd with unlinkat(2), staying on the file system it began on:
 * a mount point below is left alone and reported as -EXDEV. -ENOENT when there is no such name. */
int path_remove_at(int dir_fd, const char *name);

#endif
