/* garbage.h - blobs that nothing needed when somebody was still at work, to be looked at again once
 * nobody is.
 *
 * cache/garbage, a digest a line: a reminder and no truth, so it may be lost; davit doctor finds
 * what was. Called with the store's lock held exclusively. */
#ifndef CORE_GARBAGE_H
#define CORE_GARBAGE_H

#include "core/store.h"
#include "util/strs.h"

void garbage_note(struct store *store, const char *digest);
/* Adds what was noted to digests, and forgets it. */
void garbage_take(struct store *store, struct strs *digests);

#endif
