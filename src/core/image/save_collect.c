/* save_collect.c - which images, tags and blobs go into an archive. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/image/fits.h"
#include "core/image/blob.h"
#include "core/image/layer_private.h"
#include "core/image/save_private.h"
#include "core/image/sha.h"
#include "core/reference.h"
#include "core/store_db.h"
#include "util/json.h"

void saving_fini(struct saving *saving)
{
	for (size_t i = 0; i < saving->n_images; i++) {
		image_free(saving->images[i].image);
		strs_fini(&saving->images[i].tags);
		free(saving->images[i].layers);
	}
	for (size_t i = 0; i < saving->n_blobs; i++) {
		own_closep(&saving->blobs[i].fd);
		rebuild_free(saving->blobs[i].rebuild);
		layer_free(saving->blobs[i].layer);
		buf_fini(&saving->blobs[i].text);
	}
	free(saving->images);
	free(saving->blobs);
}

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "save: out of memory");
}

/* ---- images by name ---- */

static bool has(const struct strs *list, const char *text)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->v[i], text))
			return true;
	return false;
}

/* tag: normalised, or NULL. An image named twice is saved once, with all the tags it was named by.
 */
static int add_image(struct saving *saving, const char *id, const char *tag, struct err *err)
{
	struct saved_image *image = NULL, *images;

	for (size_t i = 0; i < saving->n_images; i++)
		if (str_eq(saving->images[i].image->id, id))
			image = &saving->images[i];
	if (!image) {
		images = realloc(saving->images, (saving->n_images + 1) * sizeof(*images));
		if (!images)
			return no_memory(err);
		saving->images = images;
		image = &images[saving->n_images];
		*image = (struct saved_image){0};
		if (image_get(saving->store, id, &image->image, err) < 0)
			return err->code;
		saving->n_images++;
	}
	if (tag && !has(&image->tags, tag))
		strs_add(&image->tags, tag);
	return strs_failed(&image->tags) ? no_memory(err) : 0;
}

static int add_repository(
	struct saving *saving, struct db *db, const char *name, bool *any, struct err *err)
{
	auto_stmt *row = NULL;
	bool more;

	*any = false;
	if (db_ask(db, &row, err, "SELECT image, name || ':' || tag FROM tags WHERE name = ?", "t",
		    name) < 0)
		return err->code;
	while (db_step(row, &more, err) == 0) {
		if (!more)
			return 0;
		*any = true;
		if (add_image(saving, db_text(row, 0), db_text(row, 1), err) < 0)
			return err->code;
	}
	return err->code;
}

/* docker's rules (tarexport/save.go): an id has no name to save, a name without a tag has them all.
 */
static int add_named(struct saving *saving, struct db *db, const char *text, struct err *err)
{
	struct reference ref;
	struct err ignored;
	char id[DIGEST_SIZE];
	auto_buf tag = BUF_INIT;
	bool any = false, named = reference_parse(text, &ref, &ignored) == 0;

	if (named && !ref.tag[0] && !ref.digest[0]) {
		if (add_repository(saving, db, ref.name, &any, err) < 0)
			return err->code;
		if (any)
			return 0;
	}
	if (image_resolve(saving->store, text, id, err) < 0)
		return err->code;
	if (!named || !ref.tag[0] || ref.digest[0] || str_has_prefix(id, text))
		return add_image(saving, id, NULL, err);
	reference_text(&ref, &tag);
	return add_image(saving, id, buf_text(&tag), err);
}

/* ---- blobs ---- */

static struct saved_blob *find_blob(const struct saving *saving, const char *digest)
{
	for (size_t i = 0; i < saving->n_blobs; i++)
		if (str_eq(saving->blobs[i].digest, digest))
			return &saving->blobs[i];
	return NULL;
}

static struct saved_blob *new_blob(struct saving *saving, const char *digest, struct err *err)
{
	struct saved_blob *blobs = realloc(saving->blobs, (saving->n_blobs + 1) * sizeof(*blobs)),
			  *blob;

	if (!blobs) {
		no_memory(err);
		return NULL;
	}
	saving->blobs = blobs;
	blob = &blobs[saving->n_blobs++];
	*blob = (struct saved_blob){.fd = -1};
	snprintf(blob->digest, sizeof(blob->digest), "%s", digest);
	return blob;
}

/* Holds it open, so that it can be removed meanwhile. */
static int add_file(struct saving *saving, const char *digest, uint64_t *size, struct err *err)
{
	struct saved_blob *blob = find_blob(saving, digest);
	uint64_t len;
	int fd;

	if (blob) {
		*size = blob->size;
		return 0;
	}
	fd = blob_open(saving->store, digest, &len, err);
	if (fd < 0)
		return fd;
	blob = new_blob(saving, digest, err);
	if (!blob) {
		close(fd);
		return err->code;
	}
	blob->fd = fd;
	*size = blob->size = len;
	return 0;
}

static int add_text(
	struct saving *saving, const char *digest, const void *text, size_t len, struct err *err)
{
	struct saved_blob *blob = find_blob(saving, digest);

	if (blob)
		return 0;
	blob = new_blob(saving, digest, err);
	if (!blob)
		return err->code;
	buf_add(&blob->text, text, len);
	blob->size = len;
	return buf_failed(&blob->text) ? no_memory(err) : 0;
}

/* ---- one image ---- */

static int add_config(
	struct saving *saving, struct db *db, struct saved_image *image, struct err *err)
{
	auto_stmt *row = NULL;
	char digest[DIGEST_SIZE];
	const void *bytes;
	bool found;

	if (db_ask(db, &row, err, "SELECT config FROM images WHERE id = ?", "t", image->image->id) <
			0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	bytes = found ? db_blob(row, 0) : NULL;
	image->config_size = bytes ? db_blob_size(row, 0) : 0;
	sha_of(bytes ? bytes : "", image->config_size, digest);
	if (!str_eq(digest, image->image->id))
		return err_set(
			err, EBADMSG, "image %.19s: its config is damaged", image->image->id);
	return add_text(saving, digest, bytes, image->config_size, err);
}

static const char *media_of(const struct saved_blob *blob)
{
	unsigned char magic[4] = {0};

	if (blob->fd < 0)
		return "application/vnd.oci.image.layer.v1.tar";

	if (pread(blob->fd, magic, sizeof(magic), 0) == sizeof(magic)) {
		if (magic[0] == 0x1f && magic[1] == 0x8b)
			return "application/vnd.oci.image.layer.v1.tar+gzip";
		/* A frame, or one that is skipped, with which seekable archives begin (RFC 8878).
		 */
		if (memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0 ||
			memcmp(magic + 1, "\x2a\x4d\x18", 3) == 0)
			return "application/vnd.oci.image.layer.v1.tar+zstd";
	}
	return "application/vnd.oci.image.layer.v1.tar";
}

/* Its files are needed until they are written: nobody takes them away meanwhile. */
static int add_rebuilt(
	struct saving *saving, const char *id, const char *diff_id, uint64_t *size, struct err *err)
{
	struct saved_blob *blob = find_blob(saving, diff_id);

	if (!blob) {
		blob = new_blob(saving, diff_id, err);
		if (!blob || store_hold(saving->store, err) < 0 ||
			layer_open(saving->store, id, &blob->layer, err) < 0 ||
			rebuild_new(blob->layer, &blob->rebuild, &blob->size, err) < 0)
			return err->code;
	}
	*size = blob->size;
	return 0;
}

/* An image's own layer first; the same content may be there under another id, and kept. */
static int find_layer(struct db *db, const struct saved_image *image, const char *diff_id,
	char id[LAYER_ID_SIZE], char digest[DIGEST_SIZE], struct err *err)
{
	auto_stmt *row = NULL;
	bool found;

	if (db_ask(db, &row, err,
		    "SELECT id, blob FROM layers WHERE diff_id = ?1 ORDER BY blob IS NULL, id IN"
		    " (SELECT layer FROM image_layers WHERE image = ?2) DESC LIMIT 1",
		    "tt", diff_id, image->image->id) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found)
		return err_set(err, ENOENT, "image %.19s: layer %.19s is not in the store",
			image->image->id, diff_id);
	snprintf(id, LAYER_ID_SIZE, "%s", db_text(row, 0));
	snprintf(digest, DIGEST_SIZE, "%s", db_text(row, 1));
	return 0;
}

static int add_layer(struct saving *saving, struct db *db, const struct saved_image *image,
	struct saved_layer *layer, struct err *err)
{
	char id[LAYER_ID_SIZE];
	int failed = find_layer(db, image, layer->diff_id, id, layer->digest, err);

	if (failed)
		return failed;
	failed = *layer->digest ? add_file(saving, layer->digest, &layer->size, err) : -ENOENT;
	if (failed == -ENOENT) {
		snprintf(layer->digest, sizeof(layer->digest), "%s", layer->diff_id);
		failed = add_rebuilt(saving, id, layer->diff_id, &layer->size, err);
	}
	if (!failed)
		layer->media = media_of(find_blob(saving, layer->digest));
	return failed;
}

static int add_layers(
	struct saving *saving, struct db *db, struct saved_image *image, struct err *err)
{
	const struct strs *diff_ids = &image->image->diff_ids;

	image->layers = calloc(diff_ids->len + 1, sizeof(*image->layers));
	if (!image->layers)
		return no_memory(err);
	image->n_layers = diff_ids->len;
	for (size_t i = 0; i < diff_ids->len; i++) {
		snprintf(image->layers[i].diff_id, DIGEST_SIZE, "%s", diff_ids->v[i]);
		if (add_layer(saving, db, image, &image->layers[i], err) < 0)
			return err->code;
	}
	return 0;
}

/* It came in OCI's form, with exactly the blobs that we have. */
static bool fits(const struct saved_image *image, const struct buf *text)
{
	auto_of(manifest) struct manifest *manifest = NULL;
	struct err ignored;

	if (manifest_parse(text->data, text->len, NULL, &manifest, &ignored) < 0 ||
		manifest->kind != MANIFEST_IMAGE || manifest->n_layers != image->n_layers ||
		!str_eq(manifest->config.digest, image->image->id) ||
		str_eq(json_str(manifest->json, "mediaType"), MEDIA_DOCKER_MANIFEST) ||
		!str_has_prefix(manifest->config.media, "application/vnd.oci."))
		return false;
	for (size_t i = 0; i < image->n_layers; i++)
		if (!str_eq(manifest->layers[i].digest, image->layers[i].digest) ||
			manifest->layers[i].size != image->layers[i].size)
			return false;
	return true;
}

static int add_manifest(struct saving *saving, struct saved_image *image, struct err *err)
{
	auto_buf text = BUF_INIT;
	struct err ignored;

	if (!image->image->manifest[0] ||
		blob_read(saving->store, image->image->manifest, &text, &ignored) < 0 ||
		!fits(image, &text)) {
		buf_clear(&text);
		saved_manifest(image, &text);
	}
	if (buf_failed(&text))
		return no_memory(err);
	sha_of(text.data, text.len, image->manifest);
	image->manifest_size = text.len;
	return add_text(saving, image->manifest, text.data, text.len, err);
}

int saving_collect(
	struct saving *saving, const struct strs *names, const char *platform, struct err *err)
{
	auto_close int lock = store_lock(saving->store, false, err);
	struct db *db;

	if (lock < 0 || store_db(saving->store, &db, err) < 0)
		return err->code;
	for (size_t i = 0; i < names->len; i++)
		if (add_named(saving, db, names->v[i], err) < 0)
			return err->code;
	for (size_t i = 0; i < saving->n_images; i++)
		if ((platform && image_fits(saving->images[i].image, platform, err) < 0) ||
			add_config(saving, db, &saving->images[i], err) < 0 ||
			add_layers(saving, db, &saving->images[i], err) < 0 ||
			add_manifest(saving, &saving->images[i], err) < 0)
			return err->code;
	return 0;
}
