/* image_private.h - what image*.c share: how references and ids are looked up,
 * and how an image is put together. */
#ifndef CORE_IMAGE_PRIVATE_H
#define CORE_IMAGE_PRIVATE_H

#include <cjson/cJSON.h>

#include "core/db.h"
#include "core/image.h"
#include "core/reference.h"
#include "util/digest.h"
#include "util/err.h"

/* The id a normalised reference points to; "" when there is none. A digest wins over a tag. */
int image_by_reference(
	struct db *db, const struct reference *ref, char id[DIGEST_SIZE], struct err *err);

/* The columns of a row of images that image_read_facts reads, in its order. */
#define IMAGE_FACTS                                                                                \
	"id, manifest, created, added, size, content_size, os, architecture, variant,"             \
	" root_mode, root_uid, root_gid"
enum { IMAGE_FACTS_COUNT = 12 };
/* The row begins with IMAGE_FACTS. */
void image_read_facts(struct image *image, struct stmt *row);

/* An empty one, for image_free; NULL: out of memory. */
struct image *image_new(void);
/* Fills image->config and diff_ids from the config document `raw`, which is `json` or a part of it.
 * The image takes `json` over, whatever is returned. */
int image_read_config(struct image *image, cJSON *json, const cJSON *raw, struct err *err);

#endif
