/* images_layers.c - which layers each image in the store is made of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/images_own.h"
#include "core/store_db.h"
#include "util/buf.h"
#include "util/own.h"

/* Rows by their ids: the names of one image are several. */
struct placing {
	const struct image_entry *rows;
	size_t *order, count;
	char **texts; /* one a row, or NULL */
};

static int by_id(const void *a, const void *b, void *arg)
{
	const struct image_entry *rows = arg;

	return strcmp(rows[*(const size_t *)a].id, rows[*(const size_t *)b].id);
}

/* The first whose id is not below it. */
static size_t place_of(const struct placing *placing, const char *id)
{
	size_t from = 0, to = placing->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(placing->rows[placing->order[middle]].id, id) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static void place(struct placing *placing, const char *id, const struct buf *text)
{
	for (size_t at = place_of(placing, id); *id && at < placing->count; at++) {
		size_t row = placing->order[at];

		if (strcmp(placing->rows[row].id, id) != 0)
			return;
		placing->texts[row] = strdup(buf_text(text));
	}
}

static int read_all(struct store *store, struct placing *placing, struct err *err)
{
	auto_stmt *row = NULL;
	auto_buf text = BUF_INIT;
	char id[65] = "";
	struct db *db;
	bool more;
	int failed;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT image, diff_id FROM image_layers JOIN layers ON layers.id = layer"
			" ORDER BY image, position",
			"") < 0)
		return err->code;
	while (!(failed = db_step(row, &more, err)) && more) {
		const char *image = digest_hex(db_text(row, 0));

		if (strcmp(image, id) != 0) {
			place(placing, id, &text);
			buf_clear(&text);
			snprintf(id, sizeof(id), "%s", image);
		}
		buf_addf(&text, "%s ", digest_hex(db_text(row, 1)));
	}
	if (!failed)
		place(placing, id, &text);
	return failed;
}

int engine_images_layers(struct engine *engine, const struct image_entry *rows, size_t count,
	struct strs *out, struct err *err)
{
	auto_free size_t *order = calloc(count + 1, sizeof(*order));
	auto_free char **texts = calloc(count + 1, sizeof(*texts));
	struct placing placing = {rows, order, count, texts};
	int failed;

	if (!order || !texts)
		return err_set(err, ENOMEM, "list images: out of memory");
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	if (count)
		qsort_r(order, count, sizeof(*order), by_id, (void *)rows);
	uv_mutex_lock(&engine->store_lock);
	failed = read_all(engine->store, &placing, err);
	uv_mutex_unlock(&engine->store_lock);
	for (size_t i = 0; i < count; i++)
		strs_give(out, texts[i] ? texts[i] : strdup(""));
	if (!failed && strs_failed(out))
		failed = err_set(err, ENOMEM, "list images: out of memory");
	return failed;
}
