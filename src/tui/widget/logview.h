/* logview.h - a window on a log of any size.
 *
 * Keeps no lines: only where the window's top is. Each painting pulls the few lines in view through
 * the world's reader, so a log of 10 GB costs what a log of ten lines costs. */
#ifndef TUI_WIDGET_LOGVIEW_H
#define TUI_WIDGET_LOGVIEW_H

#include "tui/canvas.h"
#include "tui/keymap.h"
#include "tui/world.h"

struct logview;

struct logview_state {
	bool follow, wrap, times, searching;
	const char *search; /* "" when there is none */
	bool found;         /* the last search met something */
	uint64_t scanned;   /* bytes looked at by the search under way */
	bool empty;
	int left; /* columns scrolled sideways */
};

/* `log` belongs to the view from here on. NULL when out of memory (then it does not). */
struct logview *logview_new(struct world *world, struct world_log *log);
void logview_free(struct logview *view);
own_define(logview);

const struct world_log *logview_log(const struct logview *view);
struct logview_state logview_state(const struct logview *view);
/* Column 0 is kept for the sign of stderr. */
void logview_paint(struct logview *view, struct canvas canvas);
/* CONTEXT_MOVE and CONTEXT_LOGS; false when the action is none of them. */
bool logview_act(struct logview *view, enum action action, int count);
/* Smart case: a capital makes it matter. Starts looking downwards from the top line. */
void logview_search(struct logview *view, const char *text);
/* Looks a little further; call while state.searching. */
void logview_search_step(struct logview *view);
void logview_search_cancel(struct logview *view);

#endif
