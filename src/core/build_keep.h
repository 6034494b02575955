/* build_keep.h - what builds keep below the store's cache, beside what their steps made.
 *
 *     cache/mounts/NAME/  data/ and lock       RUN --mount=type=cache; who uses it holds the lock
 *     cache/git/          NAME.git, NAME.lock  repositories; likewise
 *     cache/stamps/       NAME                 hashes of files, what the last build was made of */
#ifndef CORE_BUILD_KEEP_H
#define CORE_BUILD_KEEP_H

#include "core/engine_build_cache.h"
#include "core/store.h"

/* Called for each with its size. Returns what `each` did when that is not 0. */
typedef int build_keep_fn(void *arg, const struct build_cache_entry *entry, struct err *err);
int build_keep_each(struct store *store, build_keep_fn *each, void *arg, struct err *err);
/* -EBUSY: a build has it. Gone at once for everybody else, then deleted. */
int build_keep_drop(struct store *store, const struct build_cache_entry *entry, struct err *err);

#endif
