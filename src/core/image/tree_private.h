/* tree_private.h - a tree's insides, for tree*.c alone. */
#ifndef CORE_IMAGE_TREE_PRIVATE_H
#define CORE_IMAGE_TREE_PRIVATE_H

#include "core/image/tree.h"
#include "util/buf.h"

struct tree_node {
	uint32_t child, next; /* 0: none, since nobody's child is the root */
	uint16_t depth;
	bool live;
};

struct tree {
	struct index_entry *entries; /* by node; parent means the node's, until tree_write */
	struct tree_node *nodes;
	uint32_t count, room;
	uint32_t *table; /* open addressing, by parent and name; 0: empty */
	uint64_t slots;  /* a power of two, at least twice count */
	struct buf strings;
	bool failed;
};

#endif
