/* commit.h - from unpacked layers to an image everybody sees, in one step.
 *
 *     settle   directories a layer only implies get the metadata of the layers below; hard links
 *              to files below are copied up: key = H(diff id), or H(diff id, fix-ups) if there
 *              were any
 *     place    rename each into layers/, under the store's lock
 *     record   rows for layers, image and tags, in one transaction */
#ifndef CORE_IMAGE_COMMIT_H
#define CORE_IMAGE_COMMIT_H

#include "core/image/layer.h"
#include "core/image_ops.h"
#include "core/store.h"

struct image_draft {
	const char *config; /* the bytes whose digest is the image's id */
	size_t config_len;
	const char *manifest; /* bytes, kept as a blob; NULL when there is none */
	size_t manifest_len;
	struct layer **layers; /* bottom first, one for each diff id of the config; lent: the
				  caller frees them, after a commit they are empty shells */
	size_t n_layers;
	const struct strs *tags;    /* normalised "name:tag" to point here; may be NULL */
	const struct strs *digests; /* normalised "name@sha256:…" (what was pulled); may be NULL */
	const char *action;         /* of the event: "pull", "load"; NULL: none */
};

/* id receives the image's id. Committing what is there already is fine and only moves tags.
 * With store_waits_for_disk it returns after store_sync. */
int image_commit(struct store *store, const struct image_draft *draft,
	const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err);

#endif
