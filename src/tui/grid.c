/* grid.c - see grid.h. */
#include <errno.h>

#include "tui/grid.h"

struct grid {
	int width, height;
	bool ascii;
	int cursor_x, cursor_y;
	bool cursor_visible;
	struct cell *cells;
};

static const struct cell blank = {.style = ROLE_TEXT, .width = 1, .len = 1, .text = " "};

static int clamp_side(int side)
{
	return side < 1 ? 1 : side > GRID_SIDE_MAX ? GRID_SIDE_MAX : side;
}

struct grid *grid_new(int width, int height, bool ascii)
{
	auto_of(grid) struct grid *grid = calloc(1, sizeof(*grid));

	if (!grid || grid_resize(grid, width, height) < 0)
		return NULL;
	grid->ascii = ascii;
	return take(grid);
}

void grid_free(struct grid *grid)
{
	if (!grid)
		return;
	free(grid->cells);
	free(grid);
}

int grid_width(const struct grid *grid)
{
	return grid->width;
}

int grid_height(const struct grid *grid)
{
	return grid->height;
}

void grid_draw_ascii(struct grid *grid, bool ascii)
{
	grid->ascii = ascii;
}

bool grid_is_ascii(const struct grid *grid)
{
	return grid->ascii;
}

int grid_resize(struct grid *grid, int width, int height)
{
	struct cell *cells;

	width = clamp_side(width);
	height = clamp_side(height);
	cells = calloc((size_t)width * (size_t)height, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	free(grid->cells);
	grid->cells = cells;
	grid->width = width;
	grid->height = height;
	grid_clear(grid);
	return 0;
}

void grid_clear(struct grid *grid)
{
	for (int i = 0; i < grid->width * grid->height; i++)
		grid->cells[i] = blank;
	grid_set_cursor(grid, 0, 0, false);
}

const struct cell *grid_at(const struct grid *grid, int x, int y)
{
	return &grid->cells[y * grid->width + x];
}

/* Leaves no half of a wide glyph behind when the cell at x is about to change. */
static void part_from_neighbours(struct grid *grid, struct cell *row, int x)
{
	if (row[x].width == 0 && x > 0) {
		row[x - 1] = blank;
		row[x] = blank;
	}
	if (row[x].width == 2 && x + 1 < grid->width)
		row[x + 1] = blank;
}

void grid_put(struct grid *grid, int x, int y, look style, const struct text_glyph *glyph)
{
	struct cell *row, *cell;

	if (x < 0 || y < 0 || x >= grid->width || y >= grid->height)
		return;
	row = &grid->cells[y * grid->width];
	cell = &row[x];
	part_from_neighbours(grid, row, x);
	*cell = blank;
	cell->style = style;
	if (glyph->width == 2 && x + 1 >= grid->width)
		return;
	if (grid->ascii && (glyph->len > 1 || (unsigned char)glyph->bytes[0] > 0x7e)) {
		cell->text[0] = '?';
		return;
	}
	cell->len = glyph->len;
	cell->width = glyph->width;
	memset(cell->text, 0, sizeof(cell->text));
	memcpy(cell->text, glyph->bytes, glyph->len);
	if (glyph->width == 2) {
		part_from_neighbours(grid, row, x + 1);
		row[x + 1] = (struct cell){.style = style};
	}
}

void grid_restyle(struct grid *grid, int x, int y, look style)
{
	if (x >= 0 && y >= 0 && x < grid->width && y < grid->height)
		grid->cells[y * grid->width + x].style = style;
}

void grid_set_cursor(struct grid *grid, int x, int y, bool visible)
{
	grid->cursor_x = x < 0 ? 0 : x >= grid->width ? grid->width - 1 : x;
	grid->cursor_y = y < 0 ? 0 : y >= grid->height ? grid->height - 1 : y;
	grid->cursor_visible = visible;
}

void grid_cursor(const struct grid *grid, int *x, int *y, bool *visible)
{
	*x = grid->cursor_x;
	*y = grid->cursor_y;
	*visible = grid->cursor_visible;
}

void grid_row_text(const struct grid *grid, int y, struct buf *out)
{
	size_t keep = out->len;

	for (int x = 0; x < grid->width; x++) {
		const struct cell *cell = grid_at(grid, x, y);

		buf_add(out, cell->text, cell->len);
		if (cell->len && !(cell->len == 1 && cell->text[0] == ' '))
			keep = out->len;
	}
	if (!buf_failed(out)) {
		out->len = keep;
		if (out->data)
			out->data[keep] = '\0';
	}
}
