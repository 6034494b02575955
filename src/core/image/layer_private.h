/* layer_private.h - a layer's insides, for layer*.c and commit.c. */
#ifndef CORE_IMAGE_LAYER_PRIVATE_H
#define CORE_IMAGE_LAYER_PRIVATE_H

#include "core/index.h"
#include "core/image/layer.h"
#include "core/image/tree.h"
#include "core/image/unpack.h"

/* What it has, from one state to the next:
 *
 *     staged    stage, tree and pending; layer_settle ends this part
 *     settled   stage, id and index: it only has to be moved
 *     placed    id and index: it is in layers/ */
struct layer {
	struct store *store;
	char diff_id[DIGEST_SIZE], digest[DIGEST_SIZE];
	char blob[DIGEST_SIZE]; /* "": the store keeps none for it */
	uint64_t size, compressed, entries;
	char id[LAYER_ID_SIZE];
	bool links; /* holds copies of files below: fits one chain only */
	struct stage *stage;
	struct tree *tree;
	struct pending_link *pending;
	size_t n_pending;
	struct index *index;
};

/* layer_open.c: a layer in its place, by id. */
int layer_open(struct store *store, const char *id, struct layer **out, struct err *err);
/* The fd of its diff directory, staged or placed; the caller closes it. */
int layer_diff_fd(const struct layer *layer, struct err *err);

/* layer_settle.c: fixes a layer up for the layers below it (bottom first), which are settled. */
int layer_settle(struct layer *layer, struct layer *const *below, size_t n_below, struct err *err);
/* Moves a settled layer into layers/, or finds that it is there. With the store's lock held. */
int layer_place(struct layer *layer, struct err *err);

#endif
