/* demo.h - an image made from what is on this machine, for when there is no registry in reach. */
#ifndef CORE_IMAGE_DEMO_H
#define CORE_IMAGE_DEMO_H

#include "core/image_ops.h"

/* davit/demo:latest from busybox-static's /bin/busybox: the same program, the same image, always.
 * Does nothing when the store has the tag. -ENOENT names the package. */
int image_demo(struct store *store, const struct image_watch *watch, struct err *err);

#endif
