/* proof.h - what one row or box means, and how to see it by hand: the lines below what shows many
 * of them. */
#ifndef TUI_PANE_PROOF_H
#define TUI_PANE_PROOF_H

#include "tui/pane/pane.h"

struct proof {
	const char *name; /* "": it is seen above */
	const char *words;
	const char *path, *command;        /* "" where there is none */
	const char *beside, *beside_value; /* whom it is compared with, and what that has; NULL */
};

enum { PROOF_ROWS = 6 };
void proof_paint(struct canvas canvas, const struct proof *proof);
/* The nth of what there is to copy of it; value: what it says. */
bool proof_copies(const struct proof *proof, const char *value, size_t nth, const char **what,
	struct buf *text);
/* Runs the command and shows what it prints. env: the words that go before it, or NULL. */
void proof_run(struct app *app, const char *command, const struct strs *env);

#endif
