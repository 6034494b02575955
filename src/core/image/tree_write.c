/* tree_write.c - from the tree to the index's order and back. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <xxhash.h>

#include "core/image/tree_private.h"
#include "util/digest.h"

struct writing {
	struct tree *tree;
	uint32_t *order; /* node of each index entry */
	uint32_t count;
	struct index_entry *entries;
	uint64_t size;
};

static int by_name(const void *a, const void *b, void *arg)
{
	const struct tree *tree = arg;
	const struct index_entry *left = &tree->entries[*(const uint32_t *)a];
	const struct index_entry *right = &tree->entries[*(const uint32_t *)b];
	uint16_t len = left->name_len < right->name_len ? left->name_len : right->name_len;
	int order = memcmp(tree->strings.data + left->name, tree->strings.data + right->name, len);

	return order ? order : (int)left->name_len - (int)right->name_len;
}

uint32_t *tree_children(const struct tree *tree, uint32_t node, size_t *n)
{
	uint32_t *children, at = 0;

	*n = 0;
	for (uint32_t child = tree->nodes[node].child; child; child = tree->nodes[child].next)
		*n += tree->nodes[child].live;
	children = *n ? malloc(*n * sizeof(*children)) : NULL;
	if (!children)
		return NULL;
	for (uint32_t child = tree->nodes[node].child; child; child = tree->nodes[child].next)
		if (tree->nodes[child].live)
			children[at++] = child;
	qsort_r(children, *n, sizeof(*children), by_name, (void *)tree);
	return children;
}

/* The order array is also the queue of the breadth-first walk. */
static void number_nodes(struct writing *writing)
{
	struct tree *tree = writing->tree;

	writing->order[writing->count++] = TREE_ROOT;
	for (uint32_t i = 0; i < writing->count; i++) {
		const struct tree_node *node = &tree->nodes[writing->order[i]];
		struct index_entry *entry = &writing->entries[i];
		uint32_t first = writing->count;

		for (uint32_t child = node->child; child; child = tree->nodes[child].next)
			if (tree->nodes[child].live)
				writing->order[writing->count++] = child;
		qsort_r(writing->order + first, writing->count - first, sizeof(uint32_t), by_name,
			tree);
		*entry = tree->entries[writing->order[i]];
		entry->children = writing->count - first;
		entry->first_child = entry->children ? first : 0;
		if (S_ISREG(entry->mode) && !(entry->flags & INDEX_LINK))
			writing->size += entry->size;
	}
	for (uint32_t i = 0; i < writing->count; i++)
		for (uint32_t c = 0; c < writing->entries[i].children; c++)
			writing->entries[writing->entries[i].first_child + c].parent = i;
}

static void set_diff_id(struct index_header *header, const char *diff_id)
{
	const char *hex = digest_hex(diff_id);

	for (int i = 0; i < 2 * (int)sizeof(header->diff_id) && hex[i]; i++) {
		int digit = hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10;

		header->diff_id[i / 2] = (uint8_t)(header->diff_id[i / 2] << 4 | digit);
	}
}

static uint64_t check_of(struct iovec *parts)
{
	XXH3_state_t *state = XXH3_createState();
	uint64_t check = 0;

	if (state) {
		XXH3_64bits_reset(state);
		XXH3_64bits_update(state, parts[1].iov_base, parts[1].iov_len);
		XXH3_64bits_update(state, parts[2].iov_base, parts[2].iov_len);
		check = XXH3_64bits_digest(state);
	}
	XXH3_freeState(state);
	return check;
}

static int write_parts(int fd, struct iovec *parts, int n)
{
	while (n) {
		ssize_t put = writev(fd, parts, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		while (n && (size_t)put >= parts->iov_len) {
			put -= (ssize_t)parts->iov_len;
			parts++;
			n--;
		}
		if (n) {
			parts->iov_base = (char *)parts->iov_base + put;
			parts->iov_len -= (size_t)put;
		}
	}
	return 0;
}

int tree_write(struct tree *tree, int dir_fd, const char *name, const char *diff_id,
	uint64_t *entries, uint64_t *size, struct err *err)
{
	auto_free uint32_t *order = malloc(tree->count * sizeof(*order));
	auto_free struct index_entry *sorted = malloc(tree->count * sizeof(*sorted));
	struct writing writing = {.tree = tree, .order = order, .entries = sorted};
	struct index_header header = {.magic = "davitidx", .version = INDEX_VERSION};
	auto_close int fd = -1;
	int failed;

	if (!order || !sorted || tree_failed(tree))
		return err_set(err, ENOMEM, "layer index: out of memory");
	number_nodes(&writing);
	struct iovec parts[] = {
		{&header, sizeof(header)},
		{sorted, writing.count * sizeof(*sorted)},
		{tree->strings.data, tree->strings.len},
	};
	header.entries = writing.count;
	header.strings = tree->strings.len;
	header.size = *size = writing.size;
	header.check = check_of(parts);
	set_diff_id(&header, diff_id);
	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(err, "layer index");
	failed = write_parts(fd, parts, (int)array_len(parts));
	if (failed)
		return err_set(err, failed, "layer index: %s", err_name(failed));
	*entries = writing.count;
	return 0;
}

static void copy_facts(struct tree *tree, uint32_t node, const struct index *index, uint32_t i)
{
	const struct index_entry *from = index_at(index, i);
	struct index_entry *to = tree_at(tree, node);
	struct index_entry own = *to;
	struct index_xattr xattr;
	struct tar_xattr list[64];
	size_t n = 0, at = 0;

	*to = *from;
	to->parent = own.parent;
	to->name = own.name;
	to->first_child = to->children = 0;
	tree_set_target(tree, node, index_target(index, from));
	while (n < array_len(list) && index_xattrs(index, from, &at, &xattr))
		list[n++] = (struct tar_xattr){xattr.name, xattr.value, xattr.len};
	tree_set_xattrs(tree, node, list, n);
}

struct tree *tree_of_index(const struct index *index)
{
	auto_of(tree) struct tree *tree = tree_new();

	if (!tree)
		return NULL;
	copy_facts(tree, TREE_ROOT, index, 0);
	/* Nodes get the entries' numbers, because both begin at the root and none is removed. */
	for (uint32_t i = 1; i < index_count(index); i++) {
		const struct index_entry *entry = index_at(index, i);

		tree_add(tree, entry->parent, index_name(index, entry), entry->name_len);
		if (tree_failed(tree))
			return NULL;
		copy_facts(tree, i, index, i);
	}
	return tree_failed(tree) ? NULL : take(tree);
}
