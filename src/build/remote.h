/* remote.h - what --cache-from knows: results of steps that lie elsewhere until they are needed.
 *
 * A build first only reads which keys a cache has (core/image/step_cache.h). A step that is found
 * there is done: what it made counts as a layer of its node, with a diff id and without an id. Only
 * who needs files has such layers fetched, all of a tree at once, by a process of its own; a stage
 * whose results were all found is never fetched.
 *
 *     ALL     every entry counts, also one whose layer the cache does not hold
 *     HELD    only those with a layer: a step needed files of another
 *     NOTHING what was promised did not come
 *
 * A build that cannot get what it counted on begins again, one line lower; the steps that it did
 * are known by then. */
#ifndef BUILD_REMOTE_H
#define BUILD_REMOTE_H

#include <stdbool.h>

#include "core/image/step_cache.h"
#include "util/err.h"
#include "util/strs.h"

struct remote;
struct build_work;
struct node;

/* Asks every cache of the request; one that does not answer is told as a warning. *out stays NULL
 * when none was asked for. The caller owns it. */
int remote_open(struct build_work *work, struct remote **out, struct err *err);
void remote_free(struct remote *remote);

/* What is known under a key; lent, or NULL. */
const struct step_cached *remote_find(const struct remote *remote, const char *key);
/* The cache that holds it, in the user's words. */
const char *remote_where(const struct remote *remote, const struct step_cached *step);
/* It is used; kept in the store under its key as soon as its layer is there. With the work's lock
 * held. */
int remote_use(struct build_work *work, const struct step_cached *step, struct err *err);
/* Other keys of the same result, appended. */
void remote_same(const struct remote *remote, const struct step_cached *step, struct strs *keys);

/* The ids of a node's layers, of which none is missing afterwards. -EREMCHG: they cannot be had;
 * begin again. Any thread, without locks. */
int remote_bring(
	struct build_work *work, const struct node *node, struct strs *ids, struct err *err);
/* After -EREMCHG: counts on less. False: there is nothing left to do without. */
bool remote_give_up(struct remote *remote);

#endif
