/* layer_make.h - what was written into a directory becomes a layer.
 *
 *     scan      what changed, by the upper directory and the indexes below         (scan.h)
 *     stage     the directory itself, moved here and cleaned; or a copy of what changed
 *     hash      its tar, streamed through SHA-256 and kept nowhere                 (layer_tar.h)
 *
 * Work and time are of the size of the change, whatever is below. The layer is not in the store
 * yet: image_commit takes it there with an image, layer_commit without one. Nothing is synced. */
#ifndef CORE_IMAGE_LAYER_MAKE_H
#define CORE_IMAGE_LAYER_MAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/image/layer.h"
#include "core/image/layer_tar.h"
#include "core/image/scan.h"
#include "util/strs.h"

/* CLOCK_MONOTONIC. */
struct layer_clocks {
	uint64_t began_ns, scanned_ns, staged_ns, hashed_ns;
};

struct layer_source {
	int dir_fd; /* the directory is `name` below it: an overlay's upper (whiteouts as 0/0 */
	const char *name; /* devices, opaque by attribute), or any other */
	bool take;  /* it is given away: renamed into the store, unmounted before. On failure it
		     * may be gone. Otherwise it is only read, and must stay as it is until
		     * on_read is called */
	bool whole; /* not what changed, but a whole tree on top of which nothing is mounted:
		     * the copy driver's. Never taken */
	struct layer *const *below; /* bottom first; NULL and 0: it is the first */
	size_t n_below;
	struct id_owners owners; /* whose it is on disk; NULLs: what it is to be */
	const struct strs
		*stubs; /* mount points made for it: dropped while new and empty; or NULL */
	int64_t latest; /* SOURCE_DATE_EPOCH: no time is later; SCAN_ANY_TIME: no limit */
	const struct layer_late *late; /* contents that are written while they are hashed; NULL.
					* Of what is taken only */
	const atomic_bool *canceled;   /* or NULL */
	struct layer_clocks *clocks;   /* when each part was done, or NULL */
	void (*on_read)(
		void *arg); /* the source may change again; once, also on failure; or NULL */
	void *arg;
};

/* The caller owns *out. */
int layer_make(struct store *store, const struct layer_source *source, struct layer **out,
	struct err *err);
/* Nothing changed: images leave such a layer out. */
bool layer_is_empty(const struct layer *layer);

/* Moves a layer into the store without an image: a row, and no name. No removal of images takes it
 * away again: who keeps layers so remembers them, by layer_id, which is now its directory's name
 * below layers/. */
int layer_commit(struct layer *layer, struct layer *const *below, size_t n_below, struct err *err);
const char *layer_id(const struct layer *layer);
/* What is in it; lent. Of a layer that is in the store. */
const struct index *layer_index(const struct layer *layer);

/* The layers an image is mounted from (image->layers), opened bottom first. */
struct layer_stack {
	struct layer **v;
	size_t n;
};
int layer_stack_open(
	struct store *store, const struct strs *ids, struct layer_stack *out, struct err *err);
void layer_stack_fini(struct layer_stack *stack);
#define auto_stack __attribute__((cleanup(layer_stack_fini))) struct layer_stack

#endif
