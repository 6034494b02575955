/* chain.h - what a path is in a stack of layers, told by their indexes alone. */
#ifndef CORE_CHAIN_H
#define CORE_CHAIN_H

#include <stddef.h>

#include "core/index.h"
#include "util/strs.h"

/* The entry that wins for a path, looking down from the top of n indexes (bottom first); *layer
 * receives whose it is. NULL: there is nothing, or it was deleted. Symlinks are not followed. */
const struct index_entry *chain_find(
	const struct index *const *indexes, size_t n, const char *path, size_t *layer);

/* The names in the directory that the stack shows at a path, unsorted; none when there is none. */
void chain_names(
	const struct index *const *indexes, size_t n, const char *path, struct strs *names);

/* Whose root the stack shows: the topmost layer's that says anything about it. NULL: nobody's. */
const struct index *chain_root(const struct index *const *indexes, size_t n);

#endif
