/* ops.h - what davit-db.so gives to core/db.c, which says what each does. */
#ifndef CORE_DB_OPS_H
#define CORE_DB_OPS_H

#include <stdarg.h>

#include "core/db.h"

struct db_ops {
	int (*open)(const char *path, bool read_only, struct db **out, struct err *err);
	void (*close)(struct db *db);
	int (*ask)(struct db *db, struct stmt **out, struct err *err, const char *sql,
		const char *types, va_list values);
	int (*step)(struct stmt *stmt, bool *row, struct err *err);
	void (*free)(struct stmt *stmt);
	int (*run_all)(struct db *db, const char *sql, struct err *err);
	int (*begin)(struct db *db, bool removes, struct err *err);
	int (*changes)(struct db *db);
	const char *(*text)(struct stmt *stmt, int column);
	int64_t (*number)(struct stmt *stmt, int column);
	const void *(*blob)(struct stmt *stmt, int column);
	size_t (*blob_size)(struct stmt *stmt, int column);
	void (*checkpoint)(struct db *db);
};

/* The module's only symbol. */
const struct db_ops *davit_db_ops(void);

#endif
