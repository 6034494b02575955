/* pick.h - a menu over the screen: rows with a word and what it means; one is taken. */
#ifndef TUI_PANE_PICK_H
#define TUI_PANE_PICK_H

#include "tui/pane/pane.h"

struct pick_row {
	const char *key;  /* shown, and taken at once when it is one character; "" or NULL: none */
	const char *text, *detail;
	bool dim; /* does not apply now */
};

/* Everything is copied. `chosen` gets the row's index, or -1; arg is freed with the menu. */
struct pane *pick_new(struct app *app, const char *title, const struct pick_row *rows, size_t count,
	chosen_fn *chosen, void *arg);

#endif
