/* images_usage.c - what the store weighs, and what of it nobody uses. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/images_own.h"
#include "core/store_db.h"
#include "core/usage.h"

/* A layer on the disk: its tree, and the blob it came as where that is kept. */
#define WEIGHT "size + iif(blob IS NULL, 0, compressed)"

static int64_t ask_number(sqlite3 *db, const char *sql, const char *id)
{
	auto_stmt *row = NULL;
	bool found = false;

	if (db_ask(db, &row, NULL, sql, id ? "t" : "", id) == 0)
		db_step(row, &found, NULL);
	return found ? sqlite3_column_int64(row, 0) : 0;
}

/* Of what other images have too. */
static int64_t shared_size(sqlite3 *db, const char *id)
{
	return ask_number(db,
		"SELECT total(size) FROM layers WHERE id IN (SELECT layer FROM image_layers WHERE"
		" image = ?1) AND id IN (SELECT layer FROM image_layers WHERE image <> ?1)",
		id);
}

static unsigned count_users(struct engine *engine, const char *id)
{
	unsigned last = roster_last(engine->roster), users = 0;

	for (unsigned i = 1; i <= last; i++) {
		struct row row;

		users += roster_read(engine->roster, i, &row) == 0 &&
			 strncmp(row.image_id, digest_hex(id), 64) == 0;
	}
	return users;
}

/* ---- images ---- */

struct weighing {
	struct engine *engine;
	sqlite3 *db;
	cJSON *images;
	struct strs active; /* ids */
};

static int add_image(const struct image *image, void *arg)
{
	struct weighing *weighing = arg;
	cJSON *object = cJSON_CreateObject();
	unsigned users = count_users(weighing->engine, image->id);

	cJSON_AddStringToObject(object, "Id", image->id);
	cJSON_AddItemToObject(object, "RepoTags",
		cJSON_CreateStringArray((const char *const *)image->tags.v, (int)image->tags.len));
	cJSON_AddNumberToObject(object, "Created", (double)image->created);
	cJSON_AddNumberToObject(object, "Size", (double)image->size);
	cJSON_AddNumberToObject(object, "ContentSize", (double)image->content_size);
	cJSON_AddNumberToObject(object, "Containers", users);
	cJSON_AddItemToArray(weighing->images, object);
	if (users)
		strs_add(&weighing->active, image->id);
	return 0;
}

/* What the containers' images need, each layer once. */
static int64_t active_size(struct weighing *weighing)
{
	auto_strs seen = STRS_INIT;
	int64_t bytes = 0;

	for (size_t i = 0; i < weighing->active.len; i++) {
		auto_stmt *row = NULL;
		bool more;

		if (db_ask(weighing->db, &row, NULL,
			    "SELECT DISTINCT layers.id, " WEIGHT " FROM image_layers JOIN layers ON"
			    " layers.id = layer WHERE image = ?",
			    "t", weighing->active.v[i]) < 0)
			continue;
		while (db_step(row, &more, NULL) == 0 && more) {
			bool known = false;

			for (size_t k = 0; k < seen.len && !known; k++)
				known = str_eq(seen.v[k], db_text(row, 0));
			if (known)
				continue;
			strs_add(&seen, db_text(row, 0));
			bytes += sqlite3_column_int64(row, 1);
		}
	}
	return bytes;
}

static int add_images(struct engine *engine, cJSON *out, struct err *err)
{
	struct weighing weighing = {
		.engine = engine, .images = cJSON_AddArrayToObject(out, "Images")};
	cJSON *image;
	int failed = store_db(engine->store, &weighing.db, err);

	if (!failed)
		failed = image_each(engine->store, add_image, &weighing, err);
	if (!failed) {
		cJSON_ArrayForEach(image, weighing.images)
			cJSON_AddNumberToObject(image, "SharedSize",
				(double)shared_size(weighing.db,
					cJSON_GetStringValue(cJSON_GetObjectItem(image, "Id"))));
		cJSON_AddNumberToObject(out, "LayersSize",
			(double)ask_number(
				weighing.db, "SELECT total(" WEIGHT ") FROM layers", NULL));
		cJSON_AddNumberToObject(out, "LayersActive", (double)active_size(&weighing));
	}
	strs_fini(&weighing.active);
	return failed;
}

/* ---- containers, volumes ---- */

static void add_containers(struct engine *engine, cJSON *out)
{
	cJSON *containers = cJSON_AddArrayToObject(out, "Containers");
	unsigned last = roster_last(engine->roster);

	for (unsigned i = 1; i <= last; i++) {
		struct row row;
		cJSON *object;

		if (roster_read(engine->roster, i, &row) < 0 || row.use != ROW_USED)
			continue;
		object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "Id", row.id);
		cJSON_AddNumberToObject(object, "SizeRw", (double)prune_weigh(engine, row.id));
		cJSON_AddItemToArray(containers, object);
	}
}

static int add_volumes(struct engine *engine, cJSON *out, struct err *err)
{
	cJSON *volumes = cJSON_AddArrayToObject(out, "Volumes");
	struct volume_entry *entries = NULL;
	size_t count = 0;
	int failed = engine_volumes(engine, &entries, &count, err);

	for (size_t i = 0; i < count; i++) {
		cJSON *object = cJSON_CreateObject();

		cJSON_AddStringToObject(object, "Name", entries[i].name);
		cJSON_AddNumberToObject(object, "Links", entries[i].containers);
		cJSON_AddNumberToObject(
			object, "Size", (double)engine_volume_size(engine, entries[i].name));
		cJSON_AddItemToArray(volumes, object);
	}
	engine_volumes_free(entries, count);
	return failed;
}

int engine_usage_here(struct engine *engine, struct cJSON **out, struct err *err)
{
	cJSON *usage = cJSON_CreateObject();
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = usage ? add_images(engine, usage, err) : err_set(err, ENOMEM, "out of memory");
	uv_mutex_unlock(&engine->store_lock);
	if (failed) {
		cJSON_Delete(usage);
		return failed;
	}
	add_containers(engine, usage);
	failed = add_volumes(engine, usage, err);
	if (failed) {
		cJSON_Delete(usage);
		return failed;
	}
	cJSON_AddStringToObject(usage, "Driver", store_driver_name(engine->store));
	cJSON_AddStringToObject(usage, "Path", store_root(engine->store));
	*out = usage;
	return 0;
}
