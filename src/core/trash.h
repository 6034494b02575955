/* trash.h - what was removed and can still be brought back.
 *
 *     containers/ID ─── put: rename ──▶ kept/ID ─── purge: rename ──▶ trash/<maker> ──▶ (gone)
 *                   ◀── restore: rename ──┘
 *
 * A container is its directory, so both ways are one rename(2) each, and nothing is copied. The
 * file `removed` in it is the mark: written before the row says REMOVING, it tells whoever ends an
 * interrupted removal that this one was into the trash, and later how old and how heavy the entry
 * is. Whoever changes an entry holds its lock, the same file as before. Kills:
 *
 *     put       before REMOVING: nothing happened; after it: lifecycle_repair calls trash_finish
 *     restore   before the rename: a row whose maker is gone is freed, the entry stays; after it:
 *               the container is back
 *     purge     before the rename: the entry is still there, and as old as it was; after it: swept
 *
 * Nobody watches the clock: who comes next, for a removal or a look, purges what has expired, and
 * the oldest of what is more than the cap. Named volumes are let go of at once, others when the
 * entry is purged; its image's layers are kept until then. */
#ifndef CORE_TRASH_H
#define CORE_TRASH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine_own.h"
#include "core/engine_trash.h"

struct trash_item {
	struct row row; /* as a reboot would read it */
	uint64_t removed_ns, bytes;
	unsigned uid;
	bool volumes; /* those that nobody named go with it */
};

/* ---- a container goes ---- */

/* -E2BIG and a sentence when it cannot be kept; *bytes: what it takes. */
int trash_may_keep(struct engine *engine, const struct row *row, uint64_t *bytes, struct err *err);
/* Whatever is over time or cap is purged on the way. -EBUSY when it runs. */
int trash_put(struct engine *engine, unsigned number, const struct row *row, bool volumes,
	struct err *err);
/* The rest of a put, with the lock held and the row REMOVING; undone where it fails. */
int trash_finish(
	struct engine *engine, unsigned number, const struct row *row, int own, struct err *err);
bool trash_is_marked(int own);
void trash_unmark(struct store *store, const char *id);

/* ---- and comes back ---- */

/* who: an entry's id, name or a unique prefix; name NULL: its own. missing: volumes that are gone.
 * -ENOENT, or -EEXIST where the name is taken. */
int trash_restore(struct engine *engine, const char *who, const char *name, char id[65],
	struct strs *missing, struct err *err);

/* ---- what is there ---- */

/* Newest first; the caller frees *out. */
int trash_list(struct store *store, struct trash_item **out, size_t *count, struct err *err);
int trash_find(struct store *store, const char *who, struct trash_item *out, struct err *err);
bool trash_has(struct store *store, const char *id);
/* The id of one that was made from this image, or "". image: 64 hex. */
void trash_find_user(struct store *store, const char *image, char id[65]);

/* ---- and goes for good ---- */

/* -EBUSY: somebody is bringing it back. */
int trash_purge(struct engine *engine, const struct trash_item *item, struct err *err);
/* What has expired, and what is too much. */
void trash_collect(struct engine *engine);

#endif
