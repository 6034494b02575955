#include "core/build_cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store_db.h"
#include "util/own.h"

#define COLUMNS                                                                                    \
	"SELECT c.key, c.layer, c.diff_id, c.kind, c.what, c.created, c.used, c.uses, "            \
	"coalesce(l.size, 0), EXISTS (SELECT 1 FROM image_layers AS i WHERE i.layer = c.layer) "   \
	"FROM build_cache AS c LEFT JOIN layers AS l ON l.id = c.layer "

static void take_text(char *to, size_t room, const char *text)
{
	snprintf(to, room, "%s", text);
}

static void read_row(struct stmt *row, struct build_cached *out)
{
	*out = (struct build_cached){
		.created = db_int(row, 5),
		.used = db_int(row, 6),
		.uses = (uint64_t)db_int(row, 7),
		.size = (uint64_t)db_int(row, 8),
		.shared = db_int(row, 9),
	};
	take_text(out->key, sizeof(out->key), db_text(row, 0));
	take_text(out->layer, sizeof(out->layer), db_text(row, 1));
	take_text(out->diff_id, sizeof(out->diff_id), db_text(row, 2));
	take_text(out->kind, sizeof(out->kind), db_text(row, 3));
	take_text(out->what, sizeof(out->what), db_text(row, 4));
}

int build_cache_find(
	struct store *store, const char *key, struct build_cached *out, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool found;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			COLUMNS "WHERE c.key = ? AND (c.layer = '' OR l.synced = 1 OR l.boot = ?)",
			"tt", key, store_boot_id(store)) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found)
		return err_set(err, ENOENT, "build cache: no %.20s", key);
	read_row(row, out);
	return 0;
}

int build_cache_keep(struct store *store, const struct build_cached *cached, struct err *err)
{
	int64_t now = store_use_time(store);
	struct db *db;

	if (store_db(store, &db, err) < 0)
		return err->code;
	return db_run(db, err,
		"INSERT OR REPLACE INTO build_cache (key, layer, diff_id, kind, what, created, used, uses)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
		"tttttii", cached->key, cached->layer, cached->diff_id, cached->kind, cached->what,
		cached->created ? cached->created : now, now);
}

int build_cache_touch(struct store *store, const char *key, struct err *err)
{
	struct db *db;

	if (store_db(store, &db, err) < 0 ||
		db_run(db, err,
			"UPDATE build_cache SET used = max(used, ?), uses = uses + 1 WHERE key = ?",
			"it", store_use_time(store), key) < 0)
		return err->code;
	return db_changes(db) ? 0 : err_set(err, ENOENT, "build cache: no %.20s", key);
}

static int has_layer(struct db *db, const char *layer, bool *out, struct err *err)
{
	auto_stmt *row = NULL;

	if (db_ask(db, &row, err, "SELECT 1 FROM build_cache WHERE layer = ?", "t", layer) < 0)
		return err->code;
	return db_step(row, out, err);
}

int build_cache_touch_layer(struct store *store, const char *layer, bool *gone, struct err *err)
{
	bool there;
	struct db *db;

	*gone = false;
	if (store_db(store, &db, err) < 0 || has_layer(db, layer, &there, err) < 0)
		return err->code;
	if (!there)
		return 0;
	if (db_run(db, err, "UPDATE build_cache SET used = max(used, ?) WHERE layer = ?", "it",
		    store_use_time(store), layer) < 0)
		return err->code;
	*gone = db_changes(db) == 0;
	return 0;
}

int build_cache_same(struct store *store, const char *key, struct strs *keys, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool more;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT c.key FROM build_cache AS c JOIN build_cache AS same"
			" ON c.layer = same.layer AND c.what = same.what WHERE same.key = ?",
			"t", key) < 0)
		return err->code;
	while (db_step(row, &more, err) == 0) {
		if (!more)
			return 0;
		strs_add(keys, db_text(row, 0));
	}
	return err->code;
}

int build_cache_list(struct store *store, struct build_cached **out, size_t *count, struct err *err)
{
	auto_free struct build_cached *list = NULL;
	auto_stmt *row = NULL;
	size_t n = 0, room = 0;
	struct db *db;
	bool more;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err, COLUMNS "ORDER BY c.used, c.key", "") < 0)
		return err->code;
	while (db_step(row, &more, err) == 0 && more) {
		if (n == room) {
			struct build_cached *grown =
				realloc(list, (room = room * 2 + 64) * sizeof(*list));

			if (!grown)
				return err_set(err, ENOMEM, "build cache: out of memory");
			list = grown;
		}
		read_row(row, &list[n++]);
	}
	if (more)
		return err->code;
	*out = take(list);
	*count = n;
	return 0;
}

static int drop_key(struct db *db, const char *key, int64_t since, struct strs *dropped,
	struct strs *layers, struct err *err)
{
	auto_stmt *row = NULL;
	bool found = false;

	if (db_ask(db, &row, err,
		    "DELETE FROM build_cache WHERE key = ? AND used < ? RETURNING layer", "ti", key,
		    since) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found)
		return 0;
	strs_add(dropped, key);
	if (*db_text(row, 0))
		strs_add(layers, db_text(row, 0));
	return 0;
}

int build_cache_drop(struct store *store, const struct strs *keys, int64_t since,
	struct strs *dropped, struct image_freed *freed, struct err *err)
{
	auto_strs layers = STRS_INIT;
	int failed = 0;
	struct db *db;

	if (store_db(store, &db, err) < 0 || db_begin_removal(db, err) < 0)
		return err->code;
	for (size_t i = 0; i < keys->len && !failed; i++)
		failed = drop_key(db, keys->v[i], since, dropped, &layers, err);
	if (!failed && (strs_failed(&layers) || strs_failed(dropped)))
		failed = err_set(err, ENOMEM, "build cache: out of memory");
	if (db_end(db, failed, err) < 0)
		return err->code;
	return image_drop_layers(store, &layers, freed, err);
}
