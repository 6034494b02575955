/* tar_private.h - a tar reader's insides, for tar*.c alone. */
#ifndef CORE_IMAGE_TAR_PRIVATE_H
#define CORE_IMAGE_TAR_PRIVATE_H

#include "core/image/tar.h"
#include "util/buf.h"

/* A piece of a sparse file that is stored; the rest are holes. */
struct tar_segment {
	uint64_t at, len;
};

/* What extension headers say about the next entry, over what its own header says. */
struct tar_extension {
	struct buf path, target;
	struct buf payload; /* of the PAX header: attribute values point into it */
	struct tar_xattr *xattrs;
	size_t n_xattrs, xattrs_room;
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size, uid, gid;
	struct timespec mtime;
	/* GNU sparse */
	int sparse_major, sparse_minor; /* -1: not given */
	bool has_real_size;
	uint64_t real_size;
	bool half; /* 0.0: an offset came, its length did not yet */
};

struct tar {
	tar_more_fn *more;
	tar_seek_fn *seek; /* or NULL */
	void *arg;
	const struct tar_tee *tee; /* or NULL */
	void *tee_arg;
	const unsigned char *data; /* what is left of the last piece of the stream */
	size_t len;
	uint64_t offset; /* in the stream, of data */
	unsigned char block[TAR_BLOCK_SIZE];
	struct tar_entry entry;
	struct tar_extension ext;
	struct buf path, target;
	struct tar_segment *segments;
	size_t n_segments, segments_room, segment;
	uint64_t segment_done;
	uint64_t stored; /* bytes of the current file that are still to come */
	unsigned padding;
	bool ended;
};

/* tar.c: the next len (at most a block) bytes in one piece; -EBADMSG when the stream ends first. */
int tar_take(struct tar *tar, size_t len, const unsigned char **out, struct err *err);
int tar_number(const unsigned char *field, size_t len, int64_t *out);

/* tar_pax.c */
void tar_extension_clear(struct tar_extension *ext);
void tar_extension_fini(struct tar_extension *ext);
int tar_pax(struct tar *tar, struct err *err); /* parses ext.payload */

/* tar_sparse.c */
int tar_segment_add(struct tar *tar, uint64_t at, uint64_t len, struct err *err);
int tar_sparse_old(struct tar *tar, const unsigned char *header, struct err *err);
int tar_sparse_text(struct tar *tar, struct err *err); /* 1.0: the map stands before the data */
int tar_sparse_check(struct tar *tar, struct err *err);

#endif
