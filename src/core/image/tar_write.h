/* tar_write.h - tar entries into memory: ustar, with a PAX header before what that cannot say.
 *
 * The same facts make the same bytes, for ever: layers that were made here are made again from
 * their directories, and their names are digests of these bytes. */
#ifndef CORE_IMAGE_TAR_WRITE_H
#define CORE_IMAGE_TAR_WRITE_H

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
/* The header of an entry as a reader would give it, whatever its names, numbers and attributes
 * (which stand in the order they are given in); whole seconds. A directory's path ends with '/'.
 * Who calls puts entry->size bytes and pads them. */
void tar_put_entry(struct buf *out, const struct tar_entry *entry);
/* Zeros up to the next whole block after len bytes. */
void tar_put_padding(struct buf *out, uint64_t len);
void tar_put_end(struct buf *out);

#endif
