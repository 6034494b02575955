/* sheet.h - a form (widget/sheet.h) as an overlay. */
#ifndef TUI_PANE_SHEET_H
#define TUI_PANE_SHEET_H

#include "tui/pane/pane.h"
#include "tui/widget/sheet.h"

struct sheet_wish {
	const char *title; /* copied */
	const char *verb;  /* what Enter does, "build"; lent for ever */
	struct sheet_shape shape;
	void *arg; /* belongs to the form */
	void (*arg_free)(void *arg);
	/* Enter, and every field is good. 0: the form goes. Else err is shown and it stays. May
	 * push panes, never closes any. */
	int (*run)(struct app *app, void *arg, const struct sheet *sheet, struct err *err);
	/* Then, when the form is gone: may go to another view. NULL: nothing more is to be done. */
	void (*after)(struct app *app, void *arg);
};

/* *sheet is lent, to be filled before the pane is pushed. NULL when out of memory; arg is freed
 * then, too. */
struct pane *sheet_pane_new(struct app *app, const struct sheet_wish *wish, struct sheet **sheet);

#endif
