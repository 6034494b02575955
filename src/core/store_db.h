/* store_db.h - the store's SQLite file, images.db.
 *
 * WAL: readers never wait, writers wait at most five seconds for each other. Nobody checkpoints on
 * the way, because its fsync would drag a whole unpacked image to the disk: store_sync does. The
 * schema's version is SQLite's user_version; a newer one is refused. */
#ifndef CORE_STORE_DB_H
#define CORE_STORE_DB_H

#include <sqlite3.h>

#include "core/store.h"
#include "util/err.h"

/* Opened, created and migrated on first use; lent for the store's life, one thread at a time. */
int store_db(struct store *store, sqlite3 **out, struct err *err);

static inline void stmt_finalizep(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}
#define auto_stmt __attribute__((cleanup(stmt_finalizep))) sqlite3_stmt

/* A statement with its values bound, by type: 't' const char * (NULL: NULL), 'i' int64_t,
 * 'b' const void *, size_t. Texts are lent until the statement is finalized. */
int db_ask(
	sqlite3 *db, sqlite3_stmt **out, struct err *err, const char *sql, const char *types, ...);
/* Sets *row to whether there is one more. */
int db_step(sqlite3_stmt *stmt, bool *row, struct err *err);
/* The same, run to its end, for what answers nothing. */
int db_run(sqlite3 *db, struct err *err, const char *sql, const char *types, ...);

/* BEGIN IMMEDIATE … COMMIT; db_end rolls back unless *failed is 0, and keeps that error. */
int db_begin(sqlite3 *db, struct err *err);
int db_end(sqlite3 *db, int failed, struct err *err);

/* A text column, "" for NULL; lent until the next step. */
const char *db_text(sqlite3_stmt *stmt, int column);

#endif
