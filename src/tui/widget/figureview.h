/* figureview.h - a figure in a window: which box is selected, and which rows are in view.
 *
 * Keeps the figure and its drawing; draws anew when the figure is another or the width is. */
#ifndef TUI_WIDGET_FIGUREVIEW_H
#define TUI_WIDGET_FIGUREVIEW_H

#include "core/engine.h"
#include "tui/canvas.h"
#include "tui/keymap.h"

/* By value; zeroed is empty. */
struct figureview {
	struct figure *figure; /* NULL: there is none yet */
	struct figure_drawing drawing;
	bool ascii;
	int selected; /* a box */
	unsigned top, height;
};

void figureview_fini(struct figureview *view);
/* Takes the figure, which may be the same again; false: then nothing changed. The selection stays
 * with a box of the same title where there is one. */
bool figureview_set(struct figureview *view, struct figure *figure);
/* focused: the selected box is shown as such. */
void figureview_paint(struct figureview *view, struct canvas canvas, bool focused);
/* Moves by an action of CONTEXT_MOVE; false when it is none. */
bool figureview_move(struct figureview *view, enum action action, int count);
/* Selects the box that was painted at a place of the canvas; false: none was. */
bool figureview_select_at(struct figureview *view, int x, int y);
const struct figure_box *figureview_box(const struct figureview *view); /* NULL: none */
/* All of the selected box's title stands in the drawing. */
bool figureview_is_told(const struct figureview *view);

#endif
