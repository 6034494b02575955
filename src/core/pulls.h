/* pulls.h - how images were pulled: cache/pulls/ID, the facts (fact.h) of the last pull that
 * brought something; as long as the image. */
#ifndef CORE_PULLS_H
#define CORE_PULLS_H

#include "core/store.h"
#include "util/buf.h"

/* hex: the image's id, 64 digits. What cannot be kept is lost: no pull fails for it. */
void pulls_keep(struct store *store, const char *hex, const struct buf *facts);
void pulls_drop(struct store *store, const char *hex);
/* -ENOENT: it came another way, or before pulls were recorded. */
int pulls_read(struct store *store, const char *hex, struct buf *facts);

#endif
