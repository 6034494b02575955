/* svg.c - a picture as a drawing.
 *
 * A grid of whole pixels. Letters are text, a run of one look at a time, stretched to the grid, so
 * that any monospace font does; lines and blocks are drawn, so that they meet whatever the font. */
#include <string.h>

#include "shot.h"

enum { CELL_W = 9, CELL_H = 18, FONT = 15, BASELINE = 14, MARGIN = 12, MID_X = 4, MID_Y = 9 };

static int left_of(int x)
{
	return MARGIN + x * CELL_W;
}

static int top_of(int y)
{
	return MARGIN + y * CELL_H;
}

static void rect(FILE *out, int x, int y, int w, int h, uint32_t colour)
{
	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", x, y,
		w, h, colour);
}

/* ---- lines and blocks ---- */

enum { LEFT = 1, RIGHT = 2, UP = 4, DOWN = 8, HEAVY = 16, ROUND = 32 };

static int arms_of(uint32_t code)
{
	static const struct {
		uint16_t code;
		uint8_t arms;
	} table[] = {
		{0x2500, LEFT | RIGHT},
		{0x2501, LEFT | RIGHT | HEAVY},
		{0x2502, UP | DOWN},
		{0x2503, UP | DOWN | HEAVY},
		{0x250c, RIGHT | DOWN},
		{0x2510, LEFT | DOWN},
		{0x2514, RIGHT | UP},
		{0x2518, LEFT | UP},
		{0x251c, UP | DOWN | RIGHT},
		{0x2524, UP | DOWN | LEFT},
		{0x252c, LEFT | RIGHT | DOWN},
		{0x2534, LEFT | RIGHT | UP},
		{0x253c, LEFT | RIGHT | UP | DOWN},
		{0x256d, RIGHT | DOWN | ROUND},
		{0x256e, LEFT | DOWN | ROUND},
		{0x256f, LEFT | UP | ROUND},
		{0x2570, RIGHT | UP | ROUND},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code)
			return table[i].arms;
	return 0;
}

/* A quarter turn between the middles of two sides; half a pixel in, where strokes are sharp. */
static void round_corner(FILE *out, int x, int y, int arms, uint32_t colour)
{
	double mid_x = x + MID_X + 0.5, mid_y = y + MID_Y + 0.5;
	int to_x = arms & RIGHT ? x + CELL_W : x, to_y = arms & DOWN ? y + CELL_H : y;

	fprintf(out,
		"<path d=\"M%d %.1fQ%.1f %.1f %.1f %.1fL%.1f %d\" fill=\"none\" stroke=\"#%06x\"/>\n",
		to_x, mid_y, mid_x, mid_y, mid_x, mid_y + (arms & DOWN ? 4.5 : -4.5), mid_x, to_y,
		colour);
}

static void draw_lines(FILE *out, int x, int y, int arms, uint32_t colour)
{
	int thick = arms & HEAVY ? 2 : 1;

	if (arms & ROUND) {
		round_corner(out, x, y, arms, colour);
		return;
	}
	if (arms & (LEFT | RIGHT)) {
		int from = arms & LEFT ? 0 : MID_X, to = arms & RIGHT ? CELL_W : MID_X + thick;

		rect(out, x + from, y + MID_Y, to - from, thick, colour);
	}
	if (arms & (UP | DOWN)) {
		int from = arms & UP ? 0 : MID_Y, to = arms & DOWN ? CELL_H : MID_Y + thick;

		rect(out, x + MID_X, y + from, thick, to - from, colour);
	}
}

static bool draw_block(FILE *out, int x, int y, uint32_t code, uint32_t colour)
{
	if (code >= 0x2581 && code <= 0x2588) { /* lower eighths, up to the full block */
		int h = (int)(code - 0x2580) * CELL_H / 8;

		rect(out, x, y + CELL_H - h, CELL_W, h, colour);
	} else if (code >= 0x2589 && code <= 0x258f) { /* left eighths, seven down to one */
		rect(out, x, y, (int)(0x2590 - code) * CELL_W / 8, CELL_H, colour);
	} else if (code == 0x2580) {
		rect(out, x, y, CELL_W, CELL_H / 2, colour);
	} else {
		return false;
	}
	return true;
}

static bool draw_shape(FILE *out, int x, int y, const struct cell *cell)
{
	int arms = arms_of(cell->codes[0]);

	if (arms)
		draw_lines(out, left_of(x), top_of(y), arms, cell->fg);
	return arms || draw_block(out, left_of(x), top_of(y), cell->codes[0], cell->fg);
}

/* ---- letters ---- */

static bool is_blank(const struct cell *cell)
{
	return !cell->codes[0] || cell->codes[0] == ' ';
}

static bool is_plain(const struct cell *cell)
{
	return cell->codes[0] < 0x7f && !cell->codes[1];
}

static bool same_look(const struct cell *a, const struct cell *b)
{
	return a->fg == b->fg && a->bold == b->bold && a->italic == b->italic &&
	       a->underline == b->underline;
}

static void put_codes(FILE *out, const struct cell *cell)
{
	if (!cell->codes[0])
		fputc(' ', out);
	for (int i = 0; i < CELL_CODES && cell->codes[i]; i++) {
		if (cell->codes[i] >= 0x20 && cell->codes[i] < 0x7f &&
			!strchr("<&>", (int)cell->codes[i]))
			fputc((int)cell->codes[i], out);
		else
			fprintf(out, "&#%u;", cell->codes[i]);
	}
}

static void put_run(FILE *out, int x, int y, const struct cell *cells, int count)
{
	int width = 0;

	for (int i = 0; i < count; i++)
		width += cells[i].width;
	fprintf(out,
		"<text x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\" "
		"fill=\"#%06x\"%s%s>",
		left_of(x), top_of(y) + BASELINE, width * CELL_W, cells->fg,
		cells->bold ? " font-weight=\"bold\"" : "",
		cells->italic ? " font-style=\"italic\"" : "");
	for (int i = 0; i < count; i++)
		put_codes(out, &cells[i]);
	fputs("</text>\n", out);
}

/* A character that another font may have to lend: alone, so that it cannot push its neighbours. */
static void put_symbol(FILE *out, int x, int y, const struct cell *cell)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#%06x\"%s>",
		left_of(x) + cell->width * CELL_W / 2.0, top_of(y) + BASELINE, cell->fg,
		cell->bold ? " font-weight=\"bold\"" : "");
	put_codes(out, cell);
	fputs("</text>\n", out);
}

static int run_length(const struct cell *cells, int most)
{
	int count = 1, ink = 1;

	while (count < most && is_plain(&cells[count]) && same_look(cells, &cells[count])) {
		/* Two blanks end a run: columns are placed, not spaced. */
		if (is_blank(&cells[count]) && is_blank(&cells[count - 1]))
			break;
		count++;
		if (!is_blank(&cells[count - 1]))
			ink = count;
	}
	return ink;
}

static void draw_letters(const struct picture *picture, int y, FILE *out)
{
	const struct cell *row = &picture->cells[y * picture->width];

	for (int x = 0; x < picture->width;) {
		int count = 1;

		if (row[x].width == 0 || is_blank(&row[x]) || draw_shape(out, x, y, &row[x])) {
			x++;
			continue;
		}
		if (is_plain(&row[x])) {
			count = run_length(&row[x], picture->width - x);
			put_run(out, x, y, &row[x], count);
		} else {
			put_symbol(out, x, y, &row[x]);
		}
		x += count;
	}
}

/* ---- what lies under and over them ---- */

static void draw_backgrounds(const struct picture *picture, int y, FILE *out)
{
	const struct cell *row = &picture->cells[y * picture->width];

	for (int x = 0, end; x < picture->width; x = end) {
		for (end = x + 1; end < picture->width && row[end].bg == row[x].bg; end++)
			;
		if (row[x].bg != COLOUR_BG)
			rect(out, left_of(x), top_of(y), (end - x) * CELL_W, CELL_H, row[x].bg);
	}
}

static void draw_underlines(const struct picture *picture, int y, FILE *out)
{
	const struct cell *row = &picture->cells[y * picture->width];

	for (int x = 0, end; x < picture->width; x = end) {
		for (end = x + 1;
			end < picture->width && row[x].underline && same_look(&row[x], &row[end]);
			end++)
			;
		if (row[x].underline)
			rect(out, left_of(x), top_of(y) + BASELINE + 2, (end - x) * CELL_W, 1,
				row[x].fg);
	}
}

static void draw_cursor(const struct picture *picture, FILE *out)
{
	if (picture->cursor_x < 0 || picture->cursor_x >= picture->width)
		return;
	fprintf(out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\" "
		"fill-opacity=\"0.6\"/>\n",
		left_of(picture->cursor_x), top_of(picture->cursor_y), CELL_W, CELL_H, COLOUR_FG);
}

void svg_write(const struct picture *picture, FILE *out)
{
	int width = left_of(picture->width) + MARGIN, height = top_of(picture->height) + MARGIN;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"'DejaVu Sans Mono',Menlo,Consolas,monospace\" "
		"font-size=\"%d\" xml:space=\"preserve\">\n",
		width, height, width, height, FONT);
	fprintf(out, "<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#%06x\"/>\n", width, height,
		COLOUR_BG);
	fputs("<g shape-rendering=\"crispEdges\">\n", out);
	for (int y = 0; y < picture->height; y++)
		draw_backgrounds(picture, y, out);
	fputs("</g>\n", out);
	for (int y = 0; y < picture->height; y++) {
		draw_letters(picture, y, out);
		draw_underlines(picture, y, out);
	}
	draw_cursor(picture, out);
	fputs("</svg>\n", out);
}
