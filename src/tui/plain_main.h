/* plain_main.h - the plain mode on standard input and output. */
#ifndef TUI_PLAIN_MAIN_H
#define TUI_PLAIN_MAIN_H

struct engine_options;

/* Until standard input ends or the user leaves. Needs no terminal. Returns the exit code. */
int plain_main(const struct engine_options *options);

#endif
