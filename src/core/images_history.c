/* images_history.c - how an image came to be, step by step, with what each step weighs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/engine_own.h"
#include "core/image.h"
#include "core/store_db.h"
#include "util/json.h"
#include "util/own.h"

/* The size of the layer with this diff id; an image may have it more than once. */
static double size_of(struct db *db, const struct image *image, const char *diff_id)
{
	auto_stmt *row = NULL;
	bool found = false;

	if (!diff_id || db_ask(db, &row, NULL,
				"SELECT size FROM image_layers JOIN layers ON layers.id = layer"
				" WHERE image = ? AND diff_id = ? LIMIT 1",
				"tt", image->id, diff_id) < 0)
		return 0;
	db_step(row, &found, NULL);
	return found ? (double)db_int(row, 0) : 0;
}

static cJSON *describe(
	struct db *db, const struct image *image, const cJSON *step, const char *diff_id)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "Id", "<missing>");
	cJSON_AddStringToObject(object, "Created", json_str_or(step, "created", ""));
	cJSON_AddStringToObject(object, "CreatedBy", json_str_or(step, "created_by", ""));
	cJSON_AddItemToObject(object, "Tags", cJSON_CreateNull());
	cJSON_AddNumberToObject(object, "Size", size_of(db, image, diff_id));
	cJSON_AddStringToObject(object, "Comment", json_str_or(step, "comment", ""));
	return object;
}

/* An image need not say how it was made: then its layers are all there is to show. */
static void describe_layers(struct db *db, const struct image *image, cJSON *out)
{
	for (size_t i = 0; i < image->diff_ids.len; i++)
		cJSON_InsertItemInArray(out, 0, describe(db, image, NULL, image->diff_ids.v[i]));
}

static void describe_steps(struct db *db, const struct image *image, const cJSON *steps, cJSON *out)
{
	const cJSON *step;
	size_t layer = 0;

	cJSON_ArrayForEach(step, steps) {
		const char *diff_id = NULL;

		if (!json_is_true(step, "empty_layer") && layer < image->diff_ids.len)
			diff_id = image->diff_ids.v[layer++];
		cJSON_InsertItemInArray(out, 0, describe(db, image, step, diff_id));
	}
}

/* The newest step is the image itself. */
static void name_top(const struct image *image, cJSON *out)
{
	cJSON *top = cJSON_GetArrayItem(out, 0);

	if (!top)
		return;
	cJSON_ReplaceItemInObject(top, "Id", cJSON_CreateString(image->id));
	if (image->tags.len)
		cJSON_ReplaceItemInObject(top, "Tags",
			cJSON_CreateStringArray(
				(const char *const *)image->tags.v, (int)image->tags.len));
}

int engine_image_history(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err)
{
	auto_of(image) struct image *image = NULL;
	const cJSON *steps;
	struct db *db;
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = image_find(engine->store, who, &image, err);
	if (!failed)
		failed = store_db(engine->store, &db, err);
	if (!failed) {
		*out = cJSON_CreateArray();
		steps = json_array(image->config.raw, "history");
		if (cJSON_GetArraySize(steps))
			describe_steps(db, image, steps, *out);
		else
			describe_layers(db, image, *out);
		name_top(image, *out);
	}
	uv_mutex_unlock(&engine->store_lock);
	return failed;
}
