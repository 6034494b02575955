/* archive.h - the members of an image archive by name, in whatever order they stand there.
 *
 * A tar file is used where it lies; a compressed one, or a pipe, is first spooled to a nameless
 * file in the store; a directory (an OCI layout) is read as it is. */
#ifndef CORE_IMAGE_ARCHIVE_H
#define CORE_IMAGE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image_ops.h"
#include "core/store.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"

enum { ARCHIVE_MEMBERS_MAX = 100000 };

struct archive;

int archive_open_image(struct store *store, const struct image_load_options *options,
	const struct image_watch *watch, struct archive **out, struct err *err);
void archive_close(struct archive *archive);
static inline void archive_closep(struct archive **archive)
{
	archive_close(*archive);
}
#define auto_archive __attribute__((cleanup(archive_closep))) struct archive

bool archive_has(const struct archive *archive, const char *name);

/* Where a member's bytes are. fd is the caller's to close. */
struct member {
	int fd;
	uint64_t offset, len;
};
/* -ENOENT, naming it. Symlinks between members are followed. */
int archive_member(
	const struct archive *archive, const char *name, struct member *out, struct err *err);
/* A whole member of at most JSON_MAX bytes. */
int archive_read_member(
	const struct archive *archive, const char *name, struct buf *out, struct err *err);

#endif
