/* gauges.h - what one container uses: figures with their limits, and graphs of the last minutes. */
#ifndef TUI_PANE_GAUGES_H
#define TUI_PANE_GAUGES_H

#include "tui/canvas.h"
#include "tui/choices.h"
#include "tui/model.h"

/* Zoom 0 is the closest. */
enum { GAUGES_ZOOMS = 5 };
int gauges_seconds(int zoom, int columns); /* that a graph so wide shows */

/* As many graphs as there is room for: processor, memory, traffic. pressure NULL: not known; memory
 * is then a bar, that hardly ever changes. */
void gauges_paint(struct canvas canvas, const struct row *row,
	const struct container_pressure *pressure, enum cpu_unit unit, int zoom);
/* The same in words: now, and the means and the highest of the last minutes. */
void gauges_table(
	struct canvas canvas, const struct row *row, const struct container_pressure *pressure);

#endif
