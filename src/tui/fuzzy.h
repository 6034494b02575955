/* fuzzy.h - how well a few typed letters fit a text: all of them in order, the better the closer
 * together and the nearer to beginnings of words. */
#ifndef TUI_FUZZY_H
#define TUI_FUZZY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FUZZY_TEXT_MAX = 160 }; /* bytes of a text that are looked at */

/* 0: does not fit; an empty pattern fits everything equally. Blanks part words of the pattern, each
 * of which must fit. hits: NULL, or one bit a byte of text that was met, the first FUZZY_TEXT_MAX.
 */
int fuzzy_score(const char *pattern, const char *text, uint64_t hits[FUZZY_TEXT_MAX / 64 + 1]);

#endif
