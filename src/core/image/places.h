/* places.h - which repositories are known to hold a layer, and as which blob.
 *
 * Learnt by every pull and push. A push asks: a blob that another repository of the same registry
 * has need not be sent, and a layer whose blob is not kept here can still be pushed as it came.
 * A place may have changed since: it is a hint, never a promise. */
#ifndef CORE_IMAGE_PLACES_H
#define CORE_IMAGE_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "core/store.h"
#include "util/digest.h"
#include "util/err.h"

enum { PLACES_MAX = 16 /* remembered of one layer */, PLACE_NAME_MAX = 256 };

struct place {
	char digest[DIGEST_SIZE];
	uint64_t size;
	char repository[PLACE_NAME_MAX]; /* "library/debian" */
};

/* One layer as one blob. */
struct place_blob {
	const char *diff_id, *digest;
	uint64_t size;
};

/* All in one transaction. domain: "docker.io", "localhost:5000". */
int places_add(struct store *store, const char *domain, const char *repository,
	const struct place_blob *blobs, size_t count, struct err *err);
/* What is known of a layer at one registry, newest first, at most PLACES_MAX. */
int places_find(struct store *store, const char *domain, const char *diff_id,
	struct place out[PLACES_MAX], size_t *count, struct err *err);

#endif
