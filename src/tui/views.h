/* views.h - what the number keys open: each a pane at the bottom of the stack. */
#ifndef TUI_VIEWS_H
#define TUI_VIEWS_H

#include "tui/pane/pane.h"

struct view {
	enum action action;   /* that opens it */
	enum context context; /* of its pane */
	const char *name, *narrow;
	struct pane *(*open)(struct app *app);
};

/* In the order of the header; a view is listed as soon as it exists. */
const struct view *views_all(size_t *count);
const struct view *view_of_action(enum action action); /* NULL: it opens no view */
const struct view *view_of_context(enum context context);

#endif
