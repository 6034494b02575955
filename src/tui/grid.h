/* grid.h - a screenful of cells in memory.
 *
 * Panes paint into it through a canvas, screen.c sends what changed, tests read it as text. A glyph
 * of two columns lives in its left cell; the cell to the right then has width 0 and no text. */
#ifndef TUI_GRID_H
#define TUI_GRID_H

#include <stdbool.h>

#include "tui/look.h"
#include "tui/text.h"
#include "util/buf.h"
#include "util/own.h"

enum { GRID_SIDE_MAX = 2000 }; /* larger terminals are used up to here */

struct cell {
	look style;
	uint8_t width; /* 1, 2, or 0: covered by its left neighbour */
	uint8_t len;
	char text[TEXT_GLYPH_MAX];
};

struct grid;

/* `ascii`: everything beyond ASCII is drawn as '?', lines as + - |. NULL when out of memory. */
struct grid *grid_new(int width, int height, bool ascii);
void grid_free(struct grid *grid);
own_define(grid)

int grid_width(const struct grid *grid);
int grid_height(const struct grid *grid);
void grid_draw_ascii(struct grid *grid, bool ascii); /* from the next drawing on */
bool grid_is_ascii(const struct grid *grid);
/* Sides are clamped to 1..GRID_SIDE_MAX; the content is blank afterwards. -ENOMEM keeps the old. */
int grid_resize(struct grid *grid, int width, int height);
void grid_clear(struct grid *grid);
/* x and y must be inside. */
const struct cell *grid_at(const struct grid *grid, int x, int y);
/* Writes one glyph; a wide one whose right half would fall outside becomes a blank. Halves of wide
 * glyphs that it cuts become blanks. Outside: ignored. */
void grid_put(struct grid *grid, int x, int y, look style, const struct text_glyph *glyph);
/* The look of a cell without its text; used to lay a selection bar over a row. */
void grid_restyle(struct grid *grid, int x, int y, look style);

/* Where the terminal's own cursor goes, and whether it is seen. */
void grid_set_cursor(struct grid *grid, int x, int y, bool visible);
void grid_cursor(const struct grid *grid, int *x, int *y, bool *visible);

/* The row as text without trailing blanks, for golden screens. */
void grid_row_text(const struct grid *grid, int y, struct buf *out);

#endif
