/* containers_own.h - what the dashboard's two halves share: its state. For containers*.c only. */
#ifndef TUI_PANE_CONTAINERS_OWN_H
#define TUI_PANE_CONTAINERS_OWN_H

#include "tui/pane/pane.h"
#include "tui/pane/peek.h"
#include "tui/pane/table.h"
#include "tui/roll.h"
#include "tui/widget/list.h"

struct containers {
	struct pane pane;
	struct roll roll;
	struct list list; /* over the roll's lines */
	/* By id or a group's name: a refresh never moves the cursor to another. */
	char selected[80];
	bool on_group;
	struct peek peek;
	struct widest widest;
	struct columns columns; /* as they were painted */
	unsigned widest_of;     /* the model's version it was found in */
};

/* The line under the cursor; NULL: there is none. */
const struct roll_line *containers_line(const struct containers *view);
/* The container under the cursor; NULL: none, or a group. */
struct row *containers_row(const struct containers *view);
/* The rows may have changed since: finds the selected one again. */
void containers_find(struct containers *view, size_t height);
void containers_paint(struct pane *pane, struct canvas canvas);

#endif
