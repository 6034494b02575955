/* pack.h - a directory tree as one tar stream, with hard links and extended attributes. */
#ifndef CORE_IMAGE_PACK_H
#define CORE_IMAGE_PACK_H

#include <stdatomic.h>
#include <stdint.h>

#include "util/err.h"

/* Writes the tree at `path` to fd, names relative to it, owners as numbers; *size: the tar's bytes.
 * The tree must not change meanwhile. canceled: or NULL. */
int pack_tree(
	const char *path, int fd, const atomic_bool *canceled, uint64_t *size, struct err *err);

#endif
