#include "util/arena.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_LEN = 4000, BLOCK_LEN_MAX = 256 << 10 };

struct arena_block {
	struct arena_block *next;
	size_t used, room;
	_Alignas(max_align_t) char data[];
};

void arena_fini(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
}

static struct arena_block *add_block(struct arena *arena, size_t len)
{
	/* As much again as there is: few blocks, however much comes. */
	size_t more = arena->total < BLOCK_LEN       ? BLOCK_LEN
		      : arena->total < BLOCK_LEN_MAX ? arena->total
						     : BLOCK_LEN_MAX;
	size_t room = len > more ? len : more;
	struct arena_block *block = calloc(1, sizeof(*block) + room);

	if (!block) {
		arena->failed = true;
		return NULL;
	}
	block->room = room;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_get(struct arena *arena, size_t len)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *block = arena->blocks;
	void *got;

	len = (len + align - 1) / align * align;
	if (!block || block->room - block->used < len)
		block = add_block(arena, len);
	if (!block)
		return NULL;
	got = block->data + block->used;
	block->used += len;
	arena->total += len;
	return got;
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_get(arena, len + 1);

	if (copy && len)
		memcpy(copy, text, len);
	return copy;
}
