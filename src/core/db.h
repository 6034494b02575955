/* db.h - SQLite under names of ours: statements, values, transactions.
 *
 * Only what asks the database pays for SQLite: it comes with the module davit-db.so (db/sqlite.c),
 * which db_load opens; run, exec, stop and ps never do. Everything here is one thread's at a time,
 * for each database. */
#ifndef CORE_DB_H
#define CORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/own.h"

struct db;
struct stmt;

/* Opens the module; a process that confines itself does it first. May be done again. */
int db_load(struct err *err);

/* WAL; a writer waits at most five seconds for another. -EBUSY at once beside somebody who turns a
 * new file to WAL. The caller owns *out. */
int db_open(const char *path, bool read_only, struct db **out, struct err *err);
void db_close(struct db *db); /* NULL is fine */

/* A statement with its values bound, by type: 't' const char * (NULL: NULL), 'i' int64_t,
 * 'b' const void *, size_t. Texts are lent until the statement is freed. */
int db_ask(
	struct db *db, struct stmt **out, struct err *err, const char *sql, const char *types, ...);
/* Sets *row to whether there is one more. */
int db_step(struct stmt *stmt, bool *row, struct err *err);
void stmt_free(struct stmt *stmt); /* NULL is fine */
/* The same, run to its end, for what answers nothing. */
int db_run(struct db *db, struct err *err, const char *sql, const char *types, ...);
/* Any number of statements without values. */
int db_run_all(struct db *db, const char *sql, struct err *err);
/* How many rows the last one changed. */
int db_changes(struct db *db);

/* BEGIN IMMEDIATE … COMMIT; db_end rolls back unless `failed` is 0, and keeps that error. */
int db_begin(struct db *db, struct err *err);
/* The same, for what gives room back: there is some for it even on a full disk. */
int db_begin_removal(struct db *db, struct err *err);
int db_end(struct db *db, int failed, struct err *err);

/* Columns of the present row; what is lent lasts until the next step. "" for NULL. */
const char *db_text(struct stmt *stmt, int column);
int64_t db_int(struct stmt *stmt, int column);
const void *db_blob(struct stmt *stmt, int column);
size_t db_blob_size(struct stmt *stmt, int column);

/* The log into the file, as far as readers let it be done without waiting for them. */
void db_checkpoint(struct db *db);

#define auto_stmt auto_of(stmt) struct stmt
own_define(stmt)

#endif
