/* prompt.h - one line being typed. */
#ifndef TUI_WIDGET_PROMPT_H
#define TUI_WIDGET_PROMPT_H

#include "tui/canvas.h"
#include "tui/input.h"

struct prompt {
	char text[120]; /* UTF-8, NUL-terminated */
	size_t at;      /* byte where typing goes, always between characters */
};

void prompt_set(struct prompt *prompt, const char *text);
/* Edits: characters, Backspace, Del, Left, Right, Home, End, ^A ^E ^U ^W. False: not for a line. */
bool prompt_key(struct prompt *prompt, const struct key *key);
void prompt_paint(const struct prompt *prompt, struct canvas canvas, int x, int y, look style);

#endif
