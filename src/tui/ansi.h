/* ansi.h - a line of output with its colours and without its power.
 *
 * Of the escape sequences in a log line, those that set colours and weight (SGR) become styles;
 * every other one (cursor movement, titles, clipboard, device control, …) is taken out whole.
 * Control characters that are left are shown as signs when painted (tui/text.h). */
#ifndef TUI_ANSI_H
#define TUI_ANSI_H

#include "tui/look.h"

#include <stdbool.h>
#include <stddef.h>

enum { ANSI_LINE_MAX = 8192 };

struct ansi_line {
	size_t len;
	bool cut; /* longer than ANSI_LINE_MAX */
	char text[ANSI_LINE_MAX];
	look styles[ANSI_LINE_MAX]; /* one a byte */
};

/* A carriage return begins the line again, as a terminal would show it; tabs become blanks. */
void ansi_read(const char *bytes, size_t len, look base, struct ansi_line *out);
/* The same text alone, of a line without its newline, NUL-terminated; how long it is. */
size_t ansi_plain(const char *bytes, size_t len, char *out, size_t room);
/* There is no control character in it: it is its own text. */
bool ansi_is_plain(const char *bytes, size_t len);

#endif
