/* figure.h - the figures, each drawn live. */
#ifndef TUI_PANE_FIGURE_H
#define TUI_PANE_FIGURE_H

#include "tui/pane/pane.h"

/* from: what is looked at now, whose subject the figure is of; view: the view that it belongs to.
 * NULL when out of memory. */
struct pane *figure_pane_new(struct app *app, struct pane *from, enum action view);

#endif
