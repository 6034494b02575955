/* about_row.h - a container's row as menus see it: what applies to it, what can be copied of it.
 * For panes to hand on. */
#ifndef TUI_PANE_ABOUT_ROW_H
#define TUI_PANE_ABOUT_ROW_H

#include "tui/keymap.h"
#include "tui/model.h"
#include "util/strs.h"

/* row NULL: nothing is selected. */
const char *row_why_not(const struct row *row, enum action action);
bool row_copies(const struct row *row, size_t nth, const char **what, struct buf *text);
void row_fields(const struct row *row, struct strs *fields);

#endif
