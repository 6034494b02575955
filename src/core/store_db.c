#include "core/process.h"
#include "core/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "core/store_private.h"

/* Each entry brings the schema from version i to i + 1; released ones never change. */
static const char *const migrations[] = {
	/* layers.links: holds copies of files of lower layers, so it fits one chain only.
	 * images.layers: the ids of image_layers once more, one a line: a launch reads one row. */
	"CREATE TABLE layers (id TEXT PRIMARY KEY, diff_id TEXT NOT NULL, blob TEXT,"
	" size INTEGER NOT NULL, compressed INTEGER NOT NULL, entries INTEGER NOT NULL,"
	" links INTEGER NOT NULL, synced INTEGER NOT NULL, boot TEXT NOT NULL,"
	" created INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX layers_by_diff ON layers (diff_id);"
	"CREATE INDEX layers_unsynced ON layers (synced) WHERE synced = 0;"
	"CREATE TABLE images (id TEXT PRIMARY KEY, manifest TEXT NOT NULL, created INTEGER NOT NULL,"
	" added INTEGER NOT NULL, size INTEGER NOT NULL, content_size INTEGER NOT NULL,"
	" os TEXT NOT NULL, architecture TEXT NOT NULL, variant TEXT NOT NULL,"
	" root_mode INTEGER NOT NULL, root_uid INTEGER NOT NULL, root_gid INTEGER NOT NULL,"
	" layers TEXT NOT NULL, config BLOB NOT NULL);"
	"CREATE INDEX images_by_created ON images (created);"
	"CREATE TABLE image_layers (image TEXT NOT NULL, position INTEGER NOT NULL,"
	" layer TEXT NOT NULL, PRIMARY KEY (image, position)) WITHOUT ROWID;"
	"CREATE INDEX image_layers_by_layer ON image_layers (layer);"
	"CREATE TABLE tags (name TEXT NOT NULL, tag TEXT NOT NULL, image TEXT NOT NULL,"
	" updated INTEGER NOT NULL, PRIMARY KEY (name, tag)) WITHOUT ROWID;"
	"CREATE INDEX tags_by_image ON tags (image);"
	"CREATE TABLE digests (name TEXT NOT NULL, digest TEXT NOT NULL, image TEXT NOT NULL,"
	" PRIMARY KEY (name, digest)) WITHOUT ROWID;"
	"CREATE INDEX digests_by_image ON digests (image);",
	/* pressed: blobs that were compressed here. places: see core/image/places.h. */
	"CREATE TABLE pressed (diff_id TEXT NOT NULL, codec TEXT NOT NULL, blob TEXT NOT NULL,"
	" size INTEGER NOT NULL, PRIMARY KEY (diff_id, codec)) WITHOUT ROWID;"
	"CREATE INDEX pressed_by_blob ON pressed (blob);"
	"CREATE TABLE places (diff_id TEXT NOT NULL, domain TEXT NOT NULL,"
	" repository TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,"
	" seen INTEGER NOT NULL, PRIMARY KEY (diff_id, domain, repository, digest));",
	/* See core/build_cache.h. */
	"CREATE TABLE build_cache (key TEXT PRIMARY KEY, layer TEXT NOT NULL,"
	" diff_id TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL,"
	" created INTEGER NOT NULL, used INTEGER NOT NULL, uses INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX build_cache_by_layer ON build_cache (layer);",
};

static int user_version(struct db *db, int *out, struct err *err)
{
	auto_stmt *stmt = NULL;
	bool row;

	if (db_ask(db, &stmt, err, "PRAGMA user_version", "") < 0 || db_step(stmt, &row, err) < 0)
		return err->code;
	*out = (int)db_int(stmt, 0);
	return 0;
}

static int migrate(struct db *db, struct err *err)
{
	char pragma[64];
	int version, failed;

	if (db_run_all(db, "PRAGMA journal_mode=WAL", err) < 0 || db_begin(db, err) < 0)
		return err->code;
	failed = user_version(db, &version, err); /* again: another davit may have been faster */
	while (!failed && version < (int)array_len(migrations))
		failed = db_run_all(db, migrations[version++], err);
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d", (int)array_len(migrations));
	if (!failed)
		failed = db_run_all(db, pragma, err);
	return db_end(db, failed, err);
}

static int set_up(struct store *store, struct db *db, struct err *err)
{
	int version;

	if (user_version(db, &version, err) < 0)
		return err->code;
	if (version > (int)array_len(migrations))
		return err_set(err, ENOTSUP,
			"store %s: images.db has schema %d, made by a newer davit; this one (%s) "
			"knows up to %d",
			store->root, version, DAVIT_VERSION, (int)array_len(migrations));
	if (version < (int)array_len(migrations) && store->read_only)
		return err_set(err, EROFS,
			"store %s: images.db is an older davit's, and a read-only session does not bring it up to date",
			store->root);
	if (version < (int)array_len(migrations) && migrate(db, err) < 0)
		return err->code;
	/* Mapped: a list of a thousand images is a megabyte of pages, each of which would be
	 * copied. The file never shrinks while somebody has it, for nothing vacuums. */
	return db_run_all(db, "PRAGMA synchronous=NORMAL; PRAGMA mmap_size=67108864", err);
}

enum { OPEN_TRIES = 1000, OPEN_PAUSE_US = 5000 };

static int open_once(struct store *store, struct db **out, struct err *err)
{
	char path[64];
	struct db *db = NULL;
	int failed;

	/* Through the held fd: the store may lie below any path, or have been renamed. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/images.db", store->dirs[STORE_ROOT]);
	failed = db_open(path, store->read_only, &db, err);
	if (failed)
		return err_in(err, "store %s", store->root);
	failed = set_up(store, db, err);
	if (failed) {
		db_close(db);
		return err->code;
	}
	*out = db;
	return 0;
}

int store_db(struct store *store, struct db **out, struct err *err)
{
	/* Who turns a new file to WAL beside another is told BUSY at once, whatever the timeout. */
	for (int tries = 0; !store->db; tries++) {
		int failed = open_once(store, &store->db, err);

		if (failed && (failed != -EBUSY || tries == OPEN_TRIES))
			return failed;
		if (failed) {
			err_forgive(err);
			usleep(OPEN_PAUSE_US);
		}
	}
	*out = store->db;
	return 0;
}

int store_sync(struct store *store, struct err *err)
{
	auto_close int fd = openat(store->dirs[STORE_ROOT], ".", O_RDONLY | O_CLOEXEC);
	struct db *db;
	int failed;

	if (fd < 0)
		return err_sys(err, "store %s", store->root);
	if (store_db(store, &db, err) < 0)
		return err->code;
	/* Only what was committed before the sync is on the disk after it. */
	if (db_run_all(db, "CREATE TEMP TABLE IF NOT EXISTS syncing (id TEXT); DELETE FROM syncing",
		    err) < 0 ||
		db_run(db, err,
			"INSERT INTO syncing SELECT id FROM layers WHERE synced = 0 AND boot = ?",
			"t", process_boot_id()) < 0)
		return err->code;
	if (syncfs(fd) < 0)
		return err_sys(err, "store %s: sync", store->root);
	if (db_begin(db, err) < 0)
		return err->code;
	failed = db_run_all(
		db, "UPDATE layers SET synced = 1 WHERE id IN (SELECT id FROM syncing)", err);
	if (db_end(db, failed, err) < 0)
		return err->code;
	db_checkpoint(db); /* where readers hold the log back, the next sync tries again */
	return 0;
}
