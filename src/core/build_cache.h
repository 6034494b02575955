/* build_cache.h - what steps of builds made: a key of all that went in, and the layer that came
 * out.
 *
 * Rows of the store's database. A row holds its layer as an image does: removing images leaves it.
 * A layer that was never synced before another boot is not trusted: the step is done again. */
#ifndef CORE_BUILD_CACHE_H
#define CORE_BUILD_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image.h"
#include "core/store.h"
#include "util/digest.h"
#include "util/err.h"
#include "util/strs.h"

struct build_cached {
	char key[DIGEST_SIZE];
	char layer[LAYER_ID_SIZE]; /* "": the step changed nothing */
	char diff_id[DIGEST_SIZE]; /* "": the same */
	char kind[16];             /* "run", "copy", "workdir" */
	char what[200];            /* the instruction, cut */
	int64_t created, used;     /* seconds since 1970 */
	uint64_t uses, size;       /* size: of the layer, unpacked */
	bool shared;               /* an image has the layer too */
};

/* -ENOENT: not there, or not to be trusted. */
int build_cache_find(
	struct store *store, const char *key, struct build_cached *out, struct err *err);
/* After its layer was committed. What was there under the key before is replaced. created 0: now.
 */
int build_cache_keep(struct store *store, const struct build_cached *cached, struct err *err);
/* It is used, by whoever holds the store: from now on no prune takes it. -ENOENT: one was faster.
 */
int build_cache_touch(struct store *store, const char *key, struct err *err);
/* The same of all that has this layer; fine when nothing has. *gone: one was faster. */
int build_cache_touch_layer(struct store *store, const char *layer, bool *gone, struct err *err);
/* The keys of the same result of the same instruction, appended. */
int build_cache_same(struct store *store, const char *key, struct strs *keys, struct err *err);
/* Least recently used first; the caller frees *out with free(). */
int build_cache_list(
	struct store *store, struct build_cached **out, size_t *count, struct err *err);
/* Forgets these keys unless they were used since then, and the layers that nothing else needs.
 * dropped receives the keys that went. Called with the store's lock held exclusively; then
 * image_delete_freed without it. */
int build_cache_drop(struct store *store, const struct strs *keys, int64_t since,
	struct strs *dropped, struct image_freed *freed, struct err *err);

#endif
