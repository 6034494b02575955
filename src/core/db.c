#include "core/db.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include "core/db/ops.h"
#include "core/module.h"

/* Whoever has a database or a statement has been through db_load. */
static const struct db_ops *_Atomic ops;

int db_load(struct err *err)
{
	const struct db_ops *(*module)(void);
	void *found;

	if (ops)
		return 0;
	if (module_symbol("db", "davit_db_ops", &found, err) < 0)
		return err->code;
	memcpy(&module, &found, sizeof(module));
	ops = module();
	return 0;
}

int db_open(const char *path, bool read_only, struct db **out, struct err *err)
{
	return db_load(err) < 0 ? err->code : ops->open(path, read_only, out, err);
}

void db_close(struct db *db)
{
	if (db)
		ops->close(db);
}

int db_ask(
	struct db *db, struct stmt **out, struct err *err, const char *sql, const char *types, ...)
{
	va_list values;
	int failed;

	va_start(values, types);
	failed = ops->ask(db, out, err, sql, types, values);
	va_end(values);
	return failed;
}

int db_step(struct stmt *stmt, bool *row, struct err *err)
{
	return ops->step(stmt, row, err);
}

void stmt_free(struct stmt *stmt)
{
	if (stmt)
		ops->free(stmt);
}

int db_run(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
	auto_stmt *stmt = NULL;
	bool row = true;
	va_list values;
	int failed;

	va_start(values, types);
	failed = ops->ask(db, &stmt, err, sql, types, values);
	va_end(values);
	while (!failed && row)
		failed = db_step(stmt, &row, err);
	return failed;
}

int db_run_all(struct db *db, const char *sql, struct err *err)
{
	return ops->run_all(db, sql, err);
}

int db_changes(struct db *db)
{
	return ops->changes(db);
}

int db_begin(struct db *db, struct err *err)
{
	return ops->begin(db, false, err);
}

int db_begin_removal(struct db *db, struct err *err)
{
	return ops->begin(db, true, err);
}

int db_end(struct db *db, int failed, struct err *err)
{
	struct err ignored = {0};

	if (!failed)
		failed = db_run_all(db, "COMMIT", err);
	if (failed)
		db_run_all(db, "ROLLBACK", &ignored);
	return failed;
}

const char *db_text(struct stmt *stmt, int column)
{
	return ops->text(stmt, column);
}

int64_t db_int(struct stmt *stmt, int column)
{
	return ops->number(stmt, column);
}

const void *db_blob(struct stmt *stmt, int column)
{
	return ops->blob(stmt, column);
}

size_t db_blob_size(struct stmt *stmt, int column)
{
	return ops->blob_size(stmt, column);
}

void db_checkpoint(struct db *db)
{
	ops->checkpoint(db);
}
