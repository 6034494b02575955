/* squash.h - several layers as one, that does to the layers below what they did. */
#ifndef CORE_IMAGE_SQUASH_H
#define CORE_IMAGE_SQUASH_H

#include "core/image/layer_make.h"

/* layers[n_below] and those above it, merged; not in the store yet: image_commit takes it there. A
 * file that was made and deleted again is gone, and so is the whiteout of one that is not in the
 * n_below layers at the bottom. The caller owns *out. */
int layer_squash(struct store *store, struct layer *const *layers, size_t n_below, size_t n,
	int64_t latest, const atomic_bool *canceled, struct layer **out, struct err *err);

#endif
