/* image_tag.c - names come and go; the image stays. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/image.h"
#include "core/image_private.h"
#include "core/store_db.h"

static int set_tag(struct db *db, const char *id, const struct reference *ref, struct err *err)
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
	struct db *db;
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

static int delete_name(struct db *db, const struct reference *ref, struct err *err)
{
	if (ref->digest[0])
		return db_run(db, err, "DELETE FROM digests WHERE name = ? AND digest = ?", "tt",
			ref->name, ref->digest);
	return db_run(
		db, err, "DELETE FROM tags WHERE name = ? AND tag = ?", "tt", ref->name, ref->tag);
}

int image_untag(struct store *store, const char *reference, struct err *err)
{
	struct reference ref;
	char id[DIGEST_SIZE];
	struct db *db;

	if (reference_parse(reference, &ref, err) < 0)
		return err->code;
	reference_default_tag(&ref);
	if (store_db(store, &db, err) < 0 || image_by_reference(db, &ref, id, err) < 0)
		return err->code;
	if (!id[0])
		return err_set(err, ENOENT, "No such image: %s", reference);
	if (db_begin_removal(db, err) < 0)
		return err->code;
	return db_end(db, delete_name(db, &ref, err), err);
}
