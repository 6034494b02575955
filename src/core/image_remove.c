/* image_remove.c - an image goes, with what only it needs.
 *
 * What needs a layer is a row of image_layers, or of build_cache. An image that goes while a
 * container stands on it leaves these rows behind: they hold its layers as before, and
 * image_collect takes both once the container has gone. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/garbage.h"
#include "core/image.h"
#include "core/pulls.h"
#include "core/store_db.h"

void image_freed_fini(struct image_freed *freed)
{
	strs_fini(&freed->diff_ids);
	strs_fini(&freed->hidden);
}

/* One removal's lists: rows that are deleted, and then files. */
struct removal {
	struct db *db;
	bool alone;
	struct strs layers, blobs;
	struct image_freed *freed;
};

static void removal_fini(struct removal *removal)
{
	strs_fini(&removal->layers);
	strs_fini(&removal->blobs);
}
#define auto_removal __attribute__((cleanup(removal_fini))) struct removal

static int texts_of(
	struct db *db, const char *sql, const char *id, struct strs *out, struct err *err)
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

/* What is known of a diff id goes with its last layer. */
static int forget_content(struct removal *removal, const char *diff_id, struct err *err)
{
	static const char *const deletes[] = {
		"DELETE FROM pressed WHERE diff_id = ?1 AND NOT EXISTS"
		" (SELECT 1 FROM layers WHERE diff_id = ?1)",
		"DELETE FROM places WHERE diff_id = ?1 AND NOT EXISTS"
		" (SELECT 1 FROM layers WHERE diff_id = ?1)",
	};

	if (texts_of(removal->db,
		    "SELECT blob FROM pressed WHERE diff_id = ?1 AND NOT EXISTS"
		    " (SELECT 1 FROM layers WHERE diff_id = ?1)",
		    diff_id, &removal->blobs, err) < 0)
		return err->code;
	for (size_t i = 0; i < array_len(deletes); i++)
		if (db_run(removal->db, err, deletes[i], "t", diff_id) < 0)
			return err->code;
	return 0;
}

static int forget_layer(struct removal *removal, const char *layer, struct err *err)
{
	auto_stmt *row = NULL;
	bool found;

	if (db_ask(removal->db, &row, err, "SELECT diff_id, size, blob FROM layers WHERE id = ?",
		    "t", layer) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found)
		return 0;
	strs_add(&removal->layers, layer);
	strs_add(&removal->freed->diff_ids, db_text(row, 0));
	removal->freed->bytes += (uint64_t)db_int(row, 1);
	if (*db_text(row, 2))
		strs_add(&removal->blobs, db_text(row, 2));
	if (db_run(removal->db, err, "DELETE FROM layers WHERE id = ?", "t", layer) < 0)
		return err->code;
	return forget_content(removal, db_text(row, 0), err);
}

/* Layers that no other image needs, and the image's hold on all of them. */
static int forget_layers(struct removal *removal, const char *id, struct err *err)
{
	auto_strs unused = STRS_INIT;

	if (texts_of(removal->db,
		    "SELECT layer FROM image_layers AS a WHERE image = ?1 AND NOT EXISTS"
		    " (SELECT 1 FROM image_layers AS b WHERE b.layer = a.layer AND b.image <> ?1)"
		    " AND NOT EXISTS (SELECT 1 FROM build_cache AS c WHERE c.layer = a.layer)"
		    " GROUP BY layer ORDER BY max(position) DESC",
		    id, &unused, err) < 0)
		return err->code;
	for (size_t i = 0; i < unused.len; i++)
		if (forget_layer(removal, unused.v[i], err) < 0)
			return err->code;
	return db_run(removal->db, err, "DELETE FROM image_layers WHERE image = ?", "t", id);
}

static int forget_image(struct removal *removal, const char *id, struct err *err)
{
	static const char *const deletes[] = {
		"DELETE FROM tags WHERE image = ?",
		"DELETE FROM digests WHERE image = ?",
		"DELETE FROM images WHERE id = ?",
	};

	if (texts_of(removal->db, "SELECT manifest FROM images WHERE id = ? AND manifest <> ''", id,
		    &removal->blobs, err) < 0)
		return err->code;
	strs_add(&removal->blobs, id);
	for (size_t i = 0; i < array_len(deletes); i++)
		if (db_run(removal->db, err, deletes[i], "t", id) < 0)
			return err->code;
	return 0;
}

static bool blob_is_needed(struct db *db, const char *digest, struct err *err)
{
	auto_stmt *row = NULL;
	bool needed = true;

	if (db_ask(db, &row, err,
		    "SELECT 1 FROM layers WHERE blob = ?1 UNION SELECT 1 FROM images"
		    " WHERE id = ?1 OR manifest = ?1 UNION SELECT 1 FROM pressed WHERE blob = ?1",
		    "t", digest) == 0)
		db_step(row, &needed, err);
	return needed;
}

static void drop_blob(struct store *store, struct removal *removal, const char *digest)
{
	int blobs = store_dir(store, STORE_BLOBS);
	const char *name = digest_hex(digest);
	struct err ignored;
	struct stat st;

	if (blob_is_needed(removal->db, digest, &ignored) ||
		fstatat(blobs, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || unlinkat(blobs, name, 0) < 0)
		return;
	removal->freed->bytes += (uint64_t)st.st_size;
}

/* From here on they are gone for everybody; what cannot be deleted is found by the next sweep. */
static int hide(struct store *store, struct removal *removal, struct err *err)
{
	char hidden[STORE_HIDDEN_SIZE];
	int failed = 0;

	for (size_t i = 0; i < removal->layers.len; i++) {
		int hid = store_hide(store, STORE_LAYERS, removal->layers.v[i], hidden, err);

		if (hid == 0)
			strs_add(&removal->freed->hidden, hidden);
		else if (hid != -ENOENT)
			failed = hid;
	}
	for (size_t i = 0; i < removal->blobs.len; i++)
		if (removal->alone)
			drop_blob(store, removal, removal->blobs.v[i]);
		else
			garbage_note(store, removal->blobs.v[i]);
	return failed;
}

int image_remove(struct store *store, const char *id, bool held, bool alone,
	struct image_freed *freed, struct err *err)
{
	auto_removal removal = {.freed = freed, .alone = alone};
	int failed;

	if (store_db(store, &removal.db, err) < 0 || db_begin_removal(removal.db, err) < 0)
		return err->code;
	failed = forget_image(&removal, id, err);
	if (!failed && !held && alone)
		failed = forget_layers(&removal, id, err);
	if (db_end(removal.db, failed, err) < 0)
		return err->code;
	pulls_drop(store, digest_hex(id));
	return hide(store, &removal, err);
}

int image_collect(struct store *store, image_used_fn *is_used, void *arg, struct image_freed *freed,
	struct err *err)
{
	auto_removal removal = {.freed = freed, .alone = true};
	auto_strs gone = STRS_INIT;
	int failed;

	if (store_db(store, &removal.db, err) < 0 || db_begin_removal(removal.db, err) < 0)
		return err->code;
	failed = texts_of(removal.db,
		"SELECT DISTINCT image FROM image_layers WHERE image <> ? AND NOT EXISTS"
		" (SELECT 1 FROM images WHERE id = image)",
		"", &gone, err);
	for (size_t i = 0; i < gone.len && !failed; i++)
		if (!is_used(gone.v[i], arg))
			failed = forget_layers(&removal, gone.v[i], err);
	if (db_end(removal.db, failed, err) < 0)
		return err->code;
	garbage_take(store, &removal.blobs);
	return hide(store, &removal, err);
}

static int forget_if_unused(struct removal *removal, const char *layer, struct err *err)
{
	auto_stmt *row = NULL;
	bool used;

	if (db_ask(removal->db, &row, err,
		    "SELECT 1 FROM image_layers WHERE layer = ?1 UNION ALL"
		    " SELECT 1 FROM build_cache WHERE layer = ?1",
		    "t", layer) < 0 ||
		db_step(row, &used, err) < 0)
		return err->code;
	return used ? 0 : forget_layer(removal, layer, err);
}

int image_drop_layers(
	struct store *store, const struct strs *layers, struct image_freed *freed, struct err *err)
{
	auto_removal removal = {.freed = freed};
	int failed = 0;

	if (store_db(store, &removal.db, err) < 0 || db_begin_removal(removal.db, err) < 0)
		return err->code;
	for (size_t i = 0; i < layers->len && !failed; i++)
		failed = forget_if_unused(&removal, layers->v[i], err);
	if (db_end(removal.db, failed, err) < 0)
		return err->code;
	return hide(store, &removal, err);
}

int image_delete_freed(struct store *store, const struct image_freed *freed, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < freed->hidden.len; i++)
		if (store_delete_hidden(store, freed->hidden.v[i], err) < 0)
			failed = err->code;
	return failed;
}
