/* store_db.h - the store's database, images.db.
 *
 * WAL: readers never wait, writers wait at most five seconds for each other. Nobody checkpoints on
 * the way, because its fsync would drag a whole unpacked image to the disk: store_sync does. The
 * schema's version is SQLite's user_version; a newer one is refused. */
#ifndef CORE_STORE_DB_H
#define CORE_STORE_DB_H

#include "core/db.h"
#include "core/store.h"
#include "util/err.h"

/* Opened, created and migrated on first use; lent for the store's life, one thread at a time. */
int store_db(struct store *store, struct db **out, struct err *err);

#endif
