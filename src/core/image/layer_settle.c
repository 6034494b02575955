/* layer_settle.c - a layer meets those below it, and gets its name.
 *
 * Most layers stand alone: their key is H(diff id). Two things reach down. A directory that the tar
 * only implies is one that a lower layer describes, and overlay shows the upper one's metadata: so
 * it gets the lower one's. A hard link may name a file of a lower layer: the file is copied up.
 * What was done about either is a text, and the key is H(diff id, text). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/chain.h"
#include "core/image/copy.h"
#include "core/image/dirs.h"
#include "core/image/layer_private.h"
#include "core/image/sha.h"
#include "util/buf.h"

struct settling {
	struct layer *layer;
	struct layer *const *below;
	const struct index **indexes; /* of below */
	size_t n_below;
	struct buf fixups; /* the text */
	struct dirs dirs;
	int diff_fd;
	bool changed; /* the tree is no longer what the index says */
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layer: out of memory");
}

/* 130 bits are enough for a name, and 26 characters keep mount options short. */
static void set_id(struct settling *settling)
{
	static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct layer *layer = settling->layer;
	auto_buf text = BUF_INIT;
	char digest[DIGEST_SIZE];
	const char *hex = digest + strlen("sha256:");
	unsigned bits = 0, have = 0;

	buf_addf(&text, "davit layer 1\n%s\n", layer->diff_id);
	buf_add(&text, settling->fixups.data, settling->fixups.len);
	sha_of(text.data, text.len, digest);
	for (int i = 0; i < LAYER_ID_LEN; i++) {
		while (have < 5) {
			unsigned digit = (unsigned)(*hex <= '9' ? *hex - '0' : *hex - 'a' + 10);

			bits = bits << 4 | digit;
			have += 4;
			hex++;
		}
		have -= 5;
		layer->id[i] = base32[bits >> have & 31];
	}
	layer->id[LAYER_ID_LEN] = '\0';
}

static void describe(struct settling *settling, const char *what, const char *path,
	const struct index *index, const struct index_entry *entry)
{
	struct index_xattr xattr;
	size_t at = 0;

	buf_addf(&settling->fixups, "%s %zu:%s %o %u:%u %lld.%u", what, strlen(path), path,
		entry->mode, entry->uid, entry->gid, (long long)entry->mtime, entry->mtime_ns);
	for (int i = 0; i < INDEX_HASH; i++)
		buf_addf(&settling->fixups, "%s%02x", i ? "" : " ", entry->hash[i]);
	while (index_xattrs(index, entry, &at, &xattr)) {
		buf_addf(&settling->fixups, " %s=%zu:", xattr.name, xattr.len);
		buf_add(&settling->fixups, xattr.value, xattr.len);
	}
	buf_addc(&settling->fixups, '\n');
}

static void copy_facts(struct tree *tree, uint32_t node, const struct index *index,
	const struct index_entry *from, uint16_t flags)
{
	struct index_entry *to = tree_at(tree, node), own = *to;
	struct tar_xattr list[UNPACK_XATTRS_MAX];
	struct index_xattr xattr;
	size_t n = 0, at = 0;

	*to = *from;
	to->parent = own.parent;
	to->name = own.name;
	to->name_len = own.name_len;
	to->flags = flags;
	to->offset = own.offset;
	to->first_child = to->children = 0;
	to->target = 0;
	while (n < array_len(list) && index_xattrs(index, from, &at, &xattr))
		list[n++] = (struct tar_xattr){xattr.name, xattr.value, xattr.len};
	tree_set_xattrs(tree, node, list, n);
}

static int64_t tree_find(const struct tree *tree, const char *path)
{
	int64_t node = TREE_ROOT;

	while (node >= 0 && *(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/");

		node = tree_child(tree, (uint32_t)node, path, len);
		path += len;
	}
	return node;
}

/* The directories above a copied-up file; implied ones, so that they are fixed up next. */
static int make_parents(struct settling *settling, const char *path, uint32_t *out, struct err *err)
{
	struct tree *tree = settling->layer->tree;
	uint32_t dir = TREE_ROOT;

	for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
		size_t len = (size_t)(slash - path);
		int64_t child = tree_child(tree, dir, path, len);
		char name[INDEX_NAME_MAX + 1];
		int dir_fd;

		if (child >= 0) {
			if (!S_ISDIR(tree_at(tree, (uint32_t)child)->mode))
				return err_set(err, ENOTDIR, "%.200s: not below a directory", path);
			dir = (uint32_t)child;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		dir_fd = dirs_fd(&settling->dirs, dir, err);
		if (dir_fd < 0)
			return err->code;
		if (mkdirat(dir_fd, name, 0755) < 0)
			return err_sys(err, "%.200s", name);
		dir = tree_add(tree, dir, name, len);
		tree_at(tree, dir)->mode = S_IFDIR | 0755;
		tree_at(tree, dir)->flags = INDEX_IMPLIED;
	}
	*out = dir;
	return tree_failed(tree) ? no_memory(err) : 0;
}

/* Brings a file of a lower layer into this one, at the same path. */
static int copy_up(struct settling *settling, const char *path, int64_t *out, struct err *err)
{
	struct tree *tree = settling->layer->tree;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const struct index_entry *entry;
	auto_close int from = -1;
	uint32_t dir = TREE_ROOT;
	size_t owner;
	int dir_fd;

	entry = chain_find(settling->indexes, settling->n_below, path, &owner);
	if (!entry || S_ISDIR(entry->mode))
		return err_set(err, EBADMSG, "hard link to %.200s, which no layer has", path);
	if (make_parents(settling, path, &dir, err) < 0)
		return err->code;
	from = layer_diff_fd(settling->below[owner], err);
	dir_fd = from < 0 ? -1 : dirs_fd(&settling->dirs, dir, err);
	if (dir_fd < 0 || copy_entry(settling->indexes[owner], entry, from, dir_fd, name, err) < 0)
		return err->code;
	*out = tree_add(tree, dir, name, strlen(name));
	copy_facts(tree, (uint32_t)*out, settling->indexes[owner], entry, INDEX_COPIED);
	if (S_ISLNK(entry->mode))
		tree_set_target(
			tree, (uint32_t)*out, index_target(settling->indexes[owner], entry));
	describe(settling, "link", path, settling->indexes[owner], entry);
	return tree_failed(tree) ? no_memory(err) : 0;
}

static int set_dir_time(struct settling *settling, uint32_t dir, struct err *err)
{
	const struct index_entry *entry = tree_at(settling->layer->tree, dir);
	struct timespec time = {entry->mtime, entry->mtime_ns}, times[] = {time, time};
	int dir_fd = dirs_fd(&settling->dirs, dir, err);

	if (dir_fd < 0)
		return err->code;
	return utimensat(dir_fd, ".", times, 0) < 0 ? err_sys(err, "layer") : 0;
}

static int link_node(struct settling *settling, uint32_t node, uint32_t target, const char *path,
	struct err *err)
{
	struct tree *tree = settling->layer->tree;
	struct index_entry *entry = tree_at(tree, node), facts = *tree_at(tree, target);
	char from_name[INDEX_NAME_MAX + 1], name[INDEX_NAME_MAX + 1];
	auto_close int from = -1;
	int to;

	tree_name(tree, target, from_name);
	tree_name(tree, node, name);
	to = dirs_fd(&settling->dirs, facts.parent, err);
	from = to < 0 ? -1 : fcntl(to, F_DUPFD_CLOEXEC, 3);
	to = from < 0 ? -1 : dirs_fd(&settling->dirs, entry->parent, err);
	if (to < 0)
		return from < 0 ? err_sys(err, "%.200s", name) : err->code;
	if (linkat(from, from_name, to, name, 0) < 0)
		return err_sys(err, "%.200s: hard link", name);
	facts.parent = entry->parent;
	facts.name = entry->name;
	facts.name_len = entry->name_len;
	facts.offset = entry->offset;
	facts.flags = INDEX_LINK;
	*entry = facts;
	tree_set_target(tree, node, path);
	return tree_failed(tree) ? no_memory(err) : 0;
}

static int settle_link(struct settling *settling, const struct pending_link *link, struct err *err)
{
	struct tree *tree = settling->layer->tree;
	int64_t target = tree_find(tree, link->target);

	if (!tree_is_live(tree, link->node))
		return 0;
	if (target >= 0 && tree_at(tree, (uint32_t)target)->flags & INDEX_WHITEOUT)
		return err_set(
			err, EBADMSG, "hard link to %.200s, which the layer deletes", link->target);
	/* The target may have come after the link, in the same archive. */
	if (target >= 0 && (S_ISDIR(tree_at(tree, (uint32_t)target)->mode) || target == link->node))
		return err_set(
			err, EBADMSG, "hard link to %.200s, which is not a file", link->target);
	if (target < 0) {
		if (copy_up(settling, link->target, &target, err) < 0)
			return err->code;
		settling->layer->links = true;
		if (set_dir_time(settling, tree_at(tree, (uint32_t)target)->parent, err) < 0)
			return err->code;
	}
	if (link_node(settling, link->node, (uint32_t)target, link->target, err) < 0)
		return err->code;
	return set_dir_time(settling, tree_at(tree, link->node)->parent, err);
}

static int settle_links(struct settling *settling, struct err *err)
{
	struct layer *layer = settling->layer;

	for (size_t i = 0; i < layer->n_pending; i++)
		if (settle_link(settling, &layer->pending[i], err) < 0)
			return err_in(err, "layer %.*s", DIGEST_SHORT, digest_hex(layer->diff_id));
	return 0;
}

static int write_index(struct layer *layer, struct err *err)
{
	index_free(take(layer->index));
	if (tree_write(layer->tree, stage_fd(layer->stage), "index", layer->diff_id,
		    &layer->entries, &layer->size, err) < 0)
		return err->code;
	return index_open(stage_fd(layer->stage), "index", &layer->index, err);
}

static bool hidden_from_below(const struct index *index, const struct index_entry *entry)
{
	for (;; entry = index_at(index, entry->parent)) {
		if (entry->flags & INDEX_OPAQUE)
			return true;
		if (entry == index_at(index, 0))
			return false;
	}
}

static bool same_facts(const struct index_entry *a, const struct index_entry *b)
{
	return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid && a->mtime == b->mtime &&
	       a->mtime_ns == b->mtime_ns && !a->xattrs == !b->xattrs;
}

/* A layer that stands in the store is never changed: this chain gets a copy of its own. */
static int make_own(struct settling *settling, struct err *err)
{
	struct layer *layer = settling->layer;
	auto_of(stage) struct stage *stage = NULL;
	auto_close int to = -1;

	if (!layer->stage) {
		if (stage_new(layer->store, &stage, err) < 0)
			return err->code;
		if (mkdirat(stage_fd(stage), "diff", 0755) < 0)
			return err_sys(err, "layer");
		to = openat(stage_fd(stage), "diff", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (to < 0 || copy_layer(layer->index, settling->diff_fd, to, COPY_LAYER,
				      store_driver(layer->store), NULL, err) < 0)
			return to < 0 ? err_sys(err, "layer") : err->code;
		layer->stage = take(stage);
		close(settling->diff_fd);
		settling->diff_fd = take_fd(&to);
	}
	tree_free(layer->tree);
	layer->tree = tree_of_index(layer->index);
	dirs_fini(&settling->dirs);
	dirs_init(&settling->dirs, settling->diff_fd, layer->tree);
	settling->changed = true;
	return layer->tree ? 0 : no_memory(err);
}

/* One implied directory: what it should look like, and so it does. */
struct wanted {
	const struct index *index; /* whose attributes */
	const struct index_entry *entry;
};

static struct wanted wanted_for(
	struct settling *settling, const struct index_entry *entry, const char *path)
{
	static const struct index_entry plain = {.mode = S_IFDIR | 0755};
	struct wanted wanted = {settling->layer->index, &plain};
	const struct index_entry *found;
	size_t owner;

	if (hidden_from_below(settling->layer->index, entry))
		return wanted;
	found = chain_find(settling->indexes, settling->n_below, path, &owner);
	if (found && S_ISDIR(found->mode) && !same_facts(found, &plain))
		wanted = (struct wanted){settling->indexes[owner], found};
	return wanted;
}

static int apply_wanted(
	struct settling *settling, uint32_t number, const struct wanted *wanted, struct err *err)
{
	struct tree *tree = settling->layer->tree;
	uint16_t flags = tree_at(tree, number)->flags;
	char name[INDEX_NAME_MAX + 1];
	int dir_fd = dirs_fd(&settling->dirs, tree_at(tree, number)->parent, err);

	if (dir_fd < 0)
		return err->code;
	tree_name(tree, number, name);
	copy_facts(tree, number, wanted->index, wanted->entry, flags);
	return copy_dress_dir(wanted->index, wanted->entry, dir_fd, name, err);
}

/* twice: first only the text, which gives the key; then, if the key is not that of what we have,
 * the deed. Numbers of the index are those of the tree that make_own reads from it. */
static int settle_dirs(
	struct settling *settling, const struct index *index, bool apply, struct err *err)
{
	for (uint32_t i = 1; i < index_count(index); i++) {
		const struct index_entry *entry = index_at(index, i);
		char path[INDEX_PATH_MAX];
		struct wanted wanted;

		if (!(entry->flags & INDEX_IMPLIED))
			continue;
		index_path(index, entry, path);
		wanted = wanted_for(settling, entry, path);
		if (!apply &&
			(wanted.entry->mtime || wanted.entry->uid || wanted.entry->gid ||
				wanted.entry->xattrs || wanted.entry->mode != (S_IFDIR | 0755)))
			describe(settling, "dir", path, wanted.index, wanted.entry);
		if (apply && apply_wanted(settling, i, &wanted, err) < 0)
			return err->code;
	}
	return buf_failed(&settling->fixups) ? no_memory(err) : 0;
}

static int settle(struct settling *settling, struct err *err)
{
	struct layer *layer = settling->layer;
	char before[LAYER_ID_SIZE];

	memcpy(before, layer->id, sizeof(before));
	if (layer->tree && (settle_links(settling, err) < 0 || write_index(layer, err) < 0))
		return err->code;
	if (settle_dirs(settling, layer->index, false, err) < 0)
		return err->code;
	set_id(settling);
	if (layer->stage ? !settling->fixups.len : str_eq(before, layer->id))
		return 0;
	if (make_own(settling, err) < 0 || settle_dirs(settling, layer->index, true, err) < 0)
		return err->code;
	return write_index(layer, err);
}

int layer_settle(struct layer *layer, struct layer *const *below, size_t n_below, struct err *err)
{
	auto_free const struct index **indexes = calloc(n_below + 1, sizeof(*indexes));
	struct settling settling = {
		.layer = layer,
		.below = below,
		.indexes = indexes,
		.n_below = n_below,
	};
	int failed;

	if (!indexes)
		return no_memory(err);
	for (size_t i = 0; i < n_below; i++)
		indexes[i] = below[i]->index;
	settling.diff_fd = layer_diff_fd(layer, err);
	if (settling.diff_fd < 0)
		return err->code;
	dirs_init(&settling.dirs, settling.diff_fd, layer->tree);
	failed = settle(&settling, err);
	dirs_fini(&settling.dirs);
	close(settling.diff_fd);
	buf_fini(&settling.fixups);
	tree_free(take(layer->tree));
	return failed;
}

/* Without a row, a directory there is what somebody could not finish: the lock says so. */
int layer_place(struct layer *layer, struct err *err)
{
	struct err ignored = {0};
	int failed;

	if (!layer->stage)
		return 0;
	failed = stage_move(layer->stage, STORE_LAYERS, layer->id, err);
	if (failed == -EEXIST) {
		store_discard(layer->store, STORE_LAYERS, layer->id, &ignored);
		failed = stage_move(layer->stage, STORE_LAYERS, layer->id, err);
	}
	if (!failed)
		stage_free(take(layer->stage));
	return failed;
}
