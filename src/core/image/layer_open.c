/* layer_open.c - layers that are in the store already. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/build_cache.h"
#include "core/image/layer_private.h"
#include "core/store_db.h"

#define COLUMNS "SELECT id, diff_id, blob, size, compressed, entries, links FROM layers "

int layer_diff_fd(const struct layer *layer, struct err *err)
{
	char path[48];
	int fd;

	if (layer->stage) {
		fd = openat(stage_fd(layer->stage), "diff", O_PATH | O_DIRECTORY | O_CLOEXEC);
	} else {
		image_layer_path(layer->id, path);
		fd = openat(store_fd(layer->store), path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return fd < 0 ? err_sys(err, "layer %.*s", DIGEST_SHORT, digest_hex(layer->diff_id)) : fd;
}

static int open_index(struct layer *layer, struct err *err)
{
	char path[LAYER_ID_SIZE + sizeof("/index")];

	snprintf(path, sizeof(path), "%s/index", layer->id);
	if (index_open(store_dir(layer->store, STORE_LAYERS), path, &layer->index, err) < 0)
		return err_in(err, "layer %s", layer->id);
	return 0;
}

static int read_layer(struct store *store, struct stmt *row, struct layer **out, struct err *err)
{
	auto_of(layer) struct layer *layer = calloc(1, sizeof(*layer));

	if (!layer)
		return err_set(err, ENOMEM, "layer: out of memory");
	layer->store = store;
	snprintf(layer->id, sizeof(layer->id), "%s", db_text(row, 0));
	snprintf(layer->diff_id, sizeof(layer->diff_id), "%s", db_text(row, 1));
	snprintf(layer->blob, sizeof(layer->blob), "%s", db_text(row, 2));
	memcpy(layer->digest, layer->blob, sizeof(layer->digest));
	layer->size = (uint64_t)db_int(row, 3);
	layer->compressed = (uint64_t)db_int(row, 4);
	layer->entries = (uint64_t)db_int(row, 5);
	layer->links = db_int(row, 6);
	if (open_index(layer, err) < 0)
		return err->code;
	*out = take(layer);
	return 0;
}

static int query(struct store *store, const char *sql, const char *a, const char *b,
	struct layer **out, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool found;

	if (store_db(store, &db, err) < 0 || db_ask(db, &row, err, sql, "tt", a, b) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found)
		return err_set(err, ENOENT, "layer %.24s is not in the store", a);
	return read_layer(store, row, out, err);
}

int layer_open(struct store *store, const char *id, struct layer **out, struct err *err)
{
	return query(store, COLUMNS "WHERE id = ?1 AND ?2 IS NULL", id, NULL, out, err);
}

/* Only what is known to be on the disk as it was written: the rest is verified, or unpacked again.
 */
int layer_find(struct store *store, const char *diff_id, struct layer **out, struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;
	bool gone = true;

	if (store_hold(store, err) < 0)
		return err->code;
	/* Perhaps a build's cache is all that keeps it, and is being pruned. */
	while (gone) {
		layer_free(take(layer));
		if (query(store,
			    COLUMNS "WHERE diff_id = ?1 AND links = 0 AND (synced = 1 OR boot = ?2)"
				    " ORDER BY id LIMIT 1",
			    diff_id, store_boot_id(store), &layer, err) < 0 ||
			build_cache_touch_layer(store, layer->id, &gone, err) < 0)
			return err->code;
	}
	*out = take(layer);
	return 0;
}

/* ---- what every layer is ---- */

void layer_free(struct layer *layer)
{
	if (!layer)
		return;
	stage_free(layer->stage);
	tree_free(layer->tree);
	for (size_t i = 0; i < layer->n_pending; i++)
		free(layer->pending[i].target);
	free(layer->pending);
	index_free(layer->index);
	free(layer);
}

const char *layer_diff_id(const struct layer *layer)
{
	return layer->diff_id;
}

uint64_t layer_size(const struct layer *layer)
{
	return layer->size;
}
