/* bring.h - a file from a URL or a stream, and an archive's files, for a build.
 *
 * Whoever calls has nothing else to do: the process confines itself. */
#ifndef CORE_IMAGE_BRING_H
#define CORE_IMAGE_BRING_H

#include "core/image_ops.h"

int image_bring(struct store *store, const struct image_bring_options *options,
	const struct image_watch *watch, struct image_brought *out, struct err *err);

#endif
