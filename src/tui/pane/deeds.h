/* deeds.h - what may be done to containers, and how much is asked first.
 *
 * What can be taken back happens at once; what ends processes or loses data asks, says what is
 * lost, and shows the command that does the same. Marked rows, or else the selected one. */
#ifndef TUI_PANE_DEEDS_H
#define TUI_PANE_DEEDS_H

#include "tui/pane/pane.h"

/* False when the action is none of start, stop, restart, pause, kill, remove. selected may be NULL.
 */
bool deeds_act(struct app *app, enum action action, const struct row *selected);

#endif
