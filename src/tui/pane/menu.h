/* menu.h - a few things to choose from, over the screen: one of them, or each on or off. */
#ifndef TUI_PANE_MENU_H
#define TUI_PANE_MENU_H

#include "tui/pane/pane.h"

struct menu_item {
	const char *label, *note; /* copied; note NULL: none */
	bool checked;
};

struct menu_wish {
	const char *title; /* copied */
	const char *verb;  /* what Enter does; lent for ever */
	const struct menu_item *items;
	size_t count, at; /* at: where the cursor begins */
	/* Each is on or off: Space turns it, and `chosen` hears every turn; else Enter chooses one
	 * and the menu goes. -1 for Esc, and of an on-and-off menu when it goes. */
	bool switches;
	chosen_fn *chosen;
	void *arg; /* freed with the menu */
};

/* NULL when out of memory: arg is freed then, too. */
struct pane *menu_new(struct app *app, const struct menu_wish *wish);

#endif
