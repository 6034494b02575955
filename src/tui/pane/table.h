/* table.h - containers as rows: which columns there is room for, and how they are written. */
#ifndef TUI_PANE_TABLE_H
#define TUI_PANE_TABLE_H

#include "tui/canvas.h"
#include "tui/model.h"

struct columns {
	int name, state, cpu, memory, up, image, command; /* widths, 0: not shown */
};

struct moment {
	int64_t ms;       /* of the steady clock */
	uint64_t real_ns; /* CLOCK_REALTIME */
};

/* For a width, when the longest name takes `widest` columns. */
struct columns table_columns(int widest, int width);
/* The column that `model` is sorted by stands out. */
void table_headings(struct canvas canvas, const struct columns *c, const struct model *model);
void table_row(struct canvas canvas, const struct row *row, bool selected, const struct columns *c,
	const struct moment *now);

#endif
