/* frame.h - what surrounds a pane: the line of views above it, and hints of keys below. */
#ifndef TUI_FRAME_H
#define TUI_FRAME_H

#include "tui/canvas.h"
#include "tui/pane/pane.h"

/* `view` is the action that opens the current one. */
void frame_header(struct pane *pane, struct canvas canvas, enum action view, const char *corner);

#endif
