/* dest.h - where a COPY goes: a new upper directory on top of a stack of layers.
 *
 * Nothing is mounted. What the stack shows is asked of its indexes; what is written goes into the
 * upper directory, whose content is all ours, one directory at a time and never through a link. A
 * directory of the stack that is written into gets there first, with the metadata it has below, as
 * overlayfs would copy it up; its time too, so that the same files always make the same layer. */
#ifndef BUILD_DEST_H
#define BUILD_DEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "core/index.h"
#include "util/err.h"
#include "util/own.h"

struct dest;

/* indexes: bottom first, lent. upper: an empty directory, lent. The caller owns *out. */
int dest_new(const struct index *const *indexes, size_t n, int upper, struct dest **out,
	struct err *err);
int dest_upper(const struct dest *dest); /* lent */
void dest_free(struct dest *dest);
own_define(dest)

/* The path that `path` leads to through the stack's links, which stay inside; what is not
 * there yet is kept as it is. Without a slash before it, "" is the root. -ELOOP. */
int dest_resolve(struct dest *dest, const char *path, char out[INDEX_PATH_MAX], struct err *err);

enum dest_kind { DEST_NOTHING, DEST_DIRECTORY, DEST_OTHER };
/* What is at a resolved path now, written things included. */
enum dest_kind dest_kind(struct dest *dest, const char *path);
enum dest_kind dest_below(struct dest *dest, const char *path); /* before anything was written */

/* What directories are that have to be made on the way. */
struct dest_new_dirs {
	uid_t uid;
	gid_t gid;
	mode_t mode;
	struct timespec time;
};
/* An O_PATH fd of the directory in the upper one, made with all that leads to it where it is
 * missing: *made says that nothing was there, neither above nor below. Lent until the next call.
 * -ENOTDIR: something else is in the way. */
int dest_enter(struct dest *dest, const char *path, const struct dest_new_dirs *new_dirs,
	bool *made, struct err *err);

/* What the directory's time shall be in the end; those made by dest_enter have theirs. */
int dest_time(struct dest *dest, const char *path, const struct timespec *time, struct err *err);
/* Sets all times, after everything was written: what comes into a directory changes its own. */
int dest_finish(struct dest *dest, struct err *err);

/* A regular file of the stack, such as /etc/passwd, for reading, through its links. `open_layer`
 * gives the fd of a layer's directory, which is closed here; the caller closes the file's. -ENOENT.
 */
int dest_open(struct dest *dest, const char *path, int (*open_layer)(void *arg, size_t layer),
	void *arg, struct err *err);

#endif
