/* frame.h - what surrounds a pane: the line of views above it, and hints of keys below. */
#ifndef TUI_FRAME_H
#define TUI_FRAME_H

#include "tui/canvas.h"
#include "tui/keymap.h"

/* `view` is the action that opens the current one; locked: the session changes nothing. */
void frame_header(struct canvas canvas, const struct keymap *keymap, enum action view,
	const char *host, bool locked);

#endif
