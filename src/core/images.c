/* images.c - the façade's view of images: rows for listings, names found. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image_ops.h"
#include "core/images_own.h"
#include "core/module.h"
#include "core/store_db.h"
#include "util/json.h"
#include "util/own.h"

static const char *bare(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}

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

static size_t copy(char *to, size_t room, const char *from)
{
	size_t len = strnlen(from, room - 1);

	memcpy(to, from, len);
	to[len] = '\0';
	return len;
}

static void set_platform(const struct image *image, char to[100])
{
	size_t len = copy(to, 32, image->os);

	to[len++] = '/';
	len += copy(to + len, 32, image->architecture);
	if (image->variant[0]) {
		to[len++] = '/';
		copy(to + len, 32, image->variant);
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
	*row = (struct image_entry){.size = image->size,
		.content_size = image->content_size,
		.created_ns = (uint64_t)image->created * 1000000000u};
	copy(row->id, sizeof(row->id), bare(image->id));
	copy(row->reference, sizeof(row->reference), reference);
	find_digest(image, reference, row->digest, sizeof(row->digest));
	set_platform(image, row->platform);
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

int engine_images_shared(struct engine *engine, const struct image_entry *rows, size_t count,
	uint64_t **out, struct err *err)
{
	auto_free struct images_share *shares = NULL;
	uint64_t *bytes = calloc(count + 1, sizeof(*bytes));
	size_t n = 0;
	int failed;

	if (!bytes)
		return err_set(err, ENOMEM, "list images: out of memory");
	uv_mutex_lock(&engine->store_lock);
	failed = images_shares(engine->store, &shares, &n, err);
	uv_mutex_unlock(&engine->store_lock);
	for (size_t i = 0; !failed && i < count; i++) {
		char id[DIGEST_SIZE];

		snprintf(id, sizeof(id), "sha256:%.64s", rows[i].id);
		bytes[i] = images_share_of(shares, n, id);
	}
	if (failed)
		free(bytes);
	else
		*out = bytes;
	return failed;
}

static int read_labels(struct engine *engine, cJSON *to, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool more;
	int failed;

	if (store_db(engine->store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT id, json_extract(CAST(config AS TEXT), '$.config.Labels')"
			" FROM images WHERE json_valid(CAST(config AS TEXT))",
			"") < 0)
		return err->code;
	while (!(failed = db_step(row, &more, err)) && more) {
		const char *text = db_text(row, 1);
		cJSON *labels = NULL;

		if (*text && json_parse(text, strlen(text), &labels, NULL) == 0)
			cJSON_AddItemToObject(to, bare(db_text(row, 0)), labels);
	}
	return failed;
}

int engine_images_labels(struct engine *engine, struct cJSON **out, struct err *err)
{
	cJSON *labels = cJSON_CreateObject();
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = labels ? read_labels(engine, labels, err) : err_set(err, ENOMEM, "out of memory");
	uv_mutex_unlock(&engine->store_lock);
	if (failed)
		cJSON_Delete(labels);
	else
		*out = labels;
	return failed;
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

int engine_image_fits(struct engine *engine, const char *who, const char *platform, struct err *err)
{
	auto_of(image) struct image *image = NULL;
	const struct image_ops *ops;
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = image_find(engine->store, who, &image, err);
	uv_mutex_unlock(&engine->store_lock);
	if (failed || module_image(&ops, err) < 0)
		return err->code;
	return ops->fits(image, platform, err);
}
