/* layer_tar.h - a layer's directory as the one tar that its diff id is the digest of.
 *
 *     order     depth first, parents before children, siblings by the bytes of their names
 *     headers   tar_write.h; owners as numbers, whole seconds, no names of users
 *     deleted   .wh.NAME, empty, root's, of 1970; in an opaque directory .wh..wh..opq comes first
 *     links     the first name of a file has its content
 *     end       two blocks of zeros
 *
 * Never stored: it is made while it is hashed, and made again when somebody wants it. */
#ifndef CORE_IMAGE_LAYER_TAR_H
#define CORE_IMAGE_LAYER_TAR_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/image/tree.h"
#include "util/err.h"

typedef int tar_put_fn(void *arg, const void *data, size_t len, struct err *err);

/* Files that are there with all but their content, which is written while it is put into the tar.
 * Paths as in the layer. */
struct layer_late {
	/* *fd: where the content is read from, the caller's to close; -1: the file has it. */
	int (*open)(void *arg, const char *path, int *fd, struct err *err);
	/* After reading: it was what was meant. */
	int (*check)(void *arg, const char *path, int fd, struct err *err);
	void *arg;
};

struct layer_tar {
	struct tree *tree;
	int diff_fd; /* lent */
	/* The first time: sizes and hashes of the files as they are found, and where each header
	 * stands, go into the tree. Otherwise a file of another size is -EBADMSG. */
	bool record;
	bool cross;                    /* as in scan.h */
	const atomic_bool *canceled;   /* or NULL */
	const struct layer_late *late; /* or NULL */
	tar_put_fn *put;
	/* Room of `put`'s for the next bytes, which need not be copied then; *len becomes what there is
	 * of it. NULL: there is none, or this is. */
	unsigned char *(*room)(void *arg, size_t *len);
	void *arg;
};

int layer_tar_write(const struct layer_tar *tar, struct err *err);
/* How many bytes that will be, without reading a file. */
int layer_tar_size(struct tree *tree, uint64_t *size, struct err *err);

#endif
