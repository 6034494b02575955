#include "core/image/rebuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/image/layer_private.h"
#include "core/image/sha.h"
#include "core/image/split.h"
#include "util/path.h"
#include "util/strs.h"

enum { PIECE = 256 << 10 };

struct place {
	uint64_t header;
	uint32_t entry;
};

struct rebuild {
	const struct layer *layer;
	struct tree *tree; /* made here; else NULL */
	int headers_fd;    /* a stranger's; else -1 */
	int diff_fd;
	struct place *places; /* of files, by header */
	size_t n_places;
	/* while it is written */
	tar_put_fn *put;
	void *arg;
	const atomic_bool *canceled;
	struct sha *sha;
	unsigned char *piece;
	int file_fd;
	uint32_t file;
	uint64_t size;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layer: out of memory");
}

void rebuild_free(struct rebuild *rebuild)
{
	if (!rebuild)
		return;
	tree_free(rebuild->tree);
	own_closep(&rebuild->headers_fd);
	own_closep(&rebuild->diff_fd);
	own_closep(&rebuild->file_fd);
	free(rebuild->places);
	sha_free(rebuild->sha);
	free(rebuild->piece);
	free(rebuild);
}

/* ---- which file a header was of ---- */

static int by_header(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	return left->header < right->header ? -1 : left->header > right->header;
}

static int find_places(struct rebuild *r, struct err *err)
{
	const struct index *index = r->layer->index;

	r->places = malloc(index_count(index) * sizeof(*r->places));
	if (!r->places)
		return no_memory(err);
	for (uint32_t i = 0; i < index_count(index); i++) {
		const struct index_entry *entry = index_at(index, i);

		if (S_ISREG(entry->mode) && !(entry->flags & (INDEX_LINK | INDEX_COPIED)))
			r->places[r->n_places++] = (struct place){entry->offset, i};
	}
	qsort(r->places, r->n_places, sizeof(*r->places), by_header);
	return 0;
}

/* ---- writing ---- */

static int put(void *arg, const void *data, size_t len, struct err *err)
{
	struct rebuild *r = arg;

	if (r->canceled && atomic_load_explicit(r->canceled, memory_order_relaxed))
		return err_set(err, ECANCELED, "canceled");
	sha_add(r->sha, data, len);
	return r->put(r->arg, data, len, err);
}

static int open_place(struct rebuild *r, uint64_t header, struct err *err)
{
	const struct place wanted = {.header = header}, *found;
	char path[INDEX_PATH_MAX];

	found = bsearch(&wanted, r->places, r->n_places, sizeof(wanted), by_header);
	if (!found)
		return err_set(err, ENODATA,
			"layer %.12s has a file twice, of which only one was kept: it cannot be made "
			"again, pull or load the image",
			digest_hex(r->layer->diff_id));
	if (r->file_fd >= 0 && r->file == found->entry)
		return 0;
	own_closep(&r->file_fd);
	index_path(r->layer->index, index_at(r->layer->index, found->entry), path);
	r->file = found->entry;
	r->file_fd = path_open_in(r->diff_fd, path, O_RDONLY | O_NOFOLLOW, 0);
	return r->file_fd < 0
		       ? err_set(err, r->file_fd, "layer: %.300s: %s", path, err_name(r->file_fd))
		       : 0;
}

static int put_content(void *arg, uint64_t header, uint64_t at, uint64_t len, struct err *err)
{
	struct rebuild *r = arg;

	if (open_place(r, header, err) < 0)
		return err->code;
	while (len) {
		ssize_t got =
			pread(r->file_fd, r->piece, len < PIECE ? (size_t)len : PIECE, (off_t)at);

		if (got <= 0)
			return err_set(err, EBADMSG, "layer %.12s: a file is shorter than it was",
				digest_hex(r->layer->diff_id));
		if (put(r, r->piece, (size_t)got, err) < 0)
			return err->code;
		at += (uint64_t)got;
		len -= (uint64_t)got;
	}
	return 0;
}

static int write_split(struct rebuild *r, struct err *err)
{
	const struct split_reader reader = {.raw = put, .content = put_content, .arg = r};

	if (lseek(r->headers_fd, 0, SEEK_SET) < 0)
		return err_sys(err, "layer");
	return split_read(r->headers_fd, &reader, err);
}

static int write_own(struct rebuild *r, struct err *err)
{
	const struct layer_tar tar = {.tree = r->tree,
		.diff_fd = r->diff_fd,
		.canceled = r->canceled,
		.put = put,
		.arg = r};

	return layer_tar_write(&tar, err);
}

int rebuild_write(
	struct rebuild *r, tar_put_fn *to, void *arg, const atomic_bool *canceled, struct err *err)
{
	char digest[DIGEST_SIZE];

	r->put = to;
	r->arg = arg;
	r->canceled = canceled;
	if ((r->tree ? write_own(r, err) : write_split(r, err)) < 0)
		return err->code;
	sha_done(r->sha, digest);
	if (str_eq(digest, r->layer->diff_id))
		return 0;
	return err_set(err, EBADMSG,
		"layer %.12s is not what it was, or was made by an older davit: it became %.12s; pull "
		"or load the image again",
		digest_hex(r->layer->diff_id), digest_hex(digest));
}

/* ---- ready ---- */

static int add_raw(void *arg, const void *data, size_t len, struct err *err)
{
	(void)data;
	(void)err;
	((struct rebuild *)arg)->size += len;
	return 0;
}

static int add_content(void *arg, uint64_t header, uint64_t at, uint64_t len, struct err *err)
{
	(void)header;
	(void)at;
	(void)err;
	((struct rebuild *)arg)->size += len;
	return 0;
}

static int measure(struct rebuild *r, struct err *err)
{
	const struct split_reader reader = {.raw = add_raw, .content = add_content, .arg = r};

	if (r->tree)
		return layer_tar_size(r->tree, &r->size, err);
	return split_read(r->headers_fd, &reader, err);
}

static int prepare(struct rebuild *r, struct err *err)
{
	const struct layer *layer = r->layer;
	char path[LAYER_ID_SIZE + sizeof("/" SPLIT_NAME)];

	r->diff_fd = layer_diff_fd(layer, err);
	if (r->diff_fd < 0)
		return r->diff_fd;
	r->sha = sha_new();
	r->piece = malloc(PIECE);
	if (!r->sha || !r->piece)
		return no_memory(err);
	snprintf(path, sizeof(path), "%s/" SPLIT_NAME, layer->id);
	r->headers_fd = openat(
		store_dir(layer->store, STORE_LAYERS), path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (r->headers_fd >= 0)
		return find_places(r, err);
	r->tree = tree_of_index(layer->index);
	return r->tree ? 0 : no_memory(err);
}

int rebuild_new(const struct layer *layer, struct rebuild **out, uint64_t *size, struct err *err)
{
	auto_of(rebuild) struct rebuild *r = calloc(1, sizeof(*r));

	if (!r)
		return no_memory(err);
	r->layer = layer;
	r->headers_fd = r->diff_fd = r->file_fd = -1;
	if (prepare(r, err) < 0 || measure(r, err) < 0)
		return err->code;
	*size = r->size;
	*out = take(r);
	return 0;
}
