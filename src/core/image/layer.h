/* layer.h - a layer, from a stream of bytes to an unpacked directory with an index.
 *
 * Two threads: one reads, hashes (the blob's digest), inflates and hashes again (the diff id); one
 * parses the tar and writes files below a stage. Nothing of it is visible before image_commit.
 * Layers are independent of each other until then, so they may be unpacked in any order at once. */
#ifndef CORE_IMAGE_LAYER_H
#define CORE_IMAGE_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image.h"
#include "core/image/feed.h"
#include "core/image_ops.h"
#include "core/store.h"
#include "util/digest.h"
#include "util/err.h"

struct layer;

/* What must come out; NULL and 0: not known. A mismatch fails with -EBADMSG naming both digests. */
struct layer_wish {
	const char *digest;  /* of the bytes as they come */
	uint64_t size;       /* of the same, exactly */
	const char *diff_id; /* of the tar inside */
	bool archive;        /* it may be wrapped in xz or bzip2 too */
	bool remade;         /* layer_make makes another of it: nothing is kept of how it came */
	const char *blob;    /* digest of the blob that the store keeps for this layer, or NULL */
};

/* Blocks until the whole layer is unpacked; any thread, several at once. The caller owns *out and
 * gives it to image_commit, or drops it with layer_free, which removes what was written.
 * Progress goes to watch (may be NULL) with wish->digest, else wish->diff_id, as the layer's name.
 */
int layer_unpack(struct store *store, struct feed *feed, const struct layer_wish *wish,
	const struct image_watch *watch, struct layer **out, struct err *err);

/* A layer the store holds already, whatever image it came with; it stays until the store is closed
 * (store_hold). -ENOENT: unpack it. Uses the
 * database: only on the store's own thread. */
int layer_find(struct store *store, const char *diff_id, struct layer **out, struct err *err);

void layer_free(struct layer *layer); /* NULL is fine */
own_define(layer)

const char *layer_diff_id(const struct layer *layer);
uint64_t layer_size(const struct layer *layer); /* unpacked */

#endif
