#include "core/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image_hint.h"
#include "core/image_ops.h"
#include "core/image_private.h"
#include "core/module.h"
#include "core/reference.h"
#include "core/store_db.h"
#include "util/json.h"

/* One row tells all: a launch makes one query. ?1 is this boot's id. */
#define SELECT_IMAGE                                                                               \
	"SELECT " IMAGE_FACTS ", layers, config,"                                                  \
	" (SELECT group_concat(name || ':' || tag, char(10)) FROM tags WHERE image = images.id),"  \
	" (SELECT group_concat(name || '@' || digest, char(10)) FROM digests"                      \
	"  WHERE image = images.id),"                                                              \
	" EXISTS (SELECT 1 FROM image_layers JOIN layers ON layers.id = layer"                     \
	"  WHERE image = images.id AND synced = 0 AND boot <> ?1)"                                 \
	" FROM images "

enum column { LAYERS = IMAGE_FACTS_COUNT, CONFIG, TAGS, DIGESTS, UNSETTLED };

struct record {
	struct image image; /* first: image_free gets the record back from it */
	cJSON *json;
};

static void config_fini(struct image_config *config)
{
	strs_fini(&config->env);
	strs_fini(&config->entrypoint);
	strs_fini(&config->cmd);
	strs_fini(&config->shell);
	strs_fini(&config->exposed_ports);
	strs_fini(&config->volumes);
	strs_fini(&config->labels);
	free(config->user);
	free(config->working_dir);
	free(config->stop_signal);
}

void image_free(struct image *image)
{
	struct record *record = container_of(image, struct record, image);

	if (!image)
		return;
	strs_fini(&image->tags);
	strs_fini(&image->digests);
	strs_fini(&image->layers);
	strs_fini(&image->diff_ids);
	config_fini(&image->config);
	cJSON_Delete(record->json);
	free(record);
}

static void split_lines(const char *text, struct strs *out, bool familiar)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char line[REFERENCE_NAME_MAX + REFERENCE_DIGEST_MAX + 2];

		if (len < sizeof(line)) {
			memcpy(line, text, len);
			line[len] = '\0';
			strs_add(out, familiar ? reference_familiar_name(line) : line);
		}
		text += len + (text[len] == '\n');
	}
}

/* As snprintf("%s") would; a list of a thousand images does this ten thousand times. */
static void copy_text(char *to, size_t room, const char *from)
{
	size_t len = strnlen(from, room - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

void image_read_facts(struct image *image, struct stmt *row)
{
	enum {
		ID,
		MANIFEST,
		CREATED,
		ADDED,
		SIZE,
		CONTENT_SIZE,
		OS,
		ARCHITECTURE,
		VARIANT,
		ROOT_MODE,
		ROOT_UID,
		ROOT_GID
	};

	copy_text(image->id, sizeof(image->id), db_text(row, ID));
	copy_text(image->manifest, sizeof(image->manifest), db_text(row, MANIFEST));
	copy_text(image->os, sizeof(image->os), db_text(row, OS));
	copy_text(image->architecture, sizeof(image->architecture), db_text(row, ARCHITECTURE));
	copy_text(image->variant, sizeof(image->variant), db_text(row, VARIANT));
	image->created = db_int(row, CREATED);
	image->added = db_int(row, ADDED);
	image->size = (uint64_t)db_int(row, SIZE);
	image->content_size = (uint64_t)db_int(row, CONTENT_SIZE);
	image->root_mode = (mode_t)db_int(row, ROOT_MODE);
	image->root_uid = (uid_t)db_int(row, ROOT_UID);
	image->root_gid = (gid_t)db_int(row, ROOT_GID);
}

static void read_row(struct stmt *row, struct image *image)
{
	image_read_facts(image, row);
	image->settled = !db_int(row, UNSETTLED);
	split_lines(db_text(row, LAYERS), &image->layers, false);
	split_lines(db_text(row, TAGS), &image->tags, true);
	split_lines(db_text(row, DIGESTS), &image->digests, true);
}

static void keys_of(const cJSON *object, struct strs *out)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
		strs_add(out, item->string);
}

static void labels_of(const cJSON *object, struct strs *out)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
		if (cJSON_IsString(item))
			strs_addf(out, "%s=%s", item->string, item->valuestring);
}

int image_read_config(struct image *image, cJSON *json, const cJSON *raw, struct err *err)
{
	struct record *record = container_of(image, struct record, image);
	struct image_config *config = &image->config;
	const cJSON *run = json_object(raw, "config");
	int failed;

	record->json = json;
	failed = json_strs(json_array(run, "Env"), &config->env) |
		 json_strs(json_array(run, "Entrypoint"), &config->entrypoint) |
		 json_strs(json_array(run, "Cmd"), &config->cmd) |
		 json_strs(json_array(run, "Shell"), &config->shell) |
		 json_strs(json_array(json_object(raw, "rootfs"), "diff_ids"), &image->diff_ids);
	keys_of(json_object(run, "ExposedPorts"), &config->exposed_ports);
	keys_of(json_object(run, "Volumes"), &config->volumes);
	labels_of(json_object(run, "Labels"), &config->labels);
	config->user = strdup(json_str_or(run, "User", ""));
	config->working_dir = strdup(json_str_or(run, "WorkingDir", ""));
	config->stop_signal = strdup(json_str_or(run, "StopSignal", ""));
	config->healthcheck = json_object(run, "Healthcheck");
	config->raw = raw;
	if (failed)
		return err_set(
			err, EINVAL, "image %.19s: its config is not an image config", image->id);
	if (!config->user || !config->working_dir || !config->stop_signal)
		return err_set(err, ENOMEM, "image %.19s: out of memory", image->id);
	return 0;
}

struct image *image_new(void)
{
	struct record *record = calloc(1, sizeof(*record));

	return record ? &record->image : NULL;
}

int image_get(struct store *store, const char *id, struct image **out, struct err *err)
{
	auto_stmt *row = NULL;
	auto_of(image) struct image *image = NULL;
	struct db *db;
	cJSON *json;
	bool found;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err, SELECT_IMAGE "WHERE id = ?2", "tt", store_boot_id(store),
			id) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found)
		return err_set(err, ENOENT, "No such image: %s", id);
	image = image_new();
	if (!image)
		return err_set(err, ENOMEM, "image %.19s: out of memory", id);
	read_row(row, image);
	if (json_parse(db_blob(row, CONFIG), db_blob_size(row, CONFIG), &json, err) < 0)
		return err_in(err, "image %.19s: config", id);
	if (image_read_config(image, json, json, err) < 0)
		return err->code;
	*out = take(image);
	return 0;
}

int image_find(struct store *store, const char *text, struct image **out, struct err *err)
{
	struct image_mark mark;
	char id[DIGEST_SIZE];

	image_mark(store, &mark);
	if (image_recall(store, &mark, text, out))
		return 0;
	if (image_resolve(store, text, id, err) < 0 || image_get(store, id, out, err) < 0)
		return err->code;
	image_remember(store, &mark, text, *out);
	return 0;
}

static bool comes_again(const struct strs *layers, size_t at)
{
	for (size_t i = at + 1; i < layers->len; i++)
		if (str_eq(layers->v[i], layers->v[at]))
			return true;
	return false;
}

void image_mounted_layers(const struct strs *layers, struct strs *out)
{
	for (size_t i = 0; i < layers->len; i++)
		if (!comes_again(layers, i))
			strs_add(out, layers->v[i]);
}

void image_layer_path(const char *layer_id, char path[48])
{
	snprintf(path, 48, "layers/%.*s/diff", LAYER_ID_LEN, layer_id);
}

int image_settle(struct store *store, struct image *image, struct err *err)
{
	const struct image_ops *ops;

	if (image->settled)
		return 0;
	if (module_image(&ops, err) < 0 || ops->settle(store, image, err) < 0)
		return err_in(err, "image %.19s", image->id);
	image->settled = true;
	return 0;
}
