#include "core/image/slim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/image/blob.h"
#include "core/image/compress.h"
#include "core/image/layer_private.h"
#include "core/image/rebuild.h"
#include "core/image/split.h"
#include "core/reference.h"
#include "core/store_db.h"

enum { PIECE = 256 << 10 };

struct slimming {
	struct store *store;
	const struct image_watch *watch;
	uint64_t freed;
};

/* ---- split: a blob read once more, for its headers ---- */

struct reading {
	const struct image_watch *watch;
	int fd;
	unsigned char *in, *out;
	struct decoder *decoder;
};

static ssize_t more_input(void *arg, const unsigned char **data, struct err *err)
{
	struct reading *r = arg;
	ssize_t got = read(r->fd, r->in, PIECE);

	*data = r->in;
	return got < 0 ? err_sys(err, "read the blob") : got;
}

static ssize_t more_tar(void *arg, const unsigned char **data, struct err *err)
{
	struct reading *r = arg;

	if (r->watch && r->watch->canceled && atomic_load(r->watch->canceled))
		return err_set(err, ECANCELED, "canceled");
	*data = r->out;
	return decoder_read(r->decoder, r->out, PIECE, err);
}

/* Content is asked for only to be told of where it belongs. */
static int pass_content(struct tar *tar, const struct tar_entry *entry, struct err *err)
{
	struct tar_piece piece = {.len = 1};

	while (entry->type == TAR_FILE && piece.len)
		if (tar_data(tar, &piece, err) < 0)
			return err->code;
	return 0;
}

static int pass_all(struct reading *r, struct split *split, struct err *err)
{
	auto_of(tar) struct tar *tar = tar_new(more_tar, r);
	const struct tar_entry *entry;

	if (!tar)
		return err_set(err, ENOMEM, "slim: out of memory");
	tar_set_tee(tar, &split_tee, split);
	for (;;) {
		if (tar_next(tar, &entry, err) < 0)
			return err->code;
		if (!entry)
			break;
		if (pass_content(tar, entry, err) < 0)
			return err->code;
	}
	return tar_drain(tar, err);
}

static int read_headers(struct slimming *s, const struct layer *layer, int to_fd, struct err *err)
{
	uint64_t size;
	auto_close int fd = blob_open(s->store, layer->blob, &size, err);
	auto_free unsigned char *in = malloc(PIECE), *out = malloc(PIECE);
	auto_of(decoder) struct decoder *decoder = NULL;
	auto_of(split) struct split *split = NULL;
	struct reading r = {.watch = s->watch, .fd = fd, .in = in, .out = out};

	if (fd < 0)
		return fd;
	if (!in || !out)
		return err_set(err, ENOMEM, "slim: out of memory");
	if (decoder_new(more_input, &r, false, &decoder, err) < 0 ||
		split_new(to_fd, &split, err) < 0)
		return err->code;
	r.decoder = decoder;
	if (pass_all(&r, split, err) < 0)
		return err->code;
	return split_end(split, err);
}

/* Beside the index, whole or not at all. */
static int write_headers(struct slimming *s, const struct layer *layer, struct err *err)
{
	int layers = store_dir(s->store, STORE_LAYERS);
	char draft[LAYER_ID_SIZE + 64], path[LAYER_ID_SIZE + 16];
	auto_close int fd = -1;

	snprintf(draft, sizeof(draft), "%s/" SPLIT_NAME ".%d", layer->id, (int)getpid());
	snprintf(path, sizeof(path), "%s/" SPLIT_NAME, layer->id);
	if (faccessat(layers, path, F_OK, 0) == 0)
		return 0;
	unlinkat(layers, draft, 0);
	fd = openat(layers, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "slim");
	if (read_headers(s, layer, fd, err) < 0 ||
		(renameat(layers, draft, layers, path) < 0 && err_sys(err, "slim") < 0)) {
		unlinkat(layers, draft, 0);
		return err->code;
	}
	return 0;
}

/* ---- check ---- */

static int nowhere(void *arg, const void *data, size_t len, struct err *err)
{
	(void)arg;
	(void)data;
	(void)len;
	(void)err;
	return 0;
}

static int check(struct slimming *s, const struct layer *layer, struct err *err)
{
	auto_of(rebuild) struct rebuild *rebuild = NULL;
	uint64_t size;

	if (rebuild_new(layer, &rebuild, &size, err) < 0)
		return err->code;
	return rebuild_write(rebuild, nowhere, NULL, s->watch ? s->watch->canceled : NULL, err);
}

/* ---- drop ---- */

static int forget_blob(struct db *db, const struct layer *layer, struct err *err)
{
	if (db_run(db, err, "UPDATE layers SET blob = NULL WHERE id = ?", "t", layer->id) < 0)
		return err->code;
	return db_run(db, err,
		"UPDATE images SET content_size = (SELECT coalesce(sum(iif(blob IS NULL, 0,"
		" compressed)), 0) FROM image_layers JOIN layers ON layers.id = layer WHERE image ="
		" images.id) WHERE id IN (SELECT image FROM image_layers WHERE layer = ?)",
		"t", layer->id);
}

static int is_needed(struct db *db, const char *blob, bool *out, struct err *err)
{
	auto_stmt *row = NULL;

	if (db_ask(db, &row, err,
		    "SELECT 1 FROM layers WHERE blob = ?1 UNION SELECT 1 FROM pressed WHERE blob = ?1",
		    "t", blob) < 0)
		return err->code;
	return db_step(row, out, err);
}

static int drop(struct slimming *s, const struct layer *layer, struct err *err)
{
	auto_close int lock = store_lock(s->store, true, err);
	int blobs = store_dir(s->store, STORE_BLOBS);
	const char *name = digest_hex(layer->blob);
	bool needed = true;
	struct stat st;
	struct db *db;
	int failed;

	if (lock < 0 || store_db(s->store, &db, err) < 0 || db_begin_removal(db, err) < 0)
		return err->code;
	failed = forget_blob(db, layer, err);
	if (db_end(db, failed, err) < 0 || is_needed(db, layer->blob, &needed, err) < 0)
		return err->code;
	if (!needed && fstatat(blobs, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		unlinkat(blobs, name, 0) == 0)
		s->freed += (uint64_t)st.st_size;
	return 0;
}

static int slim_layer(struct slimming *s, const char *id, struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;

	if (layer_open(s->store, id, &layer, err) < 0)
		return err->code;
	if (!layer->blob[0])
		return 0;
	if (write_headers(s, layer, err) < 0 || check(s, layer, err) < 0)
		return err_in(err, "slim: layer %.12s", digest_hex(layer->diff_id));
	return drop(s, layer, err);
}

/* Without blobs nothing could be repaired, so what is unpacked must be on the disk first. */
int image_slim(struct store *store, const char *who, const struct image_watch *watch,
	uint64_t *freed, struct err *err)
{
	struct slimming s = {.store = store, .watch = watch};
	auto_of(image) struct image *image = NULL;

	if (store_hold(store, err) < 0 || image_find(store, who, &image, err) < 0 ||
		(!image->settled && image_settle(store, image, err) < 0) ||
		confine_job(store, 0, err) < 0)
		return err->code;
	for (size_t i = 0; i < image->layers.len; i++) {
		if (i == 0 && store_sync(store, err) < 0)
			return err->code;
		if (slim_layer(&s, image->layers.v[i], err) < 0)
			return err->code;
	}
	*freed = s.freed;
	return 0;
}
