#include "core/image/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/chain.h"
#include "core/image/layer_make.h"
#include "core/image/layer_private.h"

struct telling {
	const struct tree *tree;
	const struct index **below;
	size_t n_below;
	image_change_fn *each;
	void *arg;
	char path[INDEX_PATH_MAX + INDEX_NAME_MAX + 2];
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "diff: out of memory");
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What an opaque directory hides and does not have again; the name after `last` and before
 * `next`. */
struct hidden {
	struct strs names;
	size_t at;
};

static int tell(struct telling *t, enum image_change kind)
{
	return t->each(t->arg, kind, t->path);
}

static int tell_hidden(struct telling *t, struct hidden *hidden, size_t len, const char *before)
{
	for (; hidden->at < hidden->names.len; hidden->at++) {
		const char *name = hidden->names.v[hidden->at];
		int order = before ? strcmp(name, before) : -1, stopped;

		if (order > 0)
			return 0;
		if (order == 0)
			continue;
		snprintf(t->path + len, sizeof(t->path) - len, "%s%s", len ? "/" : "", name);
		stopped = tell(t, IMAGE_DELETED);
		t->path[len] = '\0';
		if (stopped)
			return stopped;
	}
	return 0;
}

static int tell_dir(struct telling *t, uint32_t dir, struct err *err);

static int tell_node(struct telling *t, uint32_t node, struct err *err)
{
	const struct index_entry *entry = tree_at(t->tree, node);
	size_t owner;
	int stopped;

	if (entry->flags & INDEX_WHITEOUT)
		return tell(t, IMAGE_DELETED);
	stopped = tell(
		t, chain_find(t->below, t->n_below, t->path, &owner) ? IMAGE_CHANGED : IMAGE_ADDED);
	return stopped || !S_ISDIR(entry->mode) ? stopped : tell_dir(t, node, err);
}

static int tell_children(struct telling *t, const uint32_t *children, size_t n,
	struct hidden *hidden, struct err *err)
{
	size_t len = strlen(t->path);

	for (size_t i = 0; i < n; i++) {
		char name[INDEX_NAME_MAX + 1];
		int stopped;

		tree_name(t->tree, children[i], name);
		stopped = tell_hidden(t, hidden, len, name);
		snprintf(t->path + len, sizeof(t->path) - len, "%s%s", len ? "/" : "", name);
		if (!stopped)
			stopped = tell_node(t, children[i], err);
		t->path[len] = '\0';
		if (stopped)
			return stopped;
	}
	return tell_hidden(t, hidden, len, NULL);
}

static int tell_dir(struct telling *t, uint32_t dir, struct err *err)
{
	size_t n;
	auto_free uint32_t *children = tree_children(t->tree, dir, &n);
	struct hidden hidden = {.names = STRS_INIT};
	int stopped;

	if (n && !children)
		return no_memory(err);
	if (tree_at(t->tree, dir)->flags & INDEX_OPAQUE) {
		chain_names(t->below, t->n_below, t->path, &hidden.names);
		if (hidden.names.len)
			qsort(hidden.names.v, hidden.names.len, sizeof(char *), by_bytes);
	}
	stopped = strs_failed(&hidden.names) ? no_memory(err)
					     : tell_children(t, children, n, &hidden, err);
	strs_fini(&hidden.names);
	return stopped;
}

static int scan(
	struct telling *t, const struct image_tree *source, struct tree **out, struct err *err)
{
	auto_close int fd = openat(
		source->dir_fd, source->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	const struct scan how = {
		.root_fd = fd,
		.below = t->below,
		.n_below = t->n_below,
		.stubs = source->stubs,
		.whole = source->whole,
		.owners = source->owners,
		.latest = SCAN_ANY_TIME,
	};

	if (fd < 0)
		return err_sys(err, "diff");
	return scan_tree(&how, out, NULL, err);
}

int image_changes(struct store *store, const struct image_tree *source, image_change_fn *each,
	void *arg, struct err *err)
{
	auto_stack stack = {0};
	auto_of(tree) struct tree *tree = NULL;
	auto_free const struct index **below = NULL;
	struct telling t = {.each = each, .arg = arg};

	if (layer_stack_open(store, source->layers, &stack, err) < 0)
		return err->code;
	below = calloc(stack.n + 1, sizeof(*below));
	if (!below)
		return no_memory(err);
	for (size_t i = 0; i < stack.n; i++)
		below[i] = stack.v[i]->index;
	t.below = below;
	t.n_below = stack.n;
	if (scan(&t, source, &tree, err) < 0)
		return err->code;
	t.tree = tree;
	return tell_dir(&t, TREE_ROOT, err);
}
