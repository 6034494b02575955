#include "core/image/commit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/build_cache.h"
#include "core/garbage.h"
#include "core/image/blob.h"
#include "core/image/layer_make.h"
#include "core/image/layer_private.h"
#include "core/image/manifest.h"
#include "core/image/sha.h"
#include "core/reference.h"
#include "core/store_db.h"

static int check_layers(const struct image_draft *draft, struct err *err)
{
	struct config_facts facts;
	int failed = config_facts(draft->config, draft->config_len, &facts, err);

	if (failed)
		return failed;
	if (facts.n_diff_ids != draft->n_layers)
		failed = err_set(err, EBADMSG,
			"the image config names %zu layers, but there are %zu", facts.n_diff_ids,
			draft->n_layers);
	for (size_t i = 0; !failed && i < draft->n_layers; i++)
		if (!str_eq(facts.diff_ids[i], draft->layers[i]->diff_id))
			failed = err_set(err, EBADMSG,
				"layer %zu does not match the image config: wanted %s, found %s",
				i + 1, facts.diff_ids[i], draft->layers[i]->diff_id);
	free(facts.diff_ids);
	return failed;
}

static int settle(const struct image_draft *draft, struct err *err)
{
	for (size_t i = 0; i < draft->n_layers; i++)
		if (layer_settle(draft->layers[i], draft->layers, i, err) < 0)
			return err->code;
	return 0;
}

/* Whether a layer that can be relied on is there under this key. */
static int is_placed(struct db *db, const struct layer *layer, bool *out, struct err *err)
{
	auto_stmt *row = NULL;

	if (db_ask(db, &row, err, "SELECT 1 FROM layers WHERE id = ? AND (synced = 1 OR boot = ?)",
		    "tt", layer->id, store_boot_id(layer->store)) < 0)
		return err->code;
	return db_step(row, out, err);
}

/* The same blob may have come another way meanwhile: by who held its ingest when we asked. */
static void find_blob(struct layer *layer)
{
	if (!layer->blob[0] && layer->digest[0] && !str_eq(layer->digest, layer->diff_id) &&
		blob_exists(layer->store, layer->digest))
		memcpy(layer->blob, layer->digest, sizeof(layer->blob));
}

/* A layer that stands there takes our blob when it has none; it needs no second one. */
static int give_blob(struct db *db, const struct layer *layer, struct err *err)
{
	if (!layer->blob[0])
		return 0;
	if (db_run(db, err,
		    "UPDATE layers SET blob = ?1, compressed = ?2 WHERE id = ?3 AND blob IS NULL",
		    "tit", layer->blob, (int64_t)layer->compressed, layer->id) < 0)
		return err->code;
	garbage_note(layer->store, layer->blob); /* if so, that is found out */
	return 0;
}

static int place(struct db *db, struct layer *layer, struct strs *placed, struct err *err)
{
	bool there, gone;

	if (is_placed(db, layer, &there, err) < 0)
		return err->code;
	find_blob(layer);
	if (there && build_cache_touch_layer(layer->store, layer->id, &gone, err) < 0)
		return err->code;
	if (there)
		return layer->stage ? give_blob(db, layer, err) : 0;
	if (!layer->stage)
		return err_set(err, ENOENT, "layer %s was removed meanwhile", layer->id);
	if (layer_place(layer, err) < 0)
		return err->code;
	strs_add(placed, layer->id);
	return db_run(db, err,
		"INSERT OR REPLACE INTO layers (id, diff_id, blob, size, compressed, entries, links,"
		" synced, boot, created) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
		"tttiiiiti", layer->id, layer->diff_id, layer->blob[0] ? layer->blob : NULL,
		(int64_t)layer->size, (int64_t)layer->compressed, (int64_t)layer->entries,
		(int64_t)layer->links, store_boot_id(layer->store), (int64_t)time(NULL));
}

/* The merged root's metadata: the topmost layer that says anything about it. */
static void find_root(const struct image_draft *draft, struct image_row *row)
{
	row->root_mode = S_IFDIR | 0755;
	for (size_t i = draft->n_layers; i--;) {
		const struct index_entry *root = index_at(draft->layers[i]->index, 0);

		if (root->flags & INDEX_IMPLIED)
			continue;
		row->root_mode = root->mode;
		row->root_uid = root->uid;
		row->root_gid = root->gid;
		return;
	}
}

/* A layer that comes twice is mounted once: all that the lower one shows, the upper one shows too.
 */
static void forget(struct strs *ids, const char *id)
{
	for (size_t i = 0; i < ids->len; i++) {
		if (!str_eq(ids->v[i], id))
			continue;
		free(ids->v[i]);
		memmove(&ids->v[i], &ids->v[i + 1], (ids->len - i) * sizeof(*ids->v));
		ids->len--;
		return;
	}
}

static int record(struct store *store, struct db *db, const struct image_draft *draft,
	struct image_row *row, struct strs *placed, struct err *err)
{
	auto_strs ids = STRS_INIT;

	for (size_t i = 0; i < draft->n_layers; i++) {
		if (place(db, draft->layers[i], placed, err) < 0)
			return err->code;
		forget(&ids, draft->layers[i]->id);
		strs_add(&ids, draft->layers[i]->id);
	}
	if (strs_failed(&ids) || strs_failed(placed))
		return err_set(err, ENOMEM, "image: out of memory");
	row->layers = &ids;
	return image_record(store, row, err);
}

/* Under the lock, in one transaction: on failure nothing is left where it was moved to. */
struct deed {
	int (*run)(struct db *db, void *arg, struct strs *placed, struct err *err);
	void *arg;
};

static int do_locked(struct store *store, const struct deed *deed, struct err *err)
{
	auto_close int lock = store_lock(store, true, err);
	auto_strs placed = STRS_INIT;
	struct err ignored = {0};
	struct db *db;
	int failed;

	if (lock < 0 || store_db(store, &db, err) < 0 || db_begin(db, err) < 0)
		return err->code;
	failed = deed->run(db, deed->arg, &placed, err);
	failed = db_end(db, failed, err);
	for (size_t i = 0; failed && i < placed.len; i++)
		store_discard(store, STORE_LAYERS, placed.v[i], &ignored);
	return failed;
}

static int place_alone(struct db *db, void *layer, struct strs *placed, struct err *err)
{
	return place(db, layer, placed, err);
}

int layer_commit(struct layer *layer, struct layer *const *below, size_t n_below, struct err *err)
{
	const struct deed deed = {.run = place_alone, .arg = layer};

	if (store_hold(layer->store, err) < 0 || layer_settle(layer, below, n_below, err) < 0)
		return err->code;
	return do_locked(layer->store, &deed, err);
}

struct recording {
	struct store *store;
	const struct image_draft *draft;
	struct image_row *row;
	char *id, *manifest; /* DIGEST_SIZE each, filled when they are written */
};

static void announce(
	const struct image_draft *draft, const char *id, const struct image_watch *watch)
{
	struct image_event event = {.action = draft->action, .id = id, .name = id};
	size_t n = draft->tags ? draft->tags->len : 0;

	if (!watch || !watch->on_event || !draft->action)
		return;
	for (size_t i = 0; i < n; i++) {
		event.name = reference_familiar_name(draft->tags->v[i]);
		watch->on_event(&event, watch->arg);
	}
	if (!n)
		watch->on_event(&event, watch->arg);
}

/* The manifest that this image had until now is nobody's any more. */
static int note_replaced(
	struct store *store, struct db *db, const char *id, const char *manifest, struct err *err)
{
	auto_stmt *row = NULL;
	bool found;

	if (!*manifest)
		return 0;
	if (db_ask(db, &row, err,
		    "SELECT manifest FROM images WHERE id = ? AND manifest NOT IN ('', ?)", "tt",
		    id, manifest) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (found)
		garbage_note(store, db_text(row, 0));
	return 0;
}

/* Written under the lock: whoever removes an image that has the same config unlinks it under the
 * same. What a failure leaves is looked at by the next who collects. */
static int record_all(struct db *db, void *arg, struct strs *placed, struct err *err)
{
	const struct recording *recording = arg;
	const struct image_draft *draft = recording->draft;
	struct store *store = recording->store;
	int failed = blob_write(store, draft->config, draft->config_len, recording->id, err);

	if (!failed && draft->manifest)
		failed = blob_write(
			store, draft->manifest, draft->manifest_len, recording->manifest, err);
	if (!failed)
		failed = note_replaced(store, db, recording->id, recording->manifest, err);
	if (!failed)
		failed = record(store, db, draft, recording->row, placed, err);
	if (failed && recording->id[0])
		garbage_note(store, recording->id);
	if (failed && recording->manifest[0])
		garbage_note(store, recording->manifest);
	return failed;
}

static int commit(
	struct store *store, const struct image_draft *draft, char id[DIGEST_SIZE], struct err *err)
{
	char manifest[DIGEST_SIZE] = "";
	struct image_row row = {
		.id = id,
		.manifest = manifest,
		.config = draft->config,
		.config_len = draft->config_len,
		.tags = draft->tags,
		.digests = draft->digests,
	};
	struct recording recording = {
		.store = store, .draft = draft, .row = &row, .id = id, .manifest = manifest};
	const struct deed deed = {.run = record_all, .arg = &recording};

	id[0] = '\0';
	find_root(draft, &row);
	return do_locked(store, &deed, err);
}

int image_commit(struct store *store, const struct image_draft *draft,
	const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err)
{
	if (store_hold(store, err) < 0 || check_layers(draft, err) < 0 || settle(draft, err) < 0 ||
		commit(store, draft, id, err) < 0)
		return err->code;
	announce(draft, id, watch);
	return store_waits_for_disk(store) ? store_sync(store, err) : 0;
}
