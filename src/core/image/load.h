/* load.h - `davit load`: docker's archives, OCI archives and OCI layout directories. */
#ifndef CORE_IMAGE_LOAD_H
#define CORE_IMAGE_LOAD_H

#include "core/image_ops.h"

/* All images of the archive. Nothing of one that is refused stays in the store. */
int image_load(struct store *store, const struct image_load_options *options,
	const struct image_watch *watch, struct err *err);

#endif
