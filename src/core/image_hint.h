/* image_hint.h - what the database said the last time somebody asked for an image.
 *
 * A process that is alone with a WAL reads all of it before its first query. So that a launch need
 * not open the database, the answer is kept in cache/image.XX with what stat says of images.db and
 * images.db-wal, and holds for as long as they are the same, in the same boot. XX comes from the
 * asked text: there are never more than 256 of them, and the last one asked for stays.
 *
 * A hint is never needed: what is missing, damaged or old is asked from the database. */
#ifndef CORE_IMAGE_HINT_H
#define CORE_IMAGE_HINT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image.h"
#include "core/store.h"

struct image_mark {
	struct image_mark_facts {
		char magic[8];
		char boot[40];
		struct {
			uint64_t device, inode, size;
			int64_t modified_ns; /* not the change time: SQLite sets owners when it
						opens */
		} files[2];
	} facts;      /* no padding: compared as bytes */
	bool usable;  /* facts are known, and nobody of this process has the database open */
	bool lasting; /* a later write would show: both files were left alone for a while */
};

/* Taken before the database is opened; what is read after it is at least as new. */
void image_mark(const struct store *store, struct image_mark *mark);
/* False: ask the database. The caller owns *out, which is settled. */
bool image_recall(const struct store *store, const struct image_mark *mark, const char *text,
	struct image **out);
/* Failing costs nothing but time, so it is not told. */
void image_remember(const struct store *store, const struct image_mark *mark, const char *text,
	const struct image *image);

#endif
