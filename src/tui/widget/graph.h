/* graph.h - figures over time as filled columns: the newest at the right edge. */
#ifndef TUI_WIDGET_GRAPH_H
#define TUI_WIDGET_GRAPH_H

#include "tui/canvas.h"

/* values: oldest first, `count` of them, `each` to a column (their mean). top: what fills a whole
 * column; more than that fills it too. A part of the canvas that is older than all is left blank.
 */
void graph_paint(
	struct canvas canvas, look style, const float *values, int count, int each, double top);
/* A round number that is at least `value`: 1, 2, 5, 10 … times `unit`. */
double graph_top(double value, double unit);

#endif
