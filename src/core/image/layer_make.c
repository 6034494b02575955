#include "core/image/layer_make.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/image/copy.h"
#include "core/image/dirs.h"
#include "core/image/layer_private.h"
#include "core/image/layer_tar.h"
#include "core/image/ring.h"
#include "core/image/sha.h"
#include "core/timing.h"
#include "core/privilege.h"
#include "util/path.h"
#include "util/strs.h"

struct making {
	const struct layer_source *source;
	struct layer *layer;
	struct strs dropped;
	int diff_fd;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layer: out of memory");
}

/* ---- scan ---- */

static int scan_source(struct making *m, int root_fd, struct err *err)
{
	const struct layer_source *source = m->source;
	auto_free const struct index **indexes = calloc(source->n_below + 1, sizeof(*indexes));
	struct scan scan = {
		.root_fd = root_fd,
		.below = indexes,
		.n_below = source->n_below,
		.stubs = source->stubs,
		.whole = source->whole,
		.owners = source->owners,
		.marks = source->take,
		.latest = source->latest,
		.canceled = source->canceled,
	};

	if (!indexes)
		return no_memory(err);
	for (size_t i = 0; i < source->n_below; i++)
		indexes[i] = source->below[i]->index;
	return scan_tree(&scan, &m->layer->tree, source->take ? &m->dropped : NULL, err);
}

/* ---- stage: a copy ---- */

/* The index is written twice: copying reads the first, and hashing then knows the sizes. */
static int copy_source(struct making *m, int root_fd, struct err *err)
{
	struct layer *layer = m->layer;
	auto_of(index) struct index *index = NULL;
	int stage = stage_fd(layer->stage);

	if (mkdirat(stage, "diff", 0755) < 0)
		return err_sys(err, "layer");
	m->diff_fd = openat(stage, "diff", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m->diff_fd < 0)
		return err_sys(err, "layer");
	if (tree_write(layer->tree, stage, "index", "sha256:", &layer->entries, &layer->size, err) <
			0 ||
		index_open(stage, "index", &index, err) < 0)
		return err->code;
	return copy_layer(index, root_fd, m->diff_fd, COPY_LAYER, store_driver(layer->store),
		m->source->canceled, err);
}

/* ---- stage: the directory itself ---- */

static int remove_dropped(struct making *m, struct err *err)
{
	for (size_t i = 0; i < m->dropped.len; i++) {
		char *path = m->dropped.v[i], *slash = strrchr(path, '/');
		auto_close int dir = -1;
		int failed;

		if (slash)
			*slash = '\0';
		dir = path_open_in(m->diff_fd, slash ? path : ".", O_PATH | O_DIRECTORY, 0);
		failed = dir == -ENOENT ? 0
			 : dir < 0      ? dir
					: path_remove_at(dir, slash ? slash + 1 : path);
		if (failed && failed != -ENOENT)
			return err_set(err, failed, "layer: %.300s: %s", path, err_name(failed));
	}
	return 0;
}

/* The overlay's own notes about a copied-up file mean nothing below another upper directory. */
static int strip(const char *path, bool opaque, struct err *err)
{
	char list[4096];
	ssize_t len = llistxattr(path, list, sizeof(list));

	if (len < 0 && errno == ERANGE)
		return err_set(err, E2BIG, "layer: too many attributes");
	for (const char *name = list; name < list + len; name += strlen(name) + 1)
		if (scan_is_overlays(name) && !(opaque && str_eq(name, privilege_opaque_mark())) &&
			lremovexattr(path, name) < 0 && errno != ENODATA)
			return err_sys(err, "layer: attribute %.100s", name);
	return 0;
}

static int tidy_node(struct making *m, struct dirs *dirs, uint32_t node, struct err *err)
{
	struct index_entry *entry = tree_at(m->layer->tree, node);
	struct timespec time = {.tv_sec = entry->mtime}, times[] = {time, time};
	int dir_fd = dirs_fd(dirs, entry->parent, err);
	char name[INDEX_NAME_MAX + 1] = ".", path[INDEX_NAME_MAX + 64];
	bool opaque = entry->flags & INDEX_OPAQUE && store_driver(m->layer->store) == STORE_OVERLAY;

	if (dir_fd < 0)
		return err->code;
	entry->flags &= (uint16_t)~INDEX_UNTIDY;
	if (node != TREE_ROOT)
		tree_name(m->layer->tree, node, name);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	if (strip(path, opaque, err) < 0)
		return err->code;
	return utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0
		       ? err_sys(err, "layer: %.200s", name)
		       : 0;
}

/* A directory's time may have changed with what was dropped. */
static bool is_untidy(struct tree *tree, uint32_t node)
{
	const struct index_entry *entry = tree_at(tree, node);

	return tree_is_live(tree, node) && !(entry->flags & INDEX_WHITEOUT) &&
	       (S_ISDIR(entry->mode) || entry->flags & INDEX_UNTIDY);
}

/* Children have higher numbers than their directory, whose time is therefore set after theirs. */
static int tidy(struct making *m, struct err *err)
{
	struct tree *tree = m->layer->tree;
	struct dirs dirs;
	int failed = 0;

	dirs_init(&dirs, m->diff_fd, tree);
	for (uint32_t node = tree_count(tree); node-- && !failed;)
		if (is_untidy(tree, node))
			failed = tidy_node(m, &dirs, node, err);
	dirs_fini(&dirs);
	return failed;
}

static int take_source(struct making *m, int root_fd, struct err *err)
{
	int stage = stage_fd(m->layer->stage);

	if (renameat(m->source->dir_fd, m->source->name, stage, "diff") < 0)
		return err_sys(err, "layer: %s", m->source->name);
	m->diff_fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 3);
	if (m->diff_fd < 0)
		return err_sys(err, "layer");
	if (remove_dropped(m, err) < 0)
		return err->code;
	return tidy(m, err);
}

/* ---- hash ---- */

/* Files are read by this thread and hashed by another, which takes the longer of the two. Only so
 * much is worth one. */
enum { HASH_CHUNKS = 4, HASH_CHUNK = 256 << 10, HASH_WORTH = 4 << 20 };

struct hashing {
	struct sha *sha;
	struct ring *ring; /* NULL: by this thread */
	unsigned char *room;
	size_t len;
	pthread_t thread;
};

static void *hash_chunks(void *arg)
{
	struct hashing *hashing = arg;
	const unsigned char *data;
	struct err ignored;
	ssize_t got;

	while ((got = ring_get(hashing->ring, &data, &ignored)) > 0)
		sha_add(hashing->sha, data, (size_t)got);
	return NULL;
}

static void flush_chunk(struct hashing *hashing)
{
	if (hashing->len)
		ring_put(hashing->ring, hashing->len);
	hashing->room = NULL;
	hashing->len = 0;
}

static int hash_piece(void *arg, const void *data, size_t len, struct err *err)
{
	struct hashing *hashing = arg;
	const unsigned char *from = data;

	(void)err;
	if (!hashing->ring)
		sha_add(hashing->sha, data, len);
	while (hashing->ring && len) {
		size_t part = HASH_CHUNK - hashing->len;

		if (!hashing->room)
			hashing->room = ring_room(hashing->ring);
		part = part < len ? part : len;
		if (from != hashing->room + hashing->len)
			memcpy(hashing->room + hashing->len, from, part);
		hashing->len += part;
		from += part;
		len -= part;
		if (hashing->len == HASH_CHUNK)
			flush_chunk(hashing);
	}
	return 0;
}

static unsigned char *hash_room(void *arg, size_t *len)
{
	struct hashing *hashing = arg;

	if (!hashing->ring)
		return NULL;
	if (!hashing->room)
		hashing->room = ring_room(hashing->ring);
	*len = HASH_CHUNK - hashing->len;
	return hashing->room + hashing->len;
}

static void hashing_begin(struct hashing *hashing, struct tree *tree)
{
	struct err ignored;
	uint64_t size = 0;

	if (layer_tar_size(tree, &size, &ignored) < 0 || size < HASH_WORTH)
		return;
	hashing->ring = ring_new(HASH_CHUNKS, HASH_CHUNK);
	if (hashing->ring && pthread_create(&hashing->thread, NULL, hash_chunks, hashing) != 0) {
		ring_free(hashing->ring);
		hashing->ring = NULL;
	}
}

static void hashing_end(struct hashing *hashing)
{
	if (!hashing->ring)
		return;
	flush_chunk(hashing);
	ring_end(hashing->ring, NULL);
	pthread_join(hashing->thread, NULL);
	ring_free(hashing->ring);
}

static int hash(struct making *m, struct err *err)
{
	auto_of(sha) struct sha *sha = sha_new();
	struct hashing hashing = {.sha = sha};
	struct layer_tar tar = {
		.tree = m->layer->tree,
		.diff_fd = m->diff_fd,
		.record = true,
		.canceled = m->source->canceled,
		.late = m->source->late,
		.put = hash_piece,
		.room = hash_room,
		.arg = &hashing,
	};
	int failed;

	if (!sha)
		return no_memory(err);
	hashing_begin(&hashing, m->layer->tree);
	failed = layer_tar_write(&tar, err);
	hashing_end(&hashing);
	if (failed)
		return failed;
	sha_done(sha, m->layer->diff_id);
	memcpy(m->layer->digest, m->layer->diff_id, DIGEST_SIZE);
	return 0;
}

/* ---- all of it ---- */

static int open_source(const struct layer_source *source, struct err *err)
{
	int fd = openat(
		source->dir_fd, source->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? err_sys(err, "layer: %s", source->name) : fd;
}

static int read_source(struct making *m, int root_fd, struct err *err)
{
	if (scan_source(m, root_fd, err) < 0)
		return err->code;
	if (m->source->clocks)
		m->source->clocks->scanned_ns = timing_now();
	return m->source->take ? take_source(m, root_fd, err) : copy_source(m, root_fd, err);
}

int layer_make(
	struct store *store, const struct layer_source *source, struct layer **out, struct err *err)
{
	auto_of(layer) struct layer *layer = calloc(1, sizeof(*layer));
	struct making m = {.source = source, .layer = layer, .diff_fd = -1};
	auto_close int root_fd = open_source(source, err);
	int failed = root_fd < 0 ? root_fd : layer ? 0 : no_memory(err);

	if (source->clocks)
		source->clocks->began_ns = timing_now();
	if (!failed) {
		layer->store = store;
		failed = stage_new(store, &layer->stage, err);
	}
	if (!failed)
		failed = read_source(&m, root_fd, err);
	if (source->on_read)
		source->on_read(source->arg);
	if (source->clocks)
		source->clocks->staged_ns = timing_now();
	if (!failed)
		failed = hash(&m, err);
	if (source->clocks)
		source->clocks->hashed_ns = timing_now();
	own_closep(&m.diff_fd);
	strs_fini(&m.dropped);
	if (!failed)
		*out = take(layer);
	return failed;
}

bool layer_is_empty(const struct layer *layer)
{
	if (layer->tree)
		return tree_at(layer->tree, TREE_ROOT)->flags & INDEX_IMPLIED &&
		       !tree_has_children(layer->tree, TREE_ROOT);
	return layer->index && index_count(layer->index) == 1 &&
	       index_at(layer->index, 0)->flags & INDEX_IMPLIED;
}

const struct index *layer_index(const struct layer *layer)
{
	return layer->index;
}

const char *layer_id(const struct layer *layer)
{
	return layer->id;
}

/* ---- stacks ---- */

int layer_stack_open(
	struct store *store, const struct strs *ids, struct layer_stack *out, struct err *err)
{
	struct layer_stack stack = {.v = calloc(ids->len + 1, sizeof(*stack.v))};

	if (!stack.v)
		return no_memory(err);
	for (; stack.n < ids->len; stack.n++)
		if (layer_open(store, ids->v[stack.n], &stack.v[stack.n], err) < 0) {
			layer_stack_fini(&stack);
			return err->code;
		}
	*out = stack;
	return 0;
}

void layer_stack_fini(struct layer_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		layer_free(stack->v[i]);
	free(stack->v);
	*stack = (struct layer_stack){0};
}
