/* deeds.h - what may be done to containers, and how much is asked first.
 *
 * What can be taken back happens at once; what ends processes or loses data asks, says what is
 * lost, and shows the command that does the same. Marked rows, or else the selected one. */
#ifndef TUI_PANE_DEEDS_H
#define TUI_PANE_DEEDS_H

#include "tui/pane/pane.h"

/* Start, stop, restart, pause, kill, remove: the marked rows, or else the selected one, which may
 * be NULL. False when the action is none of these. */
bool deeds_act(struct app *app, enum action action, const struct row *selected);
/* The same for this one alone, and what opens something on it: a tab, a shell, its terminal. */
bool deeds_on(struct app *app, enum action action, const struct row *row);
/* A tab, a shell or the terminal of this one. */
bool deeds_open(struct app *app, enum action action, const struct row *row);

#endif
