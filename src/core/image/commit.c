#include "core/image/commit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
static int is_placed(sqlite3 *db, const struct layer *layer, bool *out, struct err *err)
{
	auto_stmt *row = NULL;

	if (db_ask(db, &row, err, "SELECT 1 FROM layers WHERE id = ? AND (synced = 1 OR boot = ?)",
		    "tt", layer->id, store_boot_id(layer->store)) < 0)
		return err->code;
	return db_step(row, out, err);
}

static int place(sqlite3 *db, struct layer *layer, struct strs *placed, struct err *err)
{
	bool there;

	if (is_placed(db, layer, &there, err) < 0)
		return err->code;
	if (there)
		return 0;
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

static int record(struct store *store, sqlite3 *db, const struct image_draft *draft,
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
	int (*run)(sqlite3 *db, void *arg, struct strs *placed, struct err *err);
	void *arg;
};

static int do_locked(struct store *store, const struct deed *deed, struct err *err)
{
	auto_close int lock = store_lock(store, true, err);
	auto_strs placed = STRS_INIT;
	struct err ignored = {0};
	sqlite3 *db;
	int failed;

	if (lock < 0 || store_db(store, &db, err) < 0 || db_begin(db, err) < 0)
		return err->code;
	failed = deed->run(db, deed->arg, &placed, err);
	failed = db_end(db, failed, err);
	for (size_t i = 0; failed && i < placed.len; i++)
		store_discard(store, STORE_LAYERS, placed.v[i], &ignored);
	return failed;
}

static int place_alone(sqlite3 *db, void *layer, struct strs *placed, struct err *err)
{
	return place(db, layer, placed, err);
}

int layer_commit(struct layer *layer, struct layer *const *below, size_t n_below, struct err *err)
{
	const struct deed deed = {.run = place_alone, .arg = layer};

	if (layer_settle(layer, below, n_below, err) < 0)
		return err->code;
	return do_locked(layer->store, &deed, err);
}

struct recording {
	struct store *store;
	const struct image_draft *draft;
	struct image_row *row;
};

static int record_all(sqlite3 *db, void *arg, struct strs *placed, struct err *err)
{
	const struct recording *recording = arg;

	return record(recording->store, db, recording->draft, recording->row, placed, err);
}

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

/* Writes a blob; *added says whether it was not there before. */
static int keep(struct store *store, const char *data, size_t len, char digest[DIGEST_SIZE],
	bool *added, struct err *err)
{
	sha_of(data, len, digest);
	*added = !blob_exists(store, digest);
	return blob_write(store, data, len, digest, err);
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
	bool config_added = false, manifest_added = false;
	struct recording recording = {.store = store, .draft = draft, .row = &row};
	const struct deed deed = {.run = record_all, .arg = &recording};
	int failed = keep(store, draft->config, draft->config_len, id, &config_added, err);

	if (!failed && draft->manifest)
		failed = keep(store, draft->manifest, draft->manifest_len, manifest,
			&manifest_added, err);
	find_root(draft, &row);
	if (!failed)
		failed = do_locked(store, &deed, err);
	if (failed && config_added)
		unlinkat(store_dir(store, STORE_BLOBS), digest_hex(id), 0);
	if (failed && manifest_added)
		unlinkat(store_dir(store, STORE_BLOBS), digest_hex(manifest), 0);
	return failed;
}

int image_commit(struct store *store, const struct image_draft *draft,
	const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err)
{
	if (check_layers(draft, err) < 0 || settle(draft, err) < 0 ||
		commit(store, draft, id, err) < 0)
		return err->code;
	announce(draft, id, watch);
	return store_waits_for_disk(store) ? store_sync(store, err) : 0;
}
