#include "core/image_layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/store_db.h"
#include "util/json.h"
#include "util/path.h"

/* ---- what this store has ---- */

struct held {
	char id[LAYER_ID_SIZE], diff_id[DIGEST_SIZE], blob[DIGEST_SIZE];
	uint64_t size, compressed, entries;
	bool taken;
};

static int read_held(struct store *store, const struct image *image, struct held *held, size_t room,
	size_t *n, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool more;

	*n = 0;
	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT layers.id, diff_id, blob, size, compressed, entries FROM"
			" image_layers JOIN layers ON layers.id = layer WHERE image = ?"
			" ORDER BY position",
			"t", image->id) < 0)
		return err->code;
	while (db_step(row, &more, err) == 0) {
		struct held *one = &held[*n];

		if (!more || *n == room)
			return 0;
		snprintf(one->id, sizeof(one->id), "%s", db_text(row, 0));
		snprintf(one->diff_id, sizeof(one->diff_id), "%s", db_text(row, 1));
		snprintf(one->blob, sizeof(one->blob), "%s", db_text(row, 2));
		one->size = (uint64_t)db_int(row, 3);
		one->compressed = (uint64_t)db_int(row, 4);
		one->entries = (uint64_t)db_int(row, 5);
		++*n;
	}
	return err->code;
}

/* A layer that comes twice is held once, in its upper place; one with fix-ups for its place is held
 * for each. So the topmost that is free is this one's, and when none is free, any. */
static struct held *find_held(struct held *held, size_t n, const char *diff_id)
{
	struct held *any = NULL;

	while (n--) {
		if (!str_eq(held[n].diff_id, diff_id))
			continue;
		if (!held[n].taken) {
			held[n].taken = true;
			return &held[n];
		}
		any = &held[n];
	}
	return any;
}

static void fill_held(struct image_layer *layer, const struct held *held)
{
	snprintf(layer->id, sizeof(layer->id), "%s", held->id);
	snprintf(layer->digest, sizeof(layer->digest), "%s", held->blob);
	layer->kept = held->blob[0];
	layer->size = held->size;
	layer->content_size = held->blob[0] ? held->compressed : 0;
	layer->entries = held->entries;
}

/* ---- what the manifest says ---- */

static cJSON *read_manifest(struct store *store, const struct image *image)
{
	auto_buf text = BUF_INIT;
	cJSON *json = NULL;

	if (image->manifest[0] && path_read_at(store_dir(store, STORE_BLOBS),
					  digest_hex(image->manifest), JSON_MAX, &text) == 0)
		json_parse(text.data, text.len, &json, NULL);
	return json;
}

/* The blob of this very image: another image may have brought the same tree in another one, and
 * only that may be here. */
static void fill_described(struct store *store, struct image_layer *layer, const cJSON *descriptor)
{
	const char *digest = json_str(descriptor, "digest");
	struct stat st;

	if (!digest || !digest_is_sha256(digest))
		return;
	snprintf(layer->digest, sizeof(layer->digest), "%s", digest);
	snprintf(layer->media_type, sizeof(layer->media_type), "%s",
		json_str_or(descriptor, "mediaType", ""));
	json_size(descriptor, "size", &layer->content_size);
	layer->kept = fstatat(store_dir(store, STORE_BLOBS), digest_hex(digest), &st,
			      AT_SYMLINK_NOFOLLOW) == 0;
}

static void fill_all(struct store *store, const struct image *image, struct held *held, size_t n,
	struct image_layer *layers)
{
	size_t count = image->diff_ids.len;
	auto_json *manifest = read_manifest(store, image);
	const cJSON *described = json_array(manifest, "layers");

	for (size_t i = count; i--;) {
		struct held *found = find_held(held, n, image->diff_ids.v[i]);

		snprintf(layers[i].diff_id, sizeof(layers[i].diff_id), "%s", image->diff_ids.v[i]);
		if (found)
			fill_held(&layers[i], found);
	}
	if ((size_t)cJSON_GetArraySize(described) == count)
		for (size_t i = 0; i < count; i++)
			fill_described(store, &layers[i], cJSON_GetArrayItem(described, (int)i));
}

int image_layers(struct store *store, const struct image *image, struct image_layer **out,
	size_t *count, struct err *err)
{
	size_t n = 0, room = image->layers.len + 1;
	auto_free struct held *held = calloc(room, sizeof(*held));
	struct image_layer *layers = calloc(image->diff_ids.len + 1, sizeof(*layers));
	int failed = held && layers ? read_held(store, image, held, room, &n, err)
				    : err_set(err, ENOMEM, "layers: out of memory");

	if (failed) {
		free(layers);
		return failed;
	}
	fill_all(store, image, held, n, layers);
	*out = layers;
	*count = image->diff_ids.len;
	return 0;
}

bool image_descriptor(
	struct store *store, const struct image *image, char media_type[100], uint64_t *size)
{
	auto_json *manifest = read_manifest(store, image);
	struct stat st;

	if (!manifest || fstatat(store_dir(store, STORE_BLOBS), digest_hex(image->manifest), &st,
				 AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*size = (uint64_t)st.st_size;
	snprintf(media_type, 100, "%s",
		json_str_or(manifest, "mediaType", "application/vnd.oci.image.manifest.v1+json"));
	return true;
}
