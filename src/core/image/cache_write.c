/* cache_write.c - the results of builds' steps to a registry, or a directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/image/cache.h"
#include "core/image/content.h"
#include "core/image/push_private.h"
#include "core/image/sha.h"
#include "core/image/turns.h"
#include "core/reference.h"
#include "util/json.h"
#include "util/path.h"
#include "util/strs.h"

struct writing {
	struct store *store;
	const struct image_cache_place *place;
	enum press_codec codec;
	struct reference ref;
	char domain[REFERENCE_NAME_MAX + 1];
	struct http *http;
	struct registry *registry;
	struct turns turns;
	struct push_image image;
};

static void writing_fini(struct writing *w)
{
	registry_close(w->registry);
	http_free(w->http);
	push_image_fini(&w->image);
	turns_fini(&w->turns);
}

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "cache: out of memory");
}

/* ---- what is to be written ---- */

static int read_all(int fd, struct buf *out, struct err *err)
{
	for (;;) {
		char *to = buf_reserve(out, 65536);
		ssize_t got = to ? read(fd, to, 65536) : 0;

		if (!to || out->len > JSON_MAX)
			return err_set(err, E2BIG, "cache: too many steps");
		if (got < 0 && errno != EINTR)
			return err_sys(err, "cache: read its steps");
		if (got == 0)
			return 0;
		out->len += got > 0 ? (size_t)got : 0;
	}
}

static int read_lines(int fd, struct step_cache *cache, struct err *err)
{
	auto_buf text = BUF_INIT;
	char *rest;

	if (read_all(fd, &text, err) < 0)
		return err->code;
	buf_addc(&text, '\0');
	if (buf_failed(&text))
		return no_memory(err);
	rest = text.data;
	for (char *line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (step_cache_add_line(cache, line, err) < 0)
			return err->code;
	return 0;
}

/* Every layer as a blob that is here or has yet to be compressed. */
static int plan(struct writing *w, int fd, struct err *err)
{
	auto_step_cache cache = {0};
	auto_buf config = BUF_INIT;

	if (read_lines(fd, &cache, err) < 0 || step_cache_config(&cache, &config, err) < 0)
		return err->code;
	return push_plan_config(w->store, &config, w->domain, w->codec, &w->image, err);
}

/* ---- a registry ---- */

static int open_registry(struct writing *w, struct err *err)
{
	const struct registry_options options = {
		.ref = &w->ref, .insecure = w->place->insecure, .pushes = true};
	const struct image_watch *outside = w->turns.outside;
	int failed = registry_open(&options, &w->registry, err);

	if (!failed)
		failed = confine_job(w->store, CONFINE_NETWORK, err);
	if (!failed)
		failed = http_new(
			"davit/" DAVIT_VERSION, outside ? outside->canceled : NULL, &w->http, err);
	if (!failed)
		registry_use(w->registry, w->http, &w->turns.watch);
	return failed;
}

static int parse_reference(struct writing *w, struct err *err)
{
	if (reference_parse(w->place->reference, &w->ref, err) < 0)
		return err->code;
	if (*w->ref.digest)
		return err_set(err, EINVAL, "%.200s: a cache cannot be written to a digest",
			w->place->reference);
	reference_default_tag(&w->ref);
	reference_domain(&w->ref, w->domain);
	return 0;
}

static int write_registry(struct writing *w, int fd, struct err *err)
{
	auto_buf manifest = BUF_INIT;
	char media[160];
	int failed = parse_reference(w, err);

	if (!failed)
		failed = plan(w, fd, err);
	if (!failed)
		failed = open_registry(w, err);
	if (!failed)
		failed = push_layers(w->store, w->registry, reference_path(&w->ref), w->codec,
			&w->image, &w->turns.watch, err);
	if (!failed)
		failed = push_config(w->registry, &w->image, err);
	if (!failed)
		failed = push_manifest(&w->image, &manifest, media, err);
	if (!failed)
		failed = registry_put_manifest(w->registry, w->ref.tag, media, &manifest, err);
	return failed ? failed
		      : push_remember(w->store, w->domain, reference_path(&w->ref), &w->image, err);
}

/* ---- a directory ---- */

struct layout {
	int dir, blobs;
};

static void layout_fini(struct layout *layout)
{
	own_closep(&layout->dir);
	own_closep(&layout->blobs);
}
#define auto_layout __attribute__((cleanup(layout_fini))) struct layout

static int open_layout(const char *path, struct layout *out, struct err *err)
{
	auto_buf blobs = BUF_INIT;

	buf_addf(&blobs, "%s/blobs/sha256", path);
	if (buf_failed(&blobs))
		return no_memory(err);
	if (path_mkdirs(buf_text(&blobs), 0755) < 0)
		return err_sys(err, "cache: make %.300s", path);
	out->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	out->blobs = open(buf_text(&blobs), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return out->dir < 0 || out->blobs < 0 ? err_sys(err, "cache: open %.300s", path) : 0;
}

static bool has_blob(const struct layout *layout, const char *digest, uint64_t size)
{
	struct stat st;

	return fstatat(layout->blobs, digest_hex(digest), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && (uint64_t)st.st_size == size;
}

/* Beside its name, then renamed: a name is never half a blob. */
static int put_file(const struct layout *layout, const struct push_layer *layer, struct err *err)
{
	char name[DIGEST_HEX + 8];
	auto_close int to = -1;
	int failed;

	if (has_blob(layout, layer->digest, layer->size))
		return 0;
	snprintf(name, sizeof(name), "%.64s.part", digest_hex(layer->digest));
	to = openat(
		layout->blobs, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	failed = to < 0 ? -errno : content_copy(layer->fd, to, (off_t)layer->size);
	if (!failed && renameat(layout->blobs, name, layout->blobs, digest_hex(layer->digest)) < 0)
		failed = -errno;
	if (failed && to >= 0)
		unlinkat(layout->blobs, name, 0);
	return failed ? err_set(err, failed, "cache: write %s: %s", name, err_name(failed)) : 0;
}

static int put_text(const struct layout *layout, const struct buf *text, char digest[DIGEST_SIZE],
	struct err *err)
{
	int failed;

	sha_of(buf_text(text), text->len, digest);
	failed =
		path_replace_at(layout->blobs, digest_hex(digest), buf_text(text), text->len, 0644);
	return failed ? err_set(err, failed, "cache: write %.19s: %s", digest, err_name(failed))
		      : 0;
}

/* The entries that are there, less the one of our tag. What cannot be read is nothing. */
static cJSON *other_entries(const struct layout *layout, const char *tag)
{
	auto_json *old = NULL, *list = cJSON_CreateArray();
	auto_buf text = BUF_INIT;
	struct err ignored;
	const cJSON *entry;

	if (path_read_at(layout->dir, "index.json", JSON_MAX, &text) < 0 ||
		json_parse(buf_text(&text), text.len, &old, &ignored) < 0)
		return take(list);
	cJSON_ArrayForEach(entry, json_array(old, "manifests")) {
		const cJSON *notes = json_object(entry, "annotations");

		if (!str_eq(json_str(notes, "org.opencontainers.image.ref.name"), tag))
			cJSON_AddItemToArray(list, cJSON_Duplicate(entry, true));
	}
	return take(list);
}

static char *index_text(
	const struct layout *layout, const char *tag, const char *digest, size_t size)
{
	auto_json *json = cJSON_CreateObject();
	cJSON *list = other_entries(layout, tag), *entry = cJSON_CreateObject(), *notes;
	bool fine = cJSON_AddNumberToObject(json, "schemaVersion", 2) &&
		    cJSON_AddStringToObject(json, "mediaType", MEDIA_OCI_INDEX) &&
		    cJSON_AddStringToObject(entry, "mediaType", MEDIA_OCI_MANIFEST) &&
		    cJSON_AddStringToObject(entry, "digest", digest) &&
		    cJSON_AddNumberToObject(entry, "size", (double)size);

	notes = cJSON_AddObjectToObject(entry, "annotations");
	fine = fine &&
	       cJSON_AddStringToObject(notes, "org.opencontainers.image.ref.name", tag) != NULL;
	if (!cJSON_AddItemToArray(list, entry)) {
		cJSON_Delete(entry);
		fine = false;
	}
	if (!cJSON_AddItemToObject(json, "manifests", list)) {
		cJSON_Delete(list);
		fine = false;
	}
	return fine ? cJSON_PrintUnformatted(json) : NULL;
}

static int put_index(const struct layout *layout, const char *tag, const char *digest, size_t size,
	struct err *err)
{
	static const char version[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	auto_free char *index = index_text(layout, tag, digest, size);
	int failed;

	if (!index)
		return no_memory(err);
	failed = path_replace_at(layout->dir, "oci-layout", version, strlen(version), 0644);
	if (!failed)
		failed = path_replace_at(layout->dir, "index.json", index, strlen(index), 0644);
	return failed ? err_set(err, failed, "cache: write index.json: %s", err_name(failed)) : 0;
}

/* Not confined: what it reads is the store's, and the directory is the user's. */
static int write_directory(struct writing *w, int fd, struct err *err)
{
	const char *tag = w->place->tag ? w->place->tag : "latest";
	auto_layout layout = {-1, -1};
	auto_buf manifest = BUF_INIT;
	char media[160], digest[DIGEST_SIZE];
	int failed = plan(w, fd, err);

	if (!failed)
		failed = open_layout(w->place->directory, &layout, err);
	if (!failed)
		failed = push_layers(w->store, NULL, "", w->codec, &w->image, &w->turns.watch, err);
	for (size_t i = 0; i < w->image.n_layers && !failed; i++)
		if (w->image.layers[i].source != PUSH_SAME)
			failed = put_file(&layout, &w->image.layers[i], err);
	if (!failed)
		failed = put_text(&layout, &w->image.config, digest, err);
	if (!failed)
		failed = push_manifest(&w->image, &manifest, media, err);
	if (!failed)
		failed = put_text(&layout, &manifest, digest, err);
	return failed ? failed : put_index(&layout, tag, digest, manifest.len, err);
}

int image_cache_write(struct store *store, const struct image_cache_place *place,
	const struct image_cache_write_options *options, const struct image_watch *watch,
	struct err *err)
{
	__attribute__((cleanup(writing_fini))) struct writing w = {.store = store, .place = place};

	turns_init(&w.turns, watch, false);
	store_sweep(store);
	if (options->compression && press_codec_parse(options->compression, &w.codec, err) < 0)
		return err->code;
	if (store_hold(store, err) < 0)
		return err->code;
	return place->reference ? write_registry(&w, options->fd, err)
				: write_directory(&w, options->fd, err);
}
