/* tree.h - a layer in memory while it is being unpacked; it becomes the index.
 *
 * Whoever unpacks owns the directory alone, so the tree always knows what is in it, and no question
 * about a path costs a system call. Nodes are numbered; a number is never used again, so that a
 * cache keyed by it needs no invalidation. Running out of memory is remembered: tree_failed. */
#ifndef CORE_IMAGE_TREE_H
#define CORE_IMAGE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/index.h"
#include "core/image/tar.h"
#include "util/err.h"
#include "util/own.h"

enum { TREE_ROOT = 0, TREE_NONE = -1 };

struct tree;

struct tree *tree_new(void); /* with an implied root; NULL: out of memory */
/* The same layer once more, from its index. */
struct tree *tree_of_index(const struct index *index);
void tree_free(struct tree *tree);
own_define(tree)
bool tree_failed(const struct tree *tree);

/* Children, by name; TREE_NONE when there is none. */
int64_t tree_child(const struct tree *tree, uint32_t dir, const char *name, size_t len);
/* Adds a child that is not there. The entry's facts are zero, to be set. */
uint32_t tree_add(struct tree *tree, uint32_t dir, const char *name, size_t len);
/* Forgets a node and all below it. */
void tree_remove(struct tree *tree, uint32_t node);
bool tree_has_children(const struct tree *tree, uint32_t node);
/* The living ones, in the index's order; the caller frees. NULL when there are none or no memory,
 * which *n, then 0 or not, tells. */
uint32_t *tree_children(const struct tree *tree, uint32_t node, size_t *n);

/* A node's facts, as they will stand in the index; parent, name, children are the tree's own.
 * Lent until the next tree_add. */
struct index_entry *tree_at(const struct tree *tree, uint32_t node);
uint32_t tree_count(const struct tree *tree); /* nodes ever made */
bool tree_is_live(const struct tree *tree, uint32_t node);
size_t tree_name(const struct tree *tree, uint32_t node, char name[INDEX_NAME_MAX + 1]);
size_t tree_path(const struct tree *tree, uint32_t node, char path[INDEX_PATH_MAX]);
unsigned tree_depth(const struct tree *tree, uint32_t node);
void tree_set_target(struct tree *tree, uint32_t node, const char *target);
const char *tree_target(const struct tree *tree, uint32_t node);
void tree_set_xattrs(struct tree *tree, uint32_t node, const struct tar_xattr *xattrs, size_t n);
/* As many as there is room for, in the order they were set in; lent until the next change. */
size_t tree_xattrs(const struct tree *tree, uint32_t node, struct tar_xattr *out, size_t room);

/* Writes the index as `name`; *entries and *size receive its totals. */
int tree_write(struct tree *tree, int dir_fd, const char *name, const char *diff_id,
	uint64_t *entries, uint64_t *size, struct err *err);

#endif
