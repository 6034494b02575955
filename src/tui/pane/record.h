/* record.h - one entry of the Journal, whole. */
#ifndef TUI_PANE_RECORD_H
#define TUI_PANE_RECORD_H

#include "tui/pane/pane.h"
#include "tui/moments.h"

/* Copies what it shows. NULL when out of memory. */
struct pane *record_new(struct app *app, const struct moment_row *row);
/* The containers view with the one it is about; says so where that has gone. */
void record_show_container(struct app *app, const struct moment_row *row);

#endif
