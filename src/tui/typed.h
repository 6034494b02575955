/* typed.h - what a line after ":" does: words of the screen's own (set, keys, save, help, cli), or
 * a command line of davit's. */
#ifndef TUI_TYPED_H
#define TUI_TYPED_H

#include "tui/app.h"

/* It begins with a word of the screen's own. */
bool typed_is_words(const char *text);
/* Does it, and remembers it; what goes wrong is told. Panes may come and go. */
void typed_do(struct app *app, const char *text);

#endif
