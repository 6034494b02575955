/* screen_main.h - the door of davit-screen.so. */
#ifndef TUI_SCREEN_MAIN_H
#define TUI_SCREEN_MAIN_H

struct engine_options;

/* Shows the screen until the user leaves it. Standard input and output must be a terminal; on every
 * way out it is as it was found. Returns the exit code; what went wrong was told in a sentence. */
int screen_main(const struct engine_options *options);

#endif
