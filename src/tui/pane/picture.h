/* picture.h - the networks drawn: bridges, who sits on them, which port of the host leads where. */
#ifndef TUI_PANE_PICTURE_H
#define TUI_PANE_PICTURE_H

#include "tui/pane/pane.h"

/* Filled when the engine has answered. NULL when out of memory. */
struct pane *picture_new(struct app *app);
/* Names of containers on one network, from what the world says of it. */
void picture_users(struct world *world, const char *network, struct strs *out);

#endif
