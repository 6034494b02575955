/* pattern_code.h - the program that an expression is: what pattern.c makes its automaton of.
 *
 * An instruction leads to the one after it; jumps are relative, so that a part of a program can be
 * copied or moved as it is. */
#ifndef TUI_PATTERN_CODE_H
#define TUI_PATTERN_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATTERN_CODE_MAX = 1000, PATTERN_SETS_MAX = 250, PATTERN_TEXT_MAX = 120 };

enum pattern_op {
	PATTERN_SET,   /* one byte of the set x */
	PATTERN_SPLIT, /* goes on at x and at y */
	PATTERN_JUMP,  /* goes on at x */
	PATTERN_BEGIN, /* of the line */
	PATTERN_END,
	PATTERN_BORDER, /* of a word */
	PATTERN_MATCH,
};

struct pattern_step {
	uint8_t op;
	int16_t x, y;
};

struct pattern_set {
	uint64_t bits[4];
};

struct pattern_code {
	struct pattern_step steps[PATTERN_CODE_MAX];
	size_t count;
	struct pattern_set sets[PATTERN_SETS_MAX];
	size_t set_count;
	bool fold;                   /* case does not matter */
	char text[PATTERN_TEXT_MAX]; /* what every match has in it, lower case with fold; or "" */
	size_t text_len;
	bool is_text; /* and nothing else is asked */
};

/* False: it is no expression, or too large a one. */
bool pattern_compile(struct pattern_code *code, const char *text);
void pattern_compile_plain(struct pattern_code *code, const char *text);

static inline bool pattern_set_has(const struct pattern_set *set, unsigned byte)
{
	return set->bits[byte >> 6] >> (byte & 63) & 1;
}

#endif
