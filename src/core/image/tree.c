#include "core/image/tree.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "core/image/tree_private.h"

static bool grow_nodes(struct tree *tree)
{
	uint32_t room = tree->room ? tree->room * 2 : 1024;
	struct index_entry *entries = realloc(tree->entries, room * sizeof(*entries));
	struct tree_node *nodes;

	if (entries)
		tree->entries = entries;
	nodes = realloc(tree->nodes, room * sizeof(*nodes));
	if (nodes)
		tree->nodes = nodes;
	if (!entries || !nodes)
		return false;
	tree->room = room;
	return true;
}

static uint64_t slot_of(const struct tree *tree, uint32_t dir, const char *name, size_t len)
{
	return XXH3_64bits_withSeed(name, len, dir) & (tree->slots - 1);
}

static const char *name_at(const struct tree *tree, uint32_t node)
{
	return tree->strings.data + tree->entries[node].name;
}

/* The slot that holds this name, dead or alive, or the empty one where it belongs. */
static uint64_t find_slot(const struct tree *tree, uint32_t dir, const char *name, size_t len)
{
	uint64_t slot = slot_of(tree, dir, name, len);

	for (;; slot = (slot + 1) & (tree->slots - 1)) {
		uint32_t node = tree->table[slot];
		const struct index_entry *entry = &tree->entries[node];

		if (!node || (entry->parent == dir && entry->name_len == len &&
				     memcmp(name_at(tree, node), name, len) == 0))
			return slot;
	}
}

static bool grow_table(struct tree *tree)
{
	uint64_t slots = tree->slots ? tree->slots * 2 : 2048;
	uint32_t *old = tree->table;

	tree->table = calloc(slots, sizeof(*tree->table));
	if (!tree->table) {
		tree->table = old;
		return false;
	}
	tree->slots = slots;
	free(old);
	for (uint32_t i = 1; i < tree->count; i++)
		if (tree->nodes[i].live)
			tree->table[find_slot(tree, tree->entries[i].parent, name_at(tree, i),
				tree->entries[i].name_len)] = i;
	return true;
}

struct tree *tree_new(void)
{
	auto_of(tree) struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree || !grow_nodes(tree) || !grow_table(tree))
		return NULL;
	buf_addc(&tree->strings, '\0'); /* offset 0 is the empty string, and no attributes */
	if (buf_failed(&tree->strings))
		return NULL;
	tree->count = 1;
	tree->nodes[TREE_ROOT] = (struct tree_node){.live = true};
	tree->entries[TREE_ROOT] = (struct index_entry){
		.mode = S_IFDIR | 0755,
		.flags = INDEX_IMPLIED,
	};
	return take(tree);
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	free(tree->entries);
	free(tree->nodes);
	free(tree->table);
	buf_fini(&tree->strings);
	free(tree);
}

bool tree_failed(const struct tree *tree)
{
	return tree->failed || buf_failed(&tree->strings) || tree->strings.len > UINT32_MAX;
}

int64_t tree_child(const struct tree *tree, uint32_t dir, const char *name, size_t len)
{
	uint32_t node = tree->table[find_slot(tree, dir, name, len)];

	return node && tree->nodes[node].live ? (int64_t)node : TREE_NONE;
}

static uint32_t add_string(struct tree *tree, const void *text, size_t len)
{
	size_t at = tree->strings.len;

	buf_add(&tree->strings, text, len);
	return (uint32_t)at;
}

uint32_t tree_add(struct tree *tree, uint32_t dir, const char *name, size_t len)
{
	uint32_t node = tree->count;

	if ((node == tree->room && !grow_nodes(tree)) ||
		((uint64_t)node * 2 >= tree->slots && !grow_table(tree))) {
		tree->failed = true;
		return TREE_ROOT;
	}
	tree->entries[node] = (struct index_entry){
		.parent = dir,
		.name = add_string(tree, name, len),
		.name_len = (uint16_t)len,
	};
	if (tree_failed(tree))
		return TREE_ROOT;
	tree->nodes[node] = (struct tree_node){
		.live = true,
		.next = tree->nodes[dir].child,
		.depth = (uint16_t)(tree->nodes[dir].depth + 1),
	};
	tree->nodes[dir].child = node;
	tree->table[find_slot(tree, dir, name, len)] = node;
	tree->count++;
	return node;
}

void tree_remove(struct tree *tree, uint32_t node)
{
	for (uint32_t child = tree->nodes[node].child; child; child = tree->nodes[child].next)
		if (tree->nodes[child].live)
			tree_remove(tree, child);
	tree->nodes[node].live = false;
}

bool tree_has_children(const struct tree *tree, uint32_t node)
{
	for (uint32_t child = tree->nodes[node].child; child; child = tree->nodes[child].next)
		if (tree->nodes[child].live)
			return true;
	return false;
}

struct index_entry *tree_at(const struct tree *tree, uint32_t node)
{
	return &tree->entries[node];
}

uint32_t tree_count(const struct tree *tree)
{
	return tree->count;
}

bool tree_is_live(const struct tree *tree, uint32_t node)
{
	return tree->nodes[node].live;
}

unsigned tree_depth(const struct tree *tree, uint32_t node)
{
	return tree->nodes[node].depth;
}

size_t tree_name(const struct tree *tree, uint32_t node, char name[INDEX_NAME_MAX + 1])
{
	size_t len = tree->entries[node].name_len;

	memcpy(name, name_at(tree, node), len);
	name[len] = '\0';
	return len;
}

size_t tree_path(const struct tree *tree, uint32_t node, char path[INDEX_PATH_MAX])
{
	size_t at = INDEX_PATH_MAX - 1, len;

	for (; node != TREE_ROOT; node = tree->entries[node].parent) {
		if (at != INDEX_PATH_MAX - 1)
			path[--at] = '/';
		at -= tree->entries[node].name_len;
		memcpy(path + at, name_at(tree, node), tree->entries[node].name_len);
	}
	len = INDEX_PATH_MAX - 1 - at;
	memmove(path, path + at, len);
	path[len] = '\0';
	return len;
}

void tree_set_target(struct tree *tree, uint32_t node, const char *target)
{
	tree->entries[node].target = *target ? add_string(tree, target, strlen(target) + 1) : 0;
}

const char *tree_target(const struct tree *tree, uint32_t node)
{
	return tree->strings.data + tree->entries[node].target;
}

void tree_set_xattrs(struct tree *tree, uint32_t node, const struct tar_xattr *xattrs, size_t n)
{
	uint32_t total = 0, at;

	tree->entries[node].xattrs = 0;
	if (!n)
		return;
	at = add_string(tree, &total, sizeof(total));
	for (size_t i = 0; i < n; i++) {
		uint16_t name = (uint16_t)strlen(xattrs[i].name);
		uint32_t value = (uint32_t)xattrs[i].len;

		add_string(tree, &name, sizeof(name));
		add_string(tree, &value, sizeof(value));
		add_string(tree, xattrs[i].name, name + 1u);
		add_string(tree, xattrs[i].value, value);
	}
	if (tree_failed(tree))
		return;
	total = (uint32_t)(tree->strings.len - at - sizeof(total));
	memcpy(tree->strings.data + at, &total, sizeof(total));
	tree->entries[node].xattrs = at;
}

size_t tree_xattrs(const struct tree *tree, uint32_t node, struct tar_xattr *out, size_t room)
{
	const char *at = tree->strings.data + tree->entries[node].xattrs, *end;
	uint32_t total, value;
	uint16_t name;
	size_t n = 0;

	if (!tree->entries[node].xattrs)
		return 0;
	memcpy(&total, at, sizeof(total));
	at += sizeof(total);
	for (end = at + total; at < end && n < room; n++) {
		memcpy(&name, at, sizeof(name));
		memcpy(&value, at + sizeof(name), sizeof(value));
		at += sizeof(name) + sizeof(value);
		out[n] = (struct tar_xattr){.name = at, .value = at + name + 1, .len = value};
		at += name + 1 + value;
	}
	return n;
}
