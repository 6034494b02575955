/* corner_figure.h - a figure beside a lesson's text, of the lesson's own store.
 *
 * A davit of that store draws it: whenever something was done there, and now and then, because a
 * container may also end by itself. Keys move in it while it is focused; on a narrow screen it is
 * then seen instead of the text. */
#ifndef TUI_PANE_CORNER_FIGURE_H
#define TUI_PANE_CORNER_FIGURE_H

#include "tui/pane/pane.h"
#include "tui/widget/figureview.h"

/* By value; zeroed but for app. */
struct corner_figure {
	struct app *app;
	const struct strs *env; /* the words that lead into the corner; NULL: there is none yet */
	bool shown, focused;
	char show[200]; /* "figure layers davit/demo" */
	struct figureview view;
	struct world_command *command; /* that draws it */
	struct buf json;
	int64_t drawn_ms;
	char trouble[200];
};

void corner_figure_fini(struct corner_figure *figure);
/* Whether what a lesson shows is a figure; then that is shown from here on. */
bool corner_figure_show(struct corner_figure *figure, const char *show);
/* Draws it anew; what is being drawn is waited for. */
void corner_figure_draw(struct corner_figure *figure);
int64_t corner_figure_deadline(const struct corner_figure *figure);
/* The corner goes. */
void corner_figure_leave(struct corner_figure *figure);
void corner_figure_paint(struct corner_figure *figure, struct canvas canvas);
bool corner_figure_act(struct corner_figure *figure, enum action action, int count);
bool corner_figure_copies(
	struct corner_figure *figure, size_t nth, const char **what, struct buf *text);

#endif
