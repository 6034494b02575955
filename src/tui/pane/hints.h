/* hints.h - the line of keys below the containers: those that do something to the selected row. */
#ifndef TUI_PANE_HINTS_H
#define TUI_PANE_HINTS_H

#include "tui/pane/pane.h"

/* row NULL: there is none. */
void hints_for_row(struct pane *pane, struct canvas canvas, const struct row *row);

/* The cursor is on a group: keys are for all of it. */
void hints_for_group(struct pane *pane, struct canvas canvas);

#endif
