/* split.h - what of a tar is not in the files that were unpacked from it.
 *
 * With it, the very bytes of a stranger's tar can be made again from the layer's directory:
 * headers, padding and order as they came, content by reference. A file beside the layer's index:
 *
 *     "davitsp1", then one zstd stream of records:
 *     0  length u32, bytes                  go as they are
 *     1  header u64, at u64, length u64     this part of the file whose header stood at that offset
 *
 * Little endian. It is our own, and checked all the same: what comes out must have the diff id. */
#ifndef CORE_IMAGE_SPLIT_H
#define CORE_IMAGE_SPLIT_H

#include <stdint.h>

#include "core/image/layer_tar.h"
#include "core/image/tar.h"
#include "util/err.h"
#include "util/own.h"

#define SPLIT_NAME "headers"

struct split;

/* Writes to fd, which is lent. */
int split_new(int fd, struct split **out, struct err *err);
extern const struct tar_tee split_tee; /* for tar_set_tee; arg is the split */
/* What is left; says whether any of it failed. */
int split_end(struct split *split, struct err *err);
void split_free(struct split *split);
own_define(split)

/* Gives all of it to `raw`, and the references to `content`. */
struct split_reader {
	tar_put_fn *raw;
	int (*content)(void *arg, uint64_t header, uint64_t at, uint64_t len, struct err *err);
	void *arg;
};
int split_read(int fd, const struct split_reader *reader, struct err *err);

#endif
