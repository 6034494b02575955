/* list.h - which row of many is selected, and which are in view. Numbers only: it paints nothing.
 */
#ifndef TUI_WIDGET_LIST_H
#define TUI_WIDGET_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/keymap.h"

struct list {
	size_t selected, top; /* top: the first row in view */
	size_t count;
	size_t height; /* rows in view; set by list_fit */
};

/* How many rows there are and how many fit; keeps the selection in range and in view. */
void list_fit(struct list *list, size_t count, size_t height);
void list_select(struct list *list, size_t index);
/* Moves by an action of CONTEXT_MOVE; false when it is none. */
bool list_move(struct list *list, enum action action, int count);

#endif
