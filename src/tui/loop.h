/* loop.h - the app on a terminal, driven by one libuv loop.
 *
 * Each turn of the loop, before it sleeps: ticks what is due, does what the app wishes, and starts
 * a frame when something changed and the last one is gone. Keys are answered at once, other changes
 * at most ten times a second. With nothing to do there is no timer and nothing wakes us. */
#ifndef TUI_LOOP_H
#define TUI_LOOP_H

#include <uv.h>

#include "tui/app.h"
#include "tui/screen.h"

struct loop;

struct loop_parts {
	uv_loop_t *uv;
	struct tty *tty;
	struct screen *screen;
	struct app *app;
	struct world *world;
	bool slow;               /* --slow: whatever is measured */
	struct screen_look look; /* what the settings say nothing of */
};

/* All parts are lent. */
int loop_open(const struct loop_parts *parts, struct loop **out, struct err *err);
/* Until the user leaves or the terminal goes. Its handles are closing then: run the uv loop to its
 * end before loop_free. */
void loop_run(struct loop *loop);
void loop_free(struct loop *loop);
own_define(loop)

#endif
