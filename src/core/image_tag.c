/* image_tag.c - names come and go; an image goes when it is removed, with what only it needs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/image.h"
#include "core/image_private.h"
#include "core/store_db.h"

static int set_tag(sqlite3 *db, const char *id, const struct reference *ref, struct err *err)
{
	return db_run(db, err,
		"INSERT OR REPLACE INTO tags (name, tag, image, updated)"
		" VALUES (?, ?, ?, ?)",
		"ttti", ref->name, ref->tag, id, (int64_t)time(NULL));
}

int image_tag(struct store *store, const char *id, const char *reference, char before[DIGEST_SIZE],
	struct err *err)
{
	char old[DIGEST_SIZE] = "";
	struct reference ref;
	sqlite3 *db;
	int failed;

	if (reference_parse(reference, &ref, err) < 0)
		return err->code;
	if (ref.digest[0])
		return err_set(err, EINVAL, "refusing to create a tag with a digest reference");
	reference_default_tag(&ref);
	if (store_db(store, &db, err) < 0 || db_begin(db, err) < 0)
		return err->code;
	failed = image_by_reference(db, &ref, old, err);
	if (!failed)
		failed = set_tag(db, id, &ref, err);
	if (db_end(db, failed, err) < 0)
		return err->code;
	if (before)
		snprintf(before, DIGEST_SIZE, "%s", str_eq(old, id) ? "" : old);
	return 0;
}

int image_untag(struct store *store, const char *reference, struct err *err)
{
	struct reference ref;
	char id[DIGEST_SIZE];
	sqlite3 *db;

	if (reference_parse(reference, &ref, err) < 0)
		return err->code;
	reference_default_tag(&ref);
	if (store_db(store, &db, err) < 0 || image_by_reference(db, &ref, id, err) < 0)
		return err->code;
	if (!id[0])
		return err_set(err, ENOENT, "No such image: %s", reference);
	if (ref.digest[0])
		return db_run(db, err, "DELETE FROM digests WHERE name = ? AND digest = ?", "tt",
			ref.name, ref.digest);
	return db_run(
		db, err, "DELETE FROM tags WHERE name = ? AND tag = ?", "tt", ref.name, ref.tag);
}

static int texts_of(sqlite3 *db, const char *sql, const char *id, struct strs *out, struct err *err)
{
	auto_stmt *row = NULL;
	bool more;

	if (db_ask(db, &row, err, sql, "t", id) < 0)
		return err->code;
	while (db_step(row, &more, err) == 0) {
		if (!more)
			return strs_failed(out) ? err_set(err, ENOMEM, "images: out of memory") : 0;
		strs_add(out, db_text(row, 0));
	}
	return err->code;
}

static bool is_held(const struct strs *held, const char *layer)
{
	for (size_t i = 0; held && i < held->len; i++)
		if (str_eq(held->v[i], layer))
			return true;
	return false;
}

static int delete_layers(sqlite3 *db, const char *id, const struct strs *held, struct strs *layers,
	struct strs *blobs, struct err *err)
{
	auto_strs unused = STRS_INIT;

	if (texts_of(db,
		    "SELECT DISTINCT layer FROM image_layers AS a WHERE image = ?1 AND NOT EXISTS"
		    " (SELECT 1 FROM image_layers AS b WHERE b.layer = a.layer AND b.image <> ?1)",
		    id, &unused, err) < 0)
		return err->code;
	for (size_t i = 0; i < unused.len; i++) {
		if (is_held(held, unused.v[i]))
			continue;
		strs_add(layers, unused.v[i]);
		if (texts_of(db, "SELECT blob FROM layers WHERE id = ? AND blob IS NOT NULL",
			    unused.v[i], blobs, err) < 0 ||
			db_run(db, err, "DELETE FROM layers WHERE id = ?", "t", unused.v[i]) < 0)
			return err->code;
	}
	return 0;
}

static int delete_rows(sqlite3 *db, const char *id, const struct strs *held, struct strs *layers,
	struct strs *blobs, struct err *err)
{
	static const char *const deletes[] = {
		"DELETE FROM image_layers WHERE image = ?",
		"DELETE FROM tags WHERE image = ?",
		"DELETE FROM digests WHERE image = ?",
		"DELETE FROM images WHERE id = ?",
	};

	if (texts_of(db, "SELECT manifest FROM images WHERE id = ? AND manifest <> ''", id, blobs,
		    err) < 0 ||
		delete_layers(db, id, held, layers, blobs, err) < 0)
		return err->code;
	strs_add(blobs, id);
	for (size_t i = 0; i < array_len(deletes); i++)
		if (db_run(db, err, deletes[i], "t", id) < 0)
			return err->code;
	return 0;
}

static bool blob_is_needed(sqlite3 *db, const char *digest, struct err *err)
{
	auto_stmt *row = NULL;
	bool needed = true;

	if (db_ask(db, &row, err,
		    "SELECT 1 FROM layers WHERE blob = ?1 UNION SELECT 1 FROM images"
		    " WHERE id = ?1 OR manifest = ?1",
		    "t", digest) == 0)
		db_step(row, &needed, err);
	return needed;
}

int image_remove(struct store *store, const char *id, const struct strs *held, struct err *err)
{
	auto_strs layers = STRS_INIT, blobs = STRS_INIT;
	auto_close int lock = store_lock(store, true, err);
	sqlite3 *db;
	int failed;

	if (lock < 0 || store_db(store, &db, err) < 0 || db_begin(db, err) < 0)
		return err->code;
	failed = delete_rows(db, id, held, &layers, &blobs, err);
	if (db_end(db, failed, err) < 0)
		return err->code;
	/* From here on the image is gone; what cannot be deleted now is found by the next sweep. */
	for (size_t i = 0; i < layers.len; i++)
		if (store_discard(store, STORE_LAYERS, layers.v[i], err) < 0 &&
			err->code != -ENOENT)
			failed = err->code;
	for (size_t i = 0; i < blobs.len; i++)
		if (!blob_is_needed(db, blobs.v[i], err))
			unlinkat(store_dir(store, STORE_BLOBS), digest_hex(blobs.v[i]), 0);
	return failed;
}
