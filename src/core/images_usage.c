/* images_usage.c - what the store weighs, and what of it nobody uses. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/images_own.h"
#include "core/store_db.h"
#include "core/trash.h"
#include "core/usage.h"

/* A layer on the disk: its tree, and the blob it came as where that is kept. */
#define WEIGHT "size + iif(blob IS NULL, 0, compressed)"

static int64_t ask_number(struct db *db, const char *sql, const char *id)
{
	auto_stmt *row = NULL;
	bool found = false;

	if (db_ask(db, &row, NULL, sql, id ? "t" : "", id) == 0)
		db_step(row, &found, NULL);
	return found ? db_int(row, 0) : 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct images_share *)a)->id, ((const struct images_share *)b)->id);
}

int images_shares(struct store *store, struct images_share **out, size_t *count, struct err *err)
{
	auto_stmt *row = NULL;
	auto_free struct images_share *shares = NULL;
	size_t n = 0, room = 0;
	struct db *db;
	bool more;
	int failed;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT image, total(size) FROM (SELECT DISTINCT image, layer FROM"
			" image_layers WHERE layer IN (SELECT layer FROM image_layers GROUP BY"
			" layer HAVING count(DISTINCT image) > 1)) JOIN layers ON"
			" layers.id = layer GROUP BY image",
			"") < 0)
		return err->code;
	while (!(failed = db_step(row, &more, err)) && more) {
		if (n == room) {
			struct images_share *grown =
				realloc(shares, (room = room ? room * 2 : 64) * sizeof(*grown));

			if (!grown)
				return err_set(err, ENOMEM, "images: out of memory");
			shares = grown;
		}
		snprintf(shares[n].id, sizeof(shares[n].id), "%s", db_text(row, 0));
		shares[n++].bytes = (uint64_t)db_int(row, 1);
	}
	if (failed)
		return failed;
	if (n)
		qsort(shares, n, sizeof(*shares), by_id);
	*out = take(shares);
	*count = n;
	return 0;
}

uint64_t images_share_of(const struct images_share *shares, size_t count, const char *id)
{
	const struct images_share *found;
	struct images_share key;

	snprintf(key.id, sizeof(key.id), "%s", id);
	found = count ? bsearch(&key, shares, count, sizeof(*shares), by_id) : NULL;
	return found ? found->bytes : 0;
}

/* ---- images ---- */

struct weighing {
	struct engine *engine;
	struct db *db;
	cJSON *images;
	struct images_share *shares;
	size_t n_shares;
	char (*users)[65]; /* the image of each container */
	size_t n_users;
	struct strs active; /* ids */
};

static int find_users(struct weighing *weighing, struct err *err)
{
	struct roster *roster = weighing->engine->roster;
	unsigned last = roster_last(roster);

	weighing->users = calloc(last + 1u, sizeof(*weighing->users));
	if (!weighing->users)
		return err_set(err, ENOMEM, "out of memory");
	for (unsigned i = 1; i <= last; i++) {
		struct row row;

		if (roster_read(roster, i, &row) == 0)
			snprintf(weighing->users[weighing->n_users++], 65, "%.64s", row.image_id);
	}
	return 0;
}

static unsigned count_users(const struct weighing *weighing, const char *id)
{
	unsigned users = 0;

	for (size_t i = 0; i < weighing->n_users; i++)
		users += str_eq(weighing->users[i], digest_hex(id));
	return users;
}

static int add_image(const struct image *image, void *arg)
{
	struct weighing *weighing = arg;
	cJSON *object = cJSON_CreateObject(), *tags;
	unsigned users = count_users(weighing, image->id);

	cJSON_AddStringToObject(object, "Id", image->id);
	tags = cJSON_AddArrayToObject(object, "RepoTags");
	for (size_t i = 0; i < image->tags.len; i++)
		cJSON_AddItemToArray(tags, cJSON_CreateString(image->tags.v[i]));
	cJSON_AddNumberToObject(object, "Created", (double)image->created);
	cJSON_AddNumberToObject(object, "Size", (double)image->size);
	cJSON_AddNumberToObject(object, "SharedSize",
		(double)images_share_of(weighing->shares, weighing->n_shares, image->id));
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
			bytes += db_int(row, 1);
		}
	}
	return bytes;
}

static int add_images(struct engine *engine, cJSON *out, struct err *err)
{
	struct weighing weighing = {
		.engine = engine, .images = cJSON_AddArrayToObject(out, "Images")};
	int failed = store_db(engine->store, &weighing.db, err);

	if (!failed)
		failed = find_users(&weighing, err);
	if (!failed)
		failed = images_shares(engine->store, &weighing.shares, &weighing.n_shares, err);
	if (!failed)
		failed = image_each(engine->store, add_image, &weighing, err);
	if (!failed) {
		cJSON_AddNumberToObject(out, "LayersSize",
			(double)ask_number(
				weighing.db, "SELECT total(" WEIGHT ") FROM layers", NULL));
		cJSON_AddNumberToObject(out, "LayersActive", (double)active_size(&weighing));
	}
	strs_fini(&weighing.active);
	free(weighing.users);
	free(weighing.shares);
	return failed;
}

/* ---- containers, volumes, trash ---- */

static int add_trash(struct engine *engine, cJSON *out, struct err *err)
{
	auto_free struct trash_item *items = NULL;
	cJSON *trash = cJSON_AddArrayToObject(out, "Trash");
	size_t count = 0;
	int failed = trash_list(engine->store, &items, &count, err);

	for (size_t i = 0; i < count; i++) {
		cJSON *object = cJSON_CreateObject();

		cJSON_AddStringToObject(object, "Id", items[i].row.id);
		cJSON_AddStringToObject(object, "Name", items[i].row.name);
		cJSON_AddNumberToObject(object, "Size", (double)items[i].bytes);
		cJSON_AddItemToArray(trash, object);
	}
	return failed;
}

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

	if (!engine->read_only)
		trash_collect(engine); /* what is over its time is not counted any more */
	uv_mutex_lock(&engine->store_lock);
	failed = usage ? add_images(engine, usage, err) : err_set(err, ENOMEM, "out of memory");
	uv_mutex_unlock(&engine->store_lock);
	if (failed) {
		cJSON_Delete(usage);
		return failed;
	}
	add_containers(engine, usage);
	failed = add_volumes(engine, usage, err);
	if (!failed)
		failed = add_trash(engine, usage, err);
	if (failed) {
		cJSON_Delete(usage);
		return failed;
	}
	cJSON_AddStringToObject(usage, "Driver", store_driver_name(engine->store));
	cJSON_AddStringToObject(usage, "Path", store_root(engine->store));
	*out = usage;
	return 0;
}
