/* arena.h - many small pieces of memory that die together.
 *
 * For trees that are built once and freed whole. Like struct buf, running out of
 * memory is remembered: a NULL from arena_get sets failed. */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena {
	struct arena_block *blocks;
	size_t total; /* bytes handed out */
	bool failed;
};

#define ARENA_INIT                                                                                 \
	{                                                                                          \
		0                                                                                  \
	}
#define auto_arena __attribute__((cleanup(arena_fini))) struct arena

void arena_fini(struct arena *arena);
void *arena_get(struct arena *arena, size_t len); /* zeroed; lives as long as the arena */
char *arena_copy(struct arena *arena, const char *text, size_t len); /* and a NUL after it */

#endif
