#include "core/image/pressed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image/blob.h"
#include "core/store_db.h"

int pressed_find(struct store *store, const char *diff_id, enum press_codec codec,
	char digest[DIGEST_SIZE], struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool found;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err, "SELECT blob FROM pressed WHERE diff_id = ? AND codec = ?",
			"tt", diff_id, press_codec_name(codec)) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found || !blob_exists(store, db_text(row, 0)))
		return err_set(err, ENOENT, "layer %.19s was not compressed yet", diff_id);
	snprintf(digest, DIGEST_SIZE, "%s", db_text(row, 0));
	return 0;
}

/* Only while the layer is there: its removal is what takes the blob away. */
static int record(
	struct db *db, enum press_codec codec, const struct press_result *result, struct err *err)
{
	return db_run(db, err,
		"INSERT OR REPLACE INTO pressed (diff_id, codec, blob, size)"
		" SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM layers WHERE diff_id = ?1)",
		"ttti", result->diff_id, press_codec_name(codec), result->digest,
		(int64_t)result->size);
}

int pressed_keep(struct store *store, enum press_codec codec, struct stage *stage,
	const struct press_result *result, struct err *err)
{
	auto_close int lock = store_lock(store, true, err);
	struct db *db;

	if (lock < 0 || store_db(store, &db, err) < 0 || record(db, codec, result, err) < 0)
		return err->code;
	if (db_changes(db) == 0)
		return 0;
	if (fchmodat(stage_fd(stage), "blob", 0444, 0) < 0 ||
		renameat(stage_fd(stage), "blob", store_dir(store, STORE_BLOBS),
			digest_hex(result->digest)) < 0)
		return err_sys(err, "blob %.19s", result->digest);
	return 0;
}
