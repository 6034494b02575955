/* fits.h - whether an image is for a platform that somebody names (docker's strict match). */
#ifndef CORE_IMAGE_FITS_H
#define CORE_IMAGE_FITS_H

#include "core/image.h"

/* 0; -ENOENT and a sentence with both platforms; -EINVAL when text names none. */
int image_fits(const struct image *image, const char *text, struct err *err);

#endif
