/* unpack_private.h - an unpacking's insides, for unpack*.c alone. */
#ifndef CORE_IMAGE_UNPACK_PRIVATE_H
#define CORE_IMAGE_UNPACK_PRIVATE_H

#include <xxhash.h>

#include "core/image/dirs.h"
#include "core/image/unpack.h"

struct unpack {
	int root_fd;
	enum store_driver driver;
	struct tree *tree;
	struct dirs dirs;
	struct pending_link *pending;
	size_t n_pending, pending_room;
	uint64_t count;
	XXH3_state_t *hash;
};

/* A name in a directory of the tree. */
struct place {
	uint32_t dir;
	char name[INDEX_NAME_MAX + 1];
	size_t len; /* 0: the root itself */
};

/* unpack_walk.c: finds the directory a cleaned path lies in, following symlinks inside the layer.
 * make: missing directories on the way are made; otherwise *found says whether they are there. */
int unpack_locate(struct unpack *unpack, const char *clean, bool make, struct place *out,
	bool *found, struct err *err);

/* unpack_file.c: what is behind the name, which must not be there. */
int unpack_create(struct unpack *unpack, struct tar *tar, const struct tar_entry *entry, int dir_fd,
	const char *name, uint8_t hash[INDEX_HASH], struct err *err);
/* Owner, mode and attributes of something that has no fd of its own. */
int unpack_dress(const struct tar_entry *entry, int dir_fd, const char *name, struct err *err);
struct timespec unpack_time(struct timespec time);
bool unpack_keeps_xattr(const struct tar_xattr *xattr);

/* unpack.c */
int unpack_make_implied(struct unpack *unpack, uint32_t dir, const char *name, size_t len,
	bool opaque, uint32_t *out, struct err *err);
int unpack_remove(struct unpack *unpack, uint32_t node, struct err *err);

#endif
