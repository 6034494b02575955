/* program.h - somebody else on the terminal for a while: a program until it ends, or a text on a
 * bare screen to be selected; then Enter brings the screen back. */
#ifndef TUI_PROGRAM_H
#define TUI_PROGRAM_H

#include <uv.h>

#include "tui/tty.h"
#include "util/buf.h"
#include "util/strs.h"

struct program;

/* Called once, when the screen may have the terminal again; bad: say so. The sentence is lent. */
typedef void program_over_fn(void *arg, const char *outcome, bool bad);

/* words[0] "davit" is this program; called: what the outcome calls it, NULL: its first two words. The
 * terminal is cooked until it ends. */
int program_run(uv_loop_t *loop, struct tty *tty, const struct strs *words, const char *called,
	program_over_fn *over, void *arg, struct program **out, struct err *err);
/* NULL when out of memory. */
struct program *program_show(
	struct tty *tty, const struct buf *text, program_over_fn *over, void *arg);
/* After `over`, or to leave it alone: it goes on. */
void program_free(struct program *program);
own_define(program)

/* When it ends well, the screen is back at once: what it showed was its own. */
void program_come_back(struct program *program);
/* It reads the terminal itself, and its signals are its own. */
bool program_has_terminal(const struct program *program);
void program_type(struct program *program, const char *bytes, size_t len);

#endif
