/* image_record.c - the rows of a finished image, in one transaction (image.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/image.h"
#include "core/image_private.h"
#include "core/store_db.h"
#include "util/json.h"

/* RFC 3339, as Go writes it; fractions and offsets are rare enough to be read by hand. 0: no time.
 */
static int64_t seconds_of(const char *text)
{
	struct tm tm = {0};
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	int64_t seconds;
	int hours = 0, minutes = 0;
	char sign;

	if (!rest)
		return 0;
	seconds = timegm(&tm);
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) == 3)
		seconds -= (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return seconds;
}

static int sum_layers(
	struct db *db, const struct strs *layers, int64_t *size, int64_t *content, struct err *err)
{
	*size = *content = 0;
	for (size_t i = 0; i < layers->len; i++) {
		auto_stmt *row = NULL;
		bool found;

		if (db_ask(db, &row, err,
			    "SELECT size, iif(blob IS NULL, 0, compressed) FROM layers WHERE id = ?",
			    "t", layers->v[i]) < 0 ||
			db_step(row, &found, err) < 0)
			return err->code;
		if (!found)
			return err_set(err, ENOENT, "layer %s is not in the store", layers->v[i]);
		*size += db_int(row, 0);
		*content += db_int(row, 1);
	}
	return 0;
}

static int insert_image(
	struct db *db, const struct image_row *row, const cJSON *config, struct err *err)
{
	auto_buf layers = BUF_INIT;
	int64_t size, content;

	for (size_t i = 0; i < row->layers->len; i++)
		buf_addf(&layers, "%s%s", i ? "\n" : "", row->layers->v[i]);
	if (buf_failed(&layers))
		return err_set(err, ENOMEM, "image: out of memory");
	if (sum_layers(db, row->layers, &size, &content, err) < 0)
		return err->code;
	return db_run(db, err,
		"INSERT INTO images (id, manifest, created, added, size, content_size, os,"
		" architecture, variant, root_mode, root_uid, root_gid, layers, config)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
		" manifest = iif(excluded.manifest <> '', excluded.manifest, manifest),"
		" layers = excluded.layers, size = excluded.size, content_size = excluded.content_size",
		"ttiiiitttiiitb", row->id, row->manifest ? row->manifest : "",
		seconds_of(json_str(config, "created")), (int64_t)time(NULL), size, content,
		json_str_or(config, "os", ""), json_str_or(config, "architecture", ""),
		json_str_or(config, "variant", ""), (int64_t)row->root_mode, (int64_t)row->root_uid,
		(int64_t)row->root_gid, buf_text(&layers), row->config, row->config_len);
}

static int insert_layers(struct db *db, const struct image_row *row, struct err *err)
{
	if (db_run(db, err, "DELETE FROM image_layers WHERE image = ?", "t", row->id) < 0)
		return err->code;
	for (size_t i = 0; i < row->layers->len; i++)
		if (db_run(db, err,
			    "INSERT INTO image_layers (image, position, layer) VALUES (?, ?, ?)",
			    "tit", row->id, (int64_t)i, row->layers->v[i]) < 0)
			return err->code;
	return 0;
}

/* "name:tag" or "name@digest", split at the last such character: a name may hold a port. */
static int insert_name(
	struct db *db, const char *text, char separator, const char *id, struct err *err)
{
	char name[REFERENCE_NAME_MAX + 1];
	const char *at = separator == '@' ? strchr(text, '@') : strrchr(text, ':');

	if (!at || (size_t)(at - text) >= sizeof(name))
		return err_set(err, EINVAL, "invalid reference format: %.100s", text);
	memcpy(name, text, (size_t)(at - text));
	name[at - text] = '\0';
	if (separator == '@')
		return db_run(db, err,
			"INSERT OR REPLACE INTO digests (name, digest, image)"
			" VALUES (?, ?, ?)",
			"ttt", name, at + 1, id);
	return db_run(db, err,
		"INSERT OR REPLACE INTO tags (name, tag, image, updated)"
		" VALUES (?, ?, ?, ?)",
		"ttti", name, at + 1, id, (int64_t)time(NULL));
}

static int insert_names(
	struct db *db, const struct strs *names, char separator, const char *id, struct err *err)
{
	for (size_t i = 0; names && i < names->len; i++)
		if (insert_name(db, names->v[i], separator, id, err) < 0)
			return err->code;
	return 0;
}

int image_record(struct store *store, const struct image_row *row, struct err *err)
{
	auto_json *config = NULL;
	struct db *db;

	if (json_parse(row->config, row->config_len, &config, err) < 0 ||
		store_db(store, &db, err) < 0)
		return err->code;
	if (insert_image(db, row, config, err) < 0 || insert_layers(db, row, err) < 0 ||
		insert_names(db, row->tags, ':', row->id, err) < 0 ||
		insert_names(db, row->digests, '@', row->id, err) < 0)
		return err->code;
	return 0;
}
