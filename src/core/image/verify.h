/* verify.h - what a power cut may have taken from a layer, found out and put right. */
#ifndef CORE_IMAGE_VERIFY_H
#define CORE_IMAGE_VERIFY_H

#include "core/image.h"
#include "core/index.h"
#include "core/store.h"
#include "util/err.h"

/* Compares a diff directory with its index, content included: about a second a gigabyte.
 * -EBADMSG names the first path that differs. */
int verify_layer(const struct index *index, int diff_fd, enum store_driver driver, struct err *err);

/* image_settle's deed: every layer of the image that another boot left unsynced is verified, and
 * unpacked again from its blob where it does not hold. */
int verify_image(struct store *store, const struct image *image, struct err *err);

#endif
