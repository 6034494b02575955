/* prompt.h - one line being typed. */
#ifndef TUI_WIDGET_PROMPT_H
#define TUI_WIDGET_PROMPT_H

#include "tui/canvas.h"
#include "tui/input.h"

enum { PROMPT_MAX = 400 };

struct prompt {
	char text[PROMPT_MAX]; /* UTF-8, NUL-terminated */
	size_t at;             /* byte where typing goes, always between characters */
};

void prompt_set(struct prompt *prompt, const char *text);
/* Edits: characters, Backspace, Del, Left, Right, Home, End, ^A ^E ^U ^W. False: not for a line. */
bool prompt_key(struct prompt *prompt, const struct key *key);
/* From column x to the canvas's edge; a longer line slides so that its cursor is seen. Returns the
 * column after the text. */
int prompt_paint(const struct prompt *prompt, struct canvas canvas, int x, int y, look style);
/* One look for bytes of the line as it was painted on `line`, which begins where it did. */
void prompt_mark(
	const struct prompt *prompt, struct canvas line, size_t from, size_t len, look style);

#endif
