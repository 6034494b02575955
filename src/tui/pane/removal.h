/* removal.h - the question before containers go: what goes with them, and for how long it can be
 * brought back. */
#ifndef TUI_PANE_REMOVAL_H
#define TUI_PANE_REMOVAL_H

#include "tui/pane/pane.h"

/* ids: copied; NULL when out of memory. The containers that are still there then are removed. */
struct pane *removal_new(struct app *app, const char (*ids)[65], size_t count);
/* At once; flags: enum trash_flag. */
void removal_do(struct app *app, const char (*ids)[65], size_t count, unsigned flags);

#endif
