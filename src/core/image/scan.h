/* scan.h - what was changed on top of a stack of layers, as the tree of the layer that says so.
 *
 * Only the upper directory is walked; what is below is asked of the indexes. Left out are
 *
 *     sockets                         which no archive can hold
 *     whiteouts of nothing            made and deleted again, or below an opaque directory
 *     copies that differ in nothing   opened for writing and left alone; a directory's time
 *                                     alone is no difference, as with docker
 *     mount-point stubs               an empty file or directory that is new and in `stubs`
 *
 * and a directory is opaque only where there is something below it to hide. Times are whole
 * seconds, as archives keep them. */
#ifndef CORE_IMAGE_SCAN_H
#define CORE_IMAGE_SCAN_H

#include <stdatomic.h>

#include "core/id_map.h"
#include "core/image/tree.h"
#include "core/image_ops.h"
#include "core/index.h"
#include "util/err.h"
#include "util/strs.h"

struct scan {
	int root_fd;                      /* the directory, lent */
	const struct index *const *below; /* bottom first */
	size_t n_below;
	const struct strs *stubs; /* "etc/hosts"; or NULL */
	const char *only;         /* one name of it alone; NULL: all */
	bool cross;    /* other file systems are entered, unless the kernel invents them */
	bool any_name; /* names that begin with .wh. are names like others */
	bool marks;    /* files whose time or attributes a layer does not keep so: INDEX_UNTIDY */
	bool whole;    /* not what changed, but all there is: what is missing was deleted */
	struct id_owners owners;     /* whose it is on disk, which is told as who they are inside */
	int64_t latest;              /* no time is later; SCAN_ANY_TIME: no limit */
	const atomic_bool *canceled; /* or NULL */
};
#define SCAN_ANY_TIME INT64_MAX

/* dropped (may be NULL) receives the paths of what was left out. Content is read of what may be an
 * unchanged copy, and else of nothing: sizes are as they were, hashes zero. The caller owns *out.
 */
int scan_tree(const struct scan *scan, struct tree **out, struct strs *dropped, struct err *err);

/* Attributes of a file, sorted by name, without those a layer does not keep. */
struct scan_xattrs {
	char *list;   /* XATTR_LIST_MAX */
	char *values; /* one after another */
	size_t room;
	struct tar_xattr v[64];
	size_t n;
	bool opaque;   /* overlay says so */
	bool overlays; /* some are overlay's own, and left out */
};
/* An attribute in which overlay keeps notes of its own. */
bool scan_is_overlays(const char *name);
int scan_xattrs(struct scan_xattrs *xattrs, int dir_fd, const char *name, struct err *err);
/* The same of what an fd holds, which may be O_PATH. */
int scan_xattrs_of_fd(struct scan_xattrs *xattrs, int fd, struct err *err);
void scan_xattrs_fini(struct scan_xattrs *xattrs);

/* A file's capabilities, as archives have them and as the kernel keeps them for the root of a user
 * namespace that is not ours: with who that is behind them. */
#define SCAN_CAPS "security.capability"
enum { SCAN_CAPS_PLAIN = 20, SCAN_CAPS_OWNED = 24 };
void scan_caps_plain(struct scan_xattrs *xattrs, uint32_t root);
void scan_caps_own(const void *plain, uint32_t root, char owned[SCAN_CAPS_OWNED]);

#endif
