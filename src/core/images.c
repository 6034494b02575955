/* images.c - the façade's view of images: rows for listings, docker's inspect object. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/engine_own.h"
#include "core/image.h"
#include "core/store_db.h"
#include "util/json.h"
#include "util/own.h"

static const char *bare(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}

/* ---- listing ---- */

struct listing {
	struct image_entry *rows;
	size_t count, room;
	bool failed;
};

/* The digest this name was pulled by: a repository's, never another's. "" when it came some other
 * way. */
static void find_digest(const struct image *image, const char *reference, char *digest, size_t room)
{
	const char *colon = strrchr(reference, ':');
	size_t name = colon ? (size_t)(colon - reference) : 0;

	digest[0] = '\0';
	for (size_t i = 0; name && i < image->digests.len; i++) {
		const char *text = image->digests.v[i];

		if (strncmp(text, reference, name) == 0 && text[name] == '@')
			snprintf(digest, room, "%s", text + name + 1);
	}
}

static void add_row(struct listing *listing, const struct image *image, const char *reference)
{
	struct image_entry *row;

	if (listing->count == listing->room) {
		size_t room = listing->room ? listing->room * 2 : 32;
		struct image_entry *rows = realloc(listing->rows, room * sizeof(*rows));

		if (!rows) {
			listing->failed = true;
			return;
		}
		listing->rows = rows;
		listing->room = room;
	}
	row = &listing->rows[listing->count++];
	*row = (struct image_entry){
		.size = image->size, .created_ns = (uint64_t)image->created * 1000000000u};
	snprintf(row->id, sizeof(row->id), "%.64s", bare(image->id));
	find_digest(image, reference, row->digest, sizeof(row->digest));
	snprintf(row->reference, sizeof(row->reference), "%s", reference);
}

static int on_image(const struct image *image, void *arg)
{
	struct listing *listing = arg;

	for (size_t i = 0; i < image->tags.len; i++)
		add_row(listing, image, image->tags.v[i]);
	if (!image->tags.len)
		add_row(listing, image, "");
	return listing->failed;
}

static void count_containers(struct engine *engine, struct listing *listing)
{
	unsigned last = roster_last(engine->roster);

	for (unsigned i = 1; i <= last; i++) {
		struct row row;

		if (roster_read(engine->roster, i, &row) < 0)
			continue;
		for (size_t k = 0; k < listing->count; k++)
			if (strncmp(listing->rows[k].id, row.image_id, 64) == 0)
				listing->rows[k].containers++;
	}
}

int engine_images(struct engine *engine, struct image_entry **out, size_t *count, struct err *err)
{
	struct listing listing = {0};
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = image_each(engine->store, on_image, &listing, err);
	uv_mutex_unlock(&engine->store_lock);
	if (!failed && listing.failed)
		failed = err_set(err, ENOMEM, "list images: out of memory");
	if (failed) {
		free(listing.rows);
		return failed;
	}
	count_containers(engine, &listing);
	*out = listing.rows;
	*count = listing.count;
	return 0;
}

int engine_image_find(struct engine *engine, const char *who, char id[65], struct err *err)
{
	auto_of(image) struct image *image = NULL;
	char full[DIGEST_SIZE];
	int failed = 0;

	/* Read whole, as a create that follows does: then neither may need the database. What
	 * cannot be read still has an id. */
	uv_mutex_lock(&engine->store_lock);
	if (image_find(engine->store, who, &image, err) == 0)
		snprintf(full, sizeof(full), "%s", image->id);
	else
		failed = image_resolve(engine->store, who, full, err);
	uv_mutex_unlock(&engine->store_lock);
	if (!failed && id)
		snprintf(id, 65, "%.64s", bare(full));
	return failed;
}

/* ---- inspect ---- */

static void add_time(cJSON *to, const char *key, int64_t seconds)
{
	time_t when = (time_t)seconds;
	char text[40] = "0001-01-01T00:00:00Z";
	struct tm tm;

	if (seconds && gmtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	cJSON_AddStringToObject(to, key, text);
}

static cJSON *list_of(const struct strs *list)
{
	return cJSON_CreateStringArray((const char *const *)list->v, (int)list->len);
}

/* What the config says as it is; absent keys stay absent, as docker shows them. */
static void add_raw(cJSON *to, const char *to_key, const cJSON *raw, const char *key)
{
	const cJSON *item = json_get(raw, key);

	if (item)
		cJSON_AddItemToObject(to, to_key, cJSON_Duplicate(item, true));
}

static void add_root_fs(cJSON *to, const struct engine *engine, const struct image *image)
{
	cJSON *driver = cJSON_AddObjectToObject(to, "GraphDriver"), *data, *root, *layers;
	char path[48];

	data = cJSON_AddObjectToObject(driver, "Data");
	layers = cJSON_AddArrayToObject(data, "Layers");
	for (size_t i = 0; i < image->layers.len; i++) {
		image_layer_path(image->layers.v[i], path);
		cJSON_AddItemToArray(layers, cJSON_CreateString(path));
	}
	cJSON_AddStringToObject(driver, "Name", store_driver_name(engine->store));
	root = cJSON_AddObjectToObject(to, "RootFS");
	cJSON_AddStringToObject(root, "Type", "layers");
	cJSON_AddItemToObject(root, "Layers", list_of(&image->diff_ids));
}

/* A layer has two names: its tree's (DiffID), and that of the compressed content it came as and
 * would be pushed as (Digest), while that is kept. */
static cJSON *describe_layer(sqlite3 *db, const struct image *image, const char *diff_id)
{
	cJSON *object = cJSON_CreateObject();
	auto_stmt *row = NULL;
	bool found = false, kept;

	cJSON_AddStringToObject(object, "DiffID", diff_id);
	if (db_ask(db, &row, NULL,
		    "SELECT size, blob, compressed FROM image_layers JOIN layers ON layers.id = layer"
		    " WHERE image = ? AND diff_id = ? LIMIT 1",
		    "tt", image->id, diff_id) == 0)
		db_step(row, &found, NULL);
	kept = found && *db_text(row, 1);
	cJSON_AddBoolToObject(object, "Kept", kept);
	cJSON_AddStringToObject(object, "Digest", kept ? db_text(row, 1) : "");
	cJSON_AddNumberToObject(object, "Size", found ? (double)sqlite3_column_int64(row, 0) : 0);
	cJSON_AddNumberToObject(
		object, "ContentSize", kept ? (double)sqlite3_column_int64(row, 2) : 0);
	return object;
}

static void add_content(cJSON *to, struct engine *engine, const struct image *image)
{
	cJSON *content = cJSON_AddObjectToObject(to, "Content"), *layers;
	sqlite3 *db;

	cJSON_AddStringToObject(content, "Manifest", image->manifest);
	cJSON_AddNumberToObject(content, "Size", (double)image->content_size);
	layers = cJSON_AddArrayToObject(content, "Layers");
	uv_mutex_lock(&engine->store_lock);
	if (store_db(engine->store, &db, NULL) == 0)
		for (size_t i = 0; i < image->diff_ids.len; i++)
			cJSON_AddItemToArray(
				layers, describe_layer(db, image, image->diff_ids.v[i]));
	uv_mutex_unlock(&engine->store_lock);
}

static cJSON *describe(struct engine *engine, const struct image *image)
{
	cJSON *object = cJSON_CreateObject();
	const cJSON *raw = image->config.raw;

	cJSON_AddStringToObject(object, "Id", image->id);
	cJSON_AddItemToObject(object, "RepoTags", list_of(&image->tags));
	cJSON_AddItemToObject(object, "RepoDigests", list_of(&image->digests));
	cJSON_AddStringToObject(object, "Parent", "");
	cJSON_AddStringToObject(object, "Comment", json_str_or(raw, "comment", ""));
	if (json_str(raw, "created"))
		cJSON_AddStringToObject(object, "Created", json_str(raw, "created"));
	else
		add_time(object, "Created", image->created);
	cJSON_AddStringToObject(object, "Author", json_str_or(raw, "author", ""));
	add_raw(object, "Config", raw, "config");
	cJSON_AddStringToObject(object, "Architecture", image->architecture);
	if (image->variant[0])
		cJSON_AddStringToObject(object, "Variant", image->variant);
	cJSON_AddStringToObject(object, "Os", image->os);
	cJSON_AddNumberToObject(object, "Size", (double)image->size);
	add_root_fs(object, engine, image);
	add_content(object, engine, image);
	add_time(cJSON_AddObjectToObject(object, "Metadata"), "LastTagTime", image->added);
	return object;
}

int engine_image_inspect(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err)
{
	auto_of(image) struct image *image = NULL;
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = image_find(engine->store, who, &image, err);
	uv_mutex_unlock(&engine->store_lock);
	if (!failed)
		*out = describe(engine, image);
	return failed;
}
