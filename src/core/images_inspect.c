/* images_inspect.c - docker's inspect object of an image, and what it does not tell. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/image_layers.h"
#include "core/images_own.h"
#include "util/json.h"

static void add_time(cJSON *to, const char *key, int64_t seconds)
{
	time_t when = (time_t)seconds;
	char text[40] = "0001-01-01T00:00:00Z";
	struct tm tm;

	if (seconds && gmtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	cJSON_AddStringToObject(to, key, text);
}

/* cJSON makes no array of nothing. */
static cJSON *list_of(const struct strs *list)
{
	return list->len ? cJSON_CreateStringArray((const char *const *)list->v, (int)list->len)
			 : cJSON_CreateArray();
}

/* What the config says as it is; absent keys stay absent, as docker shows them. */
static void add_raw(cJSON *to, const char *to_key, const cJSON *raw, const char *key)
{
	const cJSON *item = json_get(raw, key);

	if (item)
		cJSON_AddItemToObject(to, to_key, cJSON_Duplicate(item, true));
}

static void add_directory(
	struct buf *to, const struct engine *engine, const struct image *image, size_t layer)
{
	char path[48];

	image_layer_path(image->layers.v[layer], path);
	buf_addf(to, "%s%s/%s", to->len ? ":" : "", store_root(engine->store), path);
}

/* docker's words: the topmost layer is the upper directory of an image, the others are its lower
 * ones, from the top. What docker would mount them on is there only in a container here. */
static void add_driver(cJSON *to, const struct engine *engine, const struct image *image)
{
	cJSON *driver = cJSON_AddObjectToObject(to, "GraphDriver"), *data, *layers;
	auto_buf upper = BUF_INIT, lower = BUF_INIT;
	size_t n = image->layers.len;
	char path[48];

	data = cJSON_AddObjectToObject(driver, "Data");
	layers = cJSON_AddArrayToObject(data, "Layers");
	for (size_t i = 0; i < n; i++) {
		image_layer_path(image->layers.v[i], path);
		cJSON_AddItemToArray(layers, cJSON_CreateString(path));
		add_directory(i ? &lower : &upper, engine, image, n - 1 - i);
	}
	if (lower.len)
		cJSON_AddStringToObject(data, "LowerDir", buf_text(&lower));
	if (upper.len)
		cJSON_AddStringToObject(data, "UpperDir", buf_text(&upper));
	cJSON_AddStringToObject(driver, "Name", store_driver_name(engine->store));
}

static void add_root_fs(cJSON *to, const struct image *image)
{
	cJSON *root = cJSON_AddObjectToObject(to, "RootFS");

	cJSON_AddStringToObject(root, "Type", "layers");
	cJSON_AddItemToObject(root, "Layers", list_of(&image->diff_ids));
}

/* A layer has two names: its tree's (DiffID), and that of the compressed content it came as and
 * would be pushed as (Digest). Kept: that content is here. */
static cJSON *describe_layer(const struct image_layer *layer)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "DiffID", layer->diff_id);
	cJSON_AddBoolToObject(object, "Kept", layer->kept);
	cJSON_AddStringToObject(object, "Digest", layer->digest);
	cJSON_AddStringToObject(object, "MediaType", layer->media_type);
	cJSON_AddNumberToObject(object, "Size", (double)layer->size);
	cJSON_AddNumberToObject(object, "ContentSize", (double)layer->content_size);
	return object;
}

/* What is known of the image as registries have it. */
static void add_content(cJSON *to, struct engine *engine, const struct image *image)
{
	cJSON *content = cJSON_AddObjectToObject(to, "Content"), *list, *descriptor;
	auto_free struct image_layer *layers = NULL;
	char media_type[100];
	struct err ignored;
	uint64_t size;
	size_t count = 0;
	bool described;

	cJSON_AddStringToObject(content, "Manifest", image->manifest);
	cJSON_AddNumberToObject(content, "Size", (double)image->content_size);
	list = cJSON_AddArrayToObject(content, "Layers");
	uv_mutex_lock(&engine->store_lock);
	if (image_layers(engine->store, image, &layers, &count, &ignored) < 0)
		count = 0;
	described = image_descriptor(engine->store, image, media_type, &size);
	uv_mutex_unlock(&engine->store_lock);
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(list, describe_layer(&layers[i]));
	if (!described)
		return;
	descriptor = cJSON_AddObjectToObject(to, "Descriptor");
	cJSON_AddStringToObject(descriptor, "mediaType", media_type);
	cJSON_AddStringToObject(descriptor, "digest", image->manifest);
	cJSON_AddNumberToObject(descriptor, "size", (double)size);
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
	add_driver(object, engine, image);
	add_root_fs(object, image);
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
