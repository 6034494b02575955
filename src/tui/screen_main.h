/* screen_main.h - the door of davit-screen.so. */
#ifndef TUI_SCREEN_MAIN_H
#define TUI_SCREEN_MAIN_H

#include "util/err.h"

struct screen_options {
	const char *root, *run_root; /* NULL: the engine's defaults */
	const char *theme;           /* NULL: DAVIT_THEME, else by itself */
};

/* Shows the screen until the user leaves it. Standard input and output must be a terminal; on every
 * way out it is as it was found. 0, or an error that was not shown on the screen. */
int screen_main(const struct screen_options *options, struct err *err);

#endif
