/* sqlite.c - the database module: core/db.h on SQLite. A struct db is its connection, a struct stmt
 * its statement. */
#include <errno.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/db/ops.h"
#include "core/db/room.h"

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

enum { BUSY_MS = 5000, WAL_PAGES = 2000 /* only a backstop: see db_checkpoint */ };

static sqlite3 *connection(struct db *db)
{
	return (sqlite3 *)db;
}

static sqlite3_stmt *statement(struct stmt *stmt)
{
	return (sqlite3_stmt *)stmt;
}

static int code_of(int sqlite)
{
	switch (sqlite & 0xff) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return EBADMSG;
	case SQLITE_READONLY:
		return EROFS;
	default:
		return EIO;
	}
}

static int fail(sqlite3 *db, struct err *err)
{
	int code = code_of(sqlite3_extended_errcode(db));

	return err_set(err, code, "image database: %s",
		code == ENOSPC ? err_name(code) : sqlite3_errmsg(db));
}

static int run_all(struct db *db, const char *sql, struct err *err)
{
	return sqlite3_exec(connection(db), sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : fail(connection(db), err);
}

/* ---- room ---- */

enum { SHARED_INDEX = 32768 /* SQLite's region of it */, PAGE = 4096 };

/* The log's index is mapped, and where its blocks are smaller than a page a full disk would answer
 * the first write to one with SIGBUS: ask for them all while it can be said (5.14). Whoever opens
 * the database alone cuts the index off and makes it again, readers too; since all take the whole
 * of it, there is as much as they need. */
static bool index_has_room(sqlite3 *db)
{
	sqlite3_file *file = NULL;
	volatile void *index = NULL;
	int failed;

	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
		!file || file->pMethods->iVersion < 2)
		return true;
	failed = file->pMethods->xShmMap(file, 0, SHARED_INDEX, 1, &index);
	if (failed || !index)
		return failed != SQLITE_IOERR_SHMSIZE && failed != SQLITE_FULL;
	return madvise((void *)index, SHARED_INDEX, MADV_POPULATE_WRITE) == 0 || errno == EINVAL;
}

/* Of a file that is there, on a file system with such blocks. */
static bool may_be_read(sqlite3 *db, const char *path)
{
	struct statfs fs;
	struct stat st;

	return stat(path, &st) < 0 || !st.st_size || statfs(path, &fs) < 0 || fs.f_bsize >= PAGE ||
	       index_has_room(db);
}

/* ---- open ---- */

static void close_connection(struct db *db)
{
	sqlite3_close(connection(db));
}

static void set_up(sqlite3 *db)
{
	int on = 1;

	sqlite3_busy_timeout(db, BUSY_MS);
	sqlite3_extended_result_codes(db, 1);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	sqlite3_wal_autocheckpoint(db, WAL_PAGES);
}

static int open_with(
	const char *vfs, const char *path, bool read_only, sqlite3 **out, struct err *err)
{
	int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	sqlite3 *db = NULL;
	int failed = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, vfs);

	if (failed) {
		err_set(err, code_of(failed), "images.db: %s",
			db ? sqlite3_errmsg(db) : "out of memory");
		sqlite3_close(db);
		return err->code;
	}
	set_up(db);
	*out = db;
	return 0;
}

/* Who has the database alone can have the index in memory: so it is read and cleared out even where
 * somebody took the index's blocks while it was made again. */
static int open_file(const char *path, bool read_only, struct db **out, struct err *err)
{
	sqlite3 *db;

	if (open_with(NULL, path, read_only, &db, err) < 0)
		return err->code;
	if (!may_be_read(db, path)) {
		sqlite3_close(db);
		if (open_with("unix-excl", path, read_only, &db, err) < 0)
			return err->code;
	}
	*out = (struct db *)db;
	return 0;
}

static const char *log_of(sqlite3 *db)
{
	const char *file = sqlite3_db_filename(db, "main");

	return file ? sqlite3_filename_wal(file) : NULL;
}

/* Readers may hold the log back; waiting for them would keep writers waiting. */
static void checkpoint_now(sqlite3 *db, int mode)
{
	sqlite3_busy_timeout(db, 0);
	sqlite3_wal_checkpoint_v2(db, NULL, mode, NULL, NULL);
	sqlite3_busy_timeout(db, BUSY_MS);
}

/* What was cut off took its room along. */
static void checkpoint(struct db *db)
{
	checkpoint_now(connection(db), SQLITE_CHECKPOINT_TRUNCATE);
	room_keep(log_of(connection(db)));
}

/* ---- transactions ---- */

static int no_room(struct err *err)
{
	return err_set(err, ENOSPC, "image database: %s", err_name(ENOSPC));
}

static bool has_room(sqlite3 *db)
{
	return index_has_room(db) && room_keep(log_of(db));
}

/* A removal that may be the last which fits makes the log begin again where it began. */
static int begin(struct db *db, bool removes, struct err *err)
{
	if (!has_room(connection(db))) {
		if (!removes || !index_has_room(connection(db)))
			return no_room(err);
		checkpoint_now(connection(db), SQLITE_CHECKPOINT_RESTART);
	}
	return run_all(db, "BEGIN IMMEDIATE", err);
}

/* One that stands alone; of a transaction's, `begin` has looked. */
static bool may_write(sqlite3 *db, sqlite3_stmt *stmt)
{
	return sqlite3_stmt_readonly(stmt) || !sqlite3_get_autocommit(db) || has_room(db);
}

/* ---- statements ---- */

static int bind(sqlite3_stmt *stmt, const char *types, va_list values)
{
	int failed = SQLITE_OK;

	for (int i = 1; *types && failed == SQLITE_OK; types++, i++) {
		if (*types == 'i') {
			failed = sqlite3_bind_int64(stmt, i, va_arg(values, int64_t));
		} else if (*types == 't') {
			failed = sqlite3_bind_text(
				stmt, i, va_arg(values, const char *), -1, SQLITE_STATIC);
		} else {
			const void *data = va_arg(values, const void *);

			failed = sqlite3_bind_blob64(
				stmt, i, data, va_arg(values, size_t), SQLITE_STATIC);
		}
	}
	return failed;
}

static int ask(struct db *db, struct stmt **out, struct err *err, const char *sql,
	const char *types, va_list values)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(connection(db), sql, -1, &stmt, NULL) != SQLITE_OK ||
		bind(stmt, types, values) != SQLITE_OK) {
		fail(connection(db), err);
		sqlite3_finalize(stmt);
		return err->code;
	}
	if (!may_write(connection(db), stmt)) {
		sqlite3_finalize(stmt);
		return no_room(err);
	}
	*out = (struct stmt *)stmt;
	return 0;
}

static int step(struct stmt *stmt, bool *row, struct err *err)
{
	int got = sqlite3_step(statement(stmt));

	if (got != SQLITE_ROW && got != SQLITE_DONE)
		return fail(sqlite3_db_handle(statement(stmt)), err);
	*row = got == SQLITE_ROW;
	return 0;
}

static void finalize(struct stmt *stmt)
{
	sqlite3_finalize(statement(stmt));
}

static int changes(struct db *db)
{
	return sqlite3_changes(connection(db));
}

/* ---- values ---- */

static const char *text(struct stmt *stmt, int column)
{
	const unsigned char *found = sqlite3_column_text(statement(stmt), column);

	return found ? (const char *)found : "";
}

static int64_t number(struct stmt *stmt, int column)
{
	return sqlite3_column_int64(statement(stmt), column);
}

static const void *blob(struct stmt *stmt, int column)
{
	return sqlite3_column_blob(statement(stmt), column);
}

static size_t blob_size(struct stmt *stmt, int column)
{
	return (size_t)sqlite3_column_bytes(statement(stmt), column);
}

const struct db_ops *davit_db_ops(void)
{
	static const struct db_ops ops = {
		.open = open_file,
		.close = close_connection,
		.ask = ask,
		.step = step,
		.free = finalize,
		.run_all = run_all,
		.begin = begin,
		.changes = changes,
		.text = text,
		.number = number,
		.blob = blob,
		.blob_size = blob_size,
		.checkpoint = checkpoint,
	};

	return &ops;
}
