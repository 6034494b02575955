/* unpack.h - tar entries become files below a directory that nobody else can see yet.
 *
 *     whiteouts      a/.wh.b hides b of the layers below: a 0/0 device, as overlay wants it;
 *                    with the copy driver only the index knows. If the layer has a b of its own,
 *                    a directory becomes opaque and anything else just replaces it, whichever
 *                    came first.
 *     names          leading slashes are dropped; what climbs out, by "..", through a symlink or
 *                    as a hard link's target, is refused
 *     parents        made with 0755 root and marked as implied: image_commit gives them the
 *                    metadata that the layers below have
 *     hard links     to files this layer does not have wait for image_commit too
 *     attributes     of overlay and SELinux are dropped: they would speak for davit, or for
 *                    the host */
#ifndef CORE_IMAGE_UNPACK_H
#define CORE_IMAGE_UNPACK_H

#include <stdatomic.h>

#include "core/image/tar.h"
#include "core/image/tree.h"
#include "core/store.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

enum {
	UNPACK_XATTRS_MAX = 64,
	UNPACK_LINKS_MAX = 40, /* symlinks on the way to one name */
};

struct unpack;

/* A hard link whose target must be in a layer below. */
struct pending_link {
	uint32_t node; /* the link's; nothing on the disk yet */
	char *target;  /* cleaned */
};

/* root_fd is lent, and empty. */
int unpack_new(int root_fd, enum store_driver driver, struct unpack **out, struct err *err);
void unpack_free(struct unpack *unpack);
own_define(unpack)

/* Applies the entry that tar has just given, reading its content from there. */
int unpack_entry(
	struct unpack *unpack, struct tar *tar, const struct tar_entry *entry, struct err *err);
/* Once all are applied: directories get their times and their opacity. */
int unpack_finish(struct unpack *unpack, struct err *err);

uint64_t unpack_count(const struct unpack *unpack);   /* entries so far */
struct tree *unpack_take_tree(struct unpack *unpack); /* the caller owns it */
/* The caller owns *out and its targets. */
size_t unpack_take_pending(struct unpack *unpack, struct pending_link **out);

#endif
