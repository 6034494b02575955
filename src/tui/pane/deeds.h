/* deeds.h - what may be done to containers, and how much is asked first.
 *
 * What can be taken back happens at once; what ends processes or loses data asks, says what is
 * lost, and shows the command that does the same. */
#ifndef TUI_PANE_DEEDS_H
#define TUI_PANE_DEEDS_H

#include "tui/pane/pane.h"

/* Start, stop, restart, pause, kill, remove, limit these (perhaps none). False when the action is
 * none of that. The rows are lent for the call. */
bool deeds_act(struct app *app, enum action action, struct row *const *rows, size_t count);
/* The same for this one alone, and what opens something on it: a tab, a shell, its terminal. */
bool deeds_on(struct app *app, enum action action, struct row *row);
/* A tab, a shell or the terminal of this one. */
bool deeds_open(struct app *app, enum action action, const struct row *row);

/* The first time it says that the other is to be chosen, the second time both are compared. */
void deeds_compare(struct app *app, const struct compared *with);

#endif
