/* image_private.h - what image*.c share: how references and ids are looked up. */
#ifndef CORE_IMAGE_PRIVATE_H
#define CORE_IMAGE_PRIVATE_H

#include <sqlite3.h>

#include "core/reference.h"
#include "util/digest.h"
#include "util/err.h"

/* The id a normalised reference points to; "" when there is none. A digest wins over a tag. */
int image_by_reference(
	sqlite3 *db, const struct reference *ref, char id[DIGEST_SIZE], struct err *err);

#endif
