/* tar_write.h - tar entries into memory, in the plain ustar form. */
#ifndef IMAGE_TAR_WRITE_H
#define IMAGE_TAR_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/image/tar.h"
#include "util/buf.h"

/* One entry of root's, dated 1970: header, content and padding. Names longer than 99 bytes do not
 * fit; target is a link's, else NULL. */
void tar_put(struct buf *out, enum tar_type type, const char *path, mode_t mode, const char *target,
	const void *data, size_t len);
/* The header alone; who calls puts len bytes after it and pads them to whole blocks. */
void tar_put_header(struct buf *out, enum tar_type type, const char *path, mode_t mode,
	const char *target, uint64_t len);
void tar_put_end(struct buf *out);

#endif
