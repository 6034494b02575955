/* text.h - UTF-8 as a terminal sees it: graphemes, columns, and nothing hostile.
 *
 * Names, labels and log lines come from strangers. A glyph handed out here never holds a control
 * byte, a bidirectional override or an invisible format character: those come out as a visible
 * stand-in of one column. Widths are wcwidth(3)'s, so they agree with curses; the program has
 * called setlocale(LC_CTYPE, "") before. */
#ifndef TUI_TEXT_H
#define TUI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_GLYPH_MAX = 14 }; /* bytes: a base character and what combines with it, or cut */

struct text_glyph {
	char bytes[TEXT_GLYPH_MAX + 1];
	uint8_t len;
	uint8_t width; /* 1 or 2 columns */
};

/* Reads one glyph of text[0..len); returns the bytes used, at least 1. len must not be 0. */
size_t text_next(const char *text, size_t len, struct text_glyph *out);
/* One code point, no judgement: the bytes used (1..4), or 0 when text does not begin with valid
 * UTF-8. */
size_t text_decode(const char *text, size_t len, uint32_t *out);
/* Writes 1..4 bytes and no NUL; returns how many. Not a code point: U+FFFD. */
size_t text_encode(uint32_t code, char out[4]);
/* Columns that the whole text takes. */
int text_width(const char *text);
/* The bytes at the start of text[0..len) that fit in `columns`. */
size_t text_fit(const char *text, size_t len, int columns);
/* The bytes of the first line of `text` wrapped at `columns`: broken at a blank where there is one,
 * at "\n" always; that blank or end is not counted. */
size_t text_line(const char *text, int columns);

#endif
