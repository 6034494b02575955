/* blank.h - the dashboard when there is nothing to list: what to do next, or what is wrong. */
#ifndef TUI_PANE_BLANK_H
#define TUI_PANE_BLANK_H

#include "tui/pane/pane.h"

/* No container, or none that passes the filter. */
void blank_empty(struct app *app, struct canvas canvas);
/* The store cannot be reached, because of `trouble`. */
void blank_trouble(struct canvas canvas, const char *trouble);

#endif
