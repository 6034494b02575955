/* tar.h - a tar stream, entry by entry, without copying what is inside files.
 *
 * Reads v7, ustar, GNU (long names, base-256, old sparse files) and PAX (including SCHILY and
 * LIBARCHIVE attributes and GNU sparse 0.0, 0.1 and 1.0), as strictly as Go's archive/tar does,
 * because that is what the images of the world were made and read with. Names are returned as they
 * are: they are bytes, and may climb; whoever writes files must clean them (unpack.h). */
#ifndef CORE_IMAGE_TAR_H
#define CORE_IMAGE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "util/err.h"
#include "util/own.h"

enum {
	TAR_BLOCK_SIZE = 512,
	TAR_EXTENSION_MAX = 1 << 20, /* bytes of a PAX header or a long name: Go's limit */
	TAR_SPARSE_MAX = 1 << 20,    /* pieces of a sparse file */
	TAR_XATTR_MAX = 64 << 10,    /* bytes of one attribute */
};

enum tar_type {
	TAR_FILE,
	TAR_LINK,
	TAR_SYMLINK,
	TAR_CHAR,
	TAR_BLOCK,
	TAR_DIR,
	TAR_FIFO,
};

struct tar_xattr {
	const char *name;
	const void *value;
	size_t len;
};

/* Everything in it is lent until the next tar_next. */
struct tar_entry {
	enum tar_type type;
	const char *path, *target;
	mode_t mode; /* permission bits only */
	uid_t uid;
	gid_t gid;
	uint64_t size; /* of the file as it will be, holes included */
	bool sparse;
	struct timespec mtime;
	unsigned major, minor;
	const struct tar_xattr *xattrs;
	size_t n_xattrs;
	uint64_t offset; /* of its (last) header in the stream */
};

struct tar_piece {
	uint64_t at;               /* where in the file it belongs */
	const unsigned char *data; /* lent until the next call */
	size_t len;                /* 0: no more */
};

/* Gives the next bytes of the stream, lent until the next call: how many, 0 at the end, or a
 * negative errno after filling err. */
typedef ssize_t tar_more_fn(void *arg, const unsigned char **data, struct err *err);

struct tar;

struct tar *tar_new(tar_more_fn *more, void *arg); /* NULL: out of memory */
/* Steps over len bytes that have not been given yet; negative errno after filling err. */
typedef int tar_seek_fn(void *arg, uint64_t len, struct err *err);
/* For streams that can be stepped over without being read. */
void tar_set_seek(struct tar *tar, tar_seek_fn *seek);
/* Told of every byte of the stream, in order: of a file's content that tar_data gives only where it
 * belongs (the file by its header's offset), and all others as they are. */
struct tar_tee {
	void (*raw)(void *arg, const void *data, size_t len);
	void (*content)(void *arg, uint64_t header, uint64_t at, size_t len);
};
void tar_set_tee(struct tar *tar, const struct tar_tee *tee, void *arg);
void tar_free(struct tar *tar);
own_define(tar)

/* *out is NULL at the end. What was left of the file before is skipped. */
int tar_next(struct tar *tar, const struct tar_entry **out, struct err *err);
/* The next piece of the current file. */
int tar_data(struct tar *tar, struct tar_piece *piece, struct err *err);
/* Reads the stream to its very end, past the archive's. */
int tar_drain(struct tar *tar, struct err *err);

#endif
