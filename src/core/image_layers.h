/* image_layers.h - what an image's layers are, each by both its names.
 *
 * A layer's tree has a diff id, which the config names; what travels to and from registries is a
 * blob with a digest of its own, which the manifest names. */
#ifndef CORE_IMAGE_LAYERS_H
#define CORE_IMAGE_LAYERS_H

#include "core/image.h"

struct image_layer {
	char id[LAYER_ID_SIZE]; /* in this store; "": it is missing */
	char diff_id[DIGEST_SIZE];
	char digest[DIGEST_SIZE]; /* of the blob it came as; "": nobody knows */
	char media_type[100];     /* of the same, as the manifest says; "" */
	bool kept;                /* the blob is in this store */
	uint64_t size;            /* of its files */
	uint64_t content_size;    /* of the blob */
	uint64_t entries;
};

/* One for each diff id of the config, bottom first; the caller frees *out. */
int image_layers(struct store *store, const struct image *image, struct image_layer **out,
	size_t *count, struct err *err);

/* What the manifest's descriptor would say; false: there is no manifest here. */
bool image_descriptor(
	struct store *store, const struct image *image, char media_type[100], uint64_t *size);

#endif
