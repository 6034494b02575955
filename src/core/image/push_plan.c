/* push_plan.c - what an image's layers are here, and what is known of them there. */
#include <errno.h>
#include <stdio.h>

#include "core/image/blob.h"
#include "core/image/pressed.h"
#include "core/image/push_private.h"
#include "core/image/save_private.h"
#include "core/image/sha.h"
#include "core/image_private.h"
#include "core/store_db.h"
#include "util/json.h"

void push_image_fini(struct push_image *image)
{
	for (size_t i = 0; image->layers && i < image->n_layers; i++) {
		own_closep(&image->layers[i].fd);
		rebuild_free(image->layers[i].rebuild);
		layer_free(image->layers[i].held);
		stage_free(image->layers[i].stage);
	}
	free(image->layers);
	buf_fini(&image->config);
	buf_fini(&image->manifest);
	image_free(image->image);
}

static int read_documents(struct store *store, struct push_image *image, struct err *err)
{
	auto_stmt *row = NULL;
	char digest[DIGEST_SIZE];
	struct err ignored;
	struct db *db;
	bool found;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err, "SELECT config FROM images WHERE id = ?", "t",
			image->image->id) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (found)
		buf_add(&image->config, db_blob(row, 0), db_blob_size(row, 0));
	sha_of(buf_text(&image->config), image->config.len, digest);
	if (!str_eq(digest, image->image->id))
		return err_set(
			err, EBADMSG, "image %.19s: its config is damaged", image->image->id);
	if (image->image->manifest[0] &&
		blob_read(store, image->image->manifest, &image->manifest, &ignored) < 0)
		buf_clear(&image->manifest);
	return 0;
}

/* The manifest it came with, when that fits its config; else NULL. The caller frees. */
static struct manifest *came_with(const struct push_image *image, size_t n_layers)
{
	struct manifest *manifest = NULL;
	struct err ignored;

	if (!image->manifest.len || manifest_parse(image->manifest.data, image->manifest.len, NULL,
					    &manifest, &ignored) < 0)
		return NULL;
	if (manifest->kind == MANIFEST_IMAGE && manifest->n_layers == n_layers &&
		str_eq(manifest->config.digest, image->image->id))
		return manifest;
	manifest_free(manifest);
	return NULL;
}

/* ---- one layer ---- */

static bool is_foreign(const struct descriptor *descriptor)
{
	return strstr(descriptor->media, ".foreign.") ||
	       strstr(descriptor->media, ".nondistributable.");
}

static bool is_compressed(int fd)
{
	unsigned char magic[4] = {0};

	if (pread(fd, magic, sizeof(magic), 0) != sizeof(magic))
		return false;
	/* zstd's frames, and those it skips, with which seekable archives begin (RFC 8878). */
	return (magic[0] == 0x1f && magic[1] == 0x8b) ||
	       memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0 ||
	       (memcmp(magic + 1, "\x2a\x4d\x18", 3) == 0 && magic[0] >> 4 == 5);
}

/* Any blob of that content the store keeps. fd -1: none. */
static int find_kept(struct store *store, const char *diff_id, int *fd, uint64_t *size,
	char digest[DIGEST_SIZE], struct err *err)
{
	auto_stmt *row = NULL;
	struct err ignored;
	struct db *db;
	bool more;

	*fd = -1;
	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT DISTINCT blob FROM layers WHERE diff_id = ? AND blob IS NOT NULL",
			"t", diff_id) < 0)
		return err->code;
	for (;;) {
		if (db_step(row, &more, err) < 0)
			return err->code;
		if (!more)
			return 0;
		snprintf(digest, DIGEST_SIZE, "%s", db_text(row, 0));
		*fd = blob_open(store, digest, size, &ignored);
		if (*fd >= 0)
			return 0;
		*fd = -1;
	}
}

static void take_blob(struct push_layer *layer, const char *digest, int fd, uint64_t size)
{
	layer->source = PUSH_BLOB;
	layer->fd = fd;
	layer->size = size;
	memmove(layer->digest, digest, strlen(digest) + 1);
}

/* As the manifest names it. */
static bool plan_as_it_came(
	struct store *store, const struct descriptor *came, struct push_layer *layer)
{
	uint64_t size;
	struct err ignored;
	int fd;

	snprintf(layer->media, sizeof(layer->media), "%s", came->media);
	snprintf(layer->digest, sizeof(layer->digest), "%s", came->digest);
	layer->size = came->size;
	if (is_foreign(came)) {
		layer->source = PUSH_FOREIGN;
		return true;
	}
	fd = blob_open(store, came->digest, &size, &ignored);
	if (fd >= 0) {
		take_blob(layer, came->digest, fd, size);
		return true;
	}
	for (size_t i = 0; i < layer->n_places; i++) {
		if (!str_eq(layer->places[i].digest, came->digest))
			continue;
		layer->source = PUSH_KNOWN;
		return true;
	}
	layer->media[0] = '\0';
	return false;
}

/* Nothing but the directory is left of it: its tar is made again from that. */
static int plan_rebuild(struct store *store, struct push_layer *layer, struct err *err)
{
	int failed = layer_find(store, layer->diff_id, &layer->held, err);

	if (!failed)
		failed = rebuild_new(layer->held, &layer->rebuild, &layer->size, err);
	return failed ? err_in(err, "layer %.19s", layer->diff_id) : 0;
}

/* The best there is without, or against, a manifest. */
static int plan_anew(
	struct store *store, enum press_codec codec, struct push_layer *layer, struct err *err)
{
	char digest[DIGEST_SIZE];
	struct err ignored;
	uint64_t size = 0;
	int fd;

	if (find_kept(store, layer->diff_id, &fd, &size, digest, err) < 0)
		return err->code;
	if (fd >= 0 && is_compressed(fd)) {
		take_blob(layer, digest, fd, size);
		return 0;
	}
	layer->source = PUSH_PRESS;
	layer->fd = fd;
	layer->size = size;
	if (pressed_find(store, layer->diff_id, codec, digest, &ignored) == 0) {
		fd = blob_open(store, digest, &size, &ignored);
		if (fd >= 0) {
			own_closep(&layer->fd);
			take_blob(layer, digest, fd, size);
			return 0;
		}
	}
	if (layer->fd >= 0)
		return 0;
	if (!layer->n_places)
		return plan_rebuild(store, layer, err);
	layer->source = PUSH_KNOWN;
	memcpy(layer->digest, layer->places[0].digest, DIGEST_SIZE);
	layer->size = layer->places[0].size;
	return 0;
}

int push_plan_again(
	struct store *store, enum press_codec codec, struct push_layer *layer, struct err *err)
{
	layer->n_places = 0;
	layer->media[0] = '\0';
	return plan_anew(store, codec, layer, err);
}

static int plan_layer(struct store *store, const char *domain, enum press_codec codec,
	const struct descriptor *came, struct push_layer *layer, struct err *err)
{
	if (places_find(store, domain, layer->diff_id, layer->places, &layer->n_places, err) < 0)
		return err->code;
	if (came && plan_as_it_came(store, came, layer))
		return 0;
	return plan_anew(store, codec, layer, err);
}

static bool plan_same(struct push_image *image, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (!str_eq(image->layers[i].diff_id, image->layers[j].diff_id))
			continue;
		image->layers[i].source = PUSH_SAME;
		image->layers[i].same_as = j;
		return true;
	}
	return false;
}

/* The config's own list: the image's has a layer that comes twice only once. */
static int plan_layers(struct store *store, const char *domain, enum press_codec codec,
	struct push_image *image, struct err *err)
{
	auto_of(manifest) struct manifest *came = NULL;
	struct config_facts facts;
	int failed = config_facts(image->config.data, image->config.len, &facts, err);

	if (failed)
		return failed;
	came = came_with(image, facts.n_diff_ids);
	image->layers = calloc(facts.n_diff_ids + 1, sizeof(*image->layers));
	if (!image->layers)
		failed = err_set(err, ENOMEM, "push: out of memory");
	else
		image->n_layers = facts.n_diff_ids;
	for (size_t i = 0; i < image->n_layers; i++)
		image->layers[i].fd = -1;
	for (size_t i = 0; i < image->n_layers && !failed; i++) {
		memcpy(image->layers[i].diff_id, facts.diff_ids[i], DIGEST_SIZE);
		if (!plan_same(image, i))
			failed = plan_layer(store, domain, codec, came ? &came->layers[i] : NULL,
				&image->layers[i], err);
	}
	free(facts.diff_ids);
	return failed;
}

int push_plan(struct store *store, const char *reference, const char *domain,
	enum press_codec codec, struct push_image *out, struct err *err)
{
	/* Nothing that is being looked at goes meanwhile; afterwards its files are held open. */
	auto_close int lock = store_lock(store, false, err);

	if (lock < 0 || image_find(store, reference, &out->image, err) < 0 ||
		read_documents(store, out, err) < 0)
		return err->code;
	return plan_layers(store, domain, codec, out, err);
}

int push_plan_config(struct store *store, struct buf *config, const char *domain,
	enum press_codec codec, struct push_image *out, struct err *err)
{
	auto_close int lock = store_lock(store, false, err);

	out->config = *config;
	*config = (struct buf)BUF_INIT;
	out->image = image_new();
	if (lock < 0)
		return err->code;
	if (!out->image)
		return err_set(err, ENOMEM, "push: out of memory");
	sha_of(buf_text(&out->config), out->config.len, out->image->id);
	return plan_layers(store, domain, codec, out, err);
}

/* ---- the manifest ---- */

static const struct push_layer *settled(const struct push_image *image, size_t i)
{
	const struct push_layer *layer = &image->layers[i];

	return layer->source == PUSH_SAME ? &image->layers[layer->same_as] : layer;
}

static bool still_fits(const struct push_image *image, const struct manifest *came)
{
	for (size_t i = 0; i < image->n_layers; i++)
		if (!str_eq(came->layers[i].digest, settled(image, i)->digest) ||
			came->layers[i].size != settled(image, i)->size)
			return false;
	return true;
}

bool push_keeps_digest(const struct push_image *image)
{
	auto_of(manifest) struct manifest *came = came_with(image, image->n_layers);

	for (size_t i = 0; came && i < image->n_layers; i++)
		if (settled(image, i)->source == PUSH_PRESS)
			return false;
	return !came || still_fits(image, came);
}

static const char *media_of(const struct push_layer *layer)
{
	unsigned char magic[2] = {0};

	if (layer->fd >= 0 && pread(layer->fd, magic, sizeof(magic), 0) == sizeof(magic) &&
		magic[0] != 0x1f)
		return "application/vnd.oci.image.layer.v1.tar+zstd";
	return "application/vnd.oci.image.layer.v1.tar+gzip";
}

static int write_manifest(const struct push_image *image, struct buf *out, struct err *err)
{
	struct saved_image saved = {.image = image->image,
		.n_layers = image->n_layers,
		.config_size = image->config.len};

	saved.layers = calloc(image->n_layers + 1, sizeof(*saved.layers));
	if (!saved.layers)
		return err_set(err, ENOMEM, "push: out of memory");
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct push_layer *layer = settled(image, i);

		memcpy(saved.layers[i].digest, layer->digest, DIGEST_SIZE);
		saved.layers[i].size = layer->size;
		saved.layers[i].media = str_has_prefix(layer->media, "application/vnd.oci.")
						? layer->media
						: media_of(layer);
	}
	saved_manifest(&saved, out);
	free(saved.layers);
	return buf_failed(out) ? err_set(err, ENOMEM, "push: out of memory") : 0;
}

int push_manifest(const struct push_image *image, struct buf *out, char media[160], struct err *err)
{
	auto_of(manifest) struct manifest *came = came_with(image, image->n_layers);

	snprintf(media, 160, "%s", MEDIA_OCI_MANIFEST);
	if (!came || !still_fits(image, came))
		return write_manifest(image, out, err);
	if (json_str(came->json, "mediaType"))
		snprintf(media, 160, "%s", json_str(came->json, "mediaType"));
	buf_add(out, image->manifest.data, image->manifest.len);
	return buf_failed(out) ? err_set(err, ENOMEM, "push: out of memory") : 0;
}
