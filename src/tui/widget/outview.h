/* outview.h - a window on text that grows at its end: what a process says.
 *
 * Keeps no text, only where the window is. Colours are kept, every other power of the bytes is not
 * (tui/ansi.h). */
#ifndef TUI_WIDGET_OUTVIEW_H
#define TUI_WIDGET_OUTVIEW_H

#include "tui/ansi.h"
#include "tui/canvas.h"
#include "tui/keymap.h"

/* Zeroed, but for follow, is the beginning. */
struct outview {
	bool follow, wrap;
	size_t top; /* the first line in view */
	size_t height, lines;
	int left;
	char search[120];
	struct ansi_line line; /* of the line being painted */
};

void outview_init(struct outview *view); /* at the end, following it */
void outview_paint(struct outview *view, struct canvas canvas, const char *text, size_t len);
/* Moves, follows, wraps; false: the action is none of it. */
bool outview_act(struct outview *view, enum action action, int count);
/* Goes to the next line with the text, or the one before it; false: there is none. */
bool outview_search(struct outview *view, const char *text, size_t len, bool upwards);

#endif
