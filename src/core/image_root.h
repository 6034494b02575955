/* image_root.h - an image's merged tree, to be read by us alone. */
#ifndef CORE_IMAGE_ROOT_H
#define CORE_IMAGE_ROOT_H

#include "core/image.h"

/* A read-only O_PATH directory; a mount that is attached nowhere is behind it and goes with the
 * last fd. What lies in it is a stranger's: use the *_in calls of util/path.h. -ENOTSUP with the
 * copy driver, whose containers have a tree of their own. */
int image_root_open(struct store *store, const struct image *image, struct err *err);

#endif
