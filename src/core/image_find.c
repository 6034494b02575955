/* image_find.c - from what a user typed to an image's id: exact reference, full id, id prefix. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/image.h"
#include "core/image_private.h"
#include "core/store_db.h"

static int one_id(struct db *db, const char *sql, const char *a, const char *b,
	char id[DIGEST_SIZE], struct err *err)
{
	auto_stmt *row = NULL;
	bool found;

	id[0] = '\0';
	if (db_ask(db, &row, err, sql, "tt", a, b) < 0 || db_step(row, &found, err) < 0)
		return err->code;
	if (found)
		snprintf(id, DIGEST_SIZE, "%s", db_text(row, 0));
	return 0;
}

int image_by_reference(
	struct db *db, const struct reference *ref, char id[DIGEST_SIZE], struct err *err)
{
	if (ref->digest[0])
		return one_id(db, "SELECT image FROM digests WHERE name = ? AND digest = ?",
			ref->name, ref->digest, id, err);
	return one_id(db, "SELECT image FROM tags WHERE name = ? AND tag = ?", ref->name,
		ref->tag[0] ? ref->tag : "latest", id, err);
}

/* The hex digits of an id or of the beginning of one; NULL: text is neither. */
static const char *id_digits(const char *text)
{
	const char *hex = str_has_prefix(text, "sha256:") ? text + 7 : text;
	size_t len = strlen(hex);

	return len && len <= DIGEST_HEX && str_is_hex(hex, len) ? hex : NULL;
}

static int by_prefix(struct db *db, const char *hex, char id[DIGEST_SIZE], struct err *err)
{
	auto_stmt *row = NULL;
	char from[DIGEST_SIZE], to[DIGEST_SIZE + 1];
	bool found;

	id[0] = '\0';
	snprintf(from, sizeof(from), "sha256:%s", hex);
	snprintf(to, sizeof(to), "sha256:%sg", hex); /* after every hex digit */
	if (db_ask(db, &row, err, "SELECT id FROM images WHERE id >= ? AND id < ? LIMIT 2", "tt",
		    from, to) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found)
		return 0;
	snprintf(id, DIGEST_SIZE, "%s", db_text(row, 0));
	if (db_step(row, &found, err) < 0)
		return err->code;
	return found ? err_set(err, EEXIST, "ambiguous ID prefix: %s", hex) : 0;
}

static int no_such_image(const char *text, const struct reference *ref, struct err *err)
{
	auto_buf name = BUF_INIT;
	struct reference full;

	if (!ref)
		return err_set(err, ENOENT, "No such image: %s", text);
	full = *ref;
	reference_default_tag(&full);
	reference_familiar(&full, &name);
	return err_set(err, ENOENT, "No such image: %s", buf_text(&name));
}

int image_resolve(struct store *store, const char *text, char id[DIGEST_SIZE], struct err *err)
{
	bool forced = str_has_prefix(text, "sha256:");
	const char *hex = id_digits(text);
	struct reference ref;
	bool named = false;
	struct db *db;

	if (forced && !hex)
		return err_set(err, EINVAL, "invalid reference format");
	if (!forced && !(hex && strlen(hex) == DIGEST_HEX)) {
		if (reference_parse(text, &ref, err) < 0)
			return err->code;
		named = true;
	}
	if (store_db(store, &db, err) < 0)
		return err->code;
	if (named) {
		if (image_by_reference(db, &ref, id, err) < 0)
			return err->code;
		if (id[0])
			return 0;
	}
	if (hex) {
		if (by_prefix(db, hex, id, err) < 0)
			return err->code;
		if (id[0])
			return 0;
	}
	return no_such_image(text, named ? &ref : NULL, err);
}
