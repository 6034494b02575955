/* figure_draw.c - boxes become cells.
 *
 * First every box is measured at the width it will have, then it is put there; a row of boxes side
 * by side is as high as its highest.
 *
 *     ┌ title ───── value ┐      a frame: text below the title, then what is in it
 *     │ text              │
 *     ├ title ───── value ┤      slabs share a frame, with rules between while they are few
 *     │ title  text value │      a line has none
 *     └───────────────────┘
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/figure.h"

enum {
	SIDE_MIN = 26,   /* a box beside others is at least as wide */
	RULED_SLABS = 9, /* more of them do without rules */
	ARROW = 4,       /* columns of an arrow to the right */
	ROWS_MAX = 4000
};

enum piece {
	HORIZONTAL,
	VERTICAL,
	TOP_LEFT,
	TOP_RIGHT,
	BOTTOM_LEFT,
	BOTTOM_RIGHT,
	TEE_LEFT,
	TEE_RIGHT,
	ARROW_DOWN,
	ARROW_RIGHT,
	ELLIPSIS,
	PIECES
};

static const uint32_t pieces[2][PIECES] = {
	{0x2500, 0x2502, 0x250c, 0x2510, 0x2514, 0x2518, 0x251c, 0x2524, 0x25bc, 0x25b6, 0x2026},
	{'-', '|', '+', '+', '+', '+', '+', '+', 'v', '>', '~'},
};

struct pen {
	const struct figure *figure;
	const struct figure_box *boxes;
	int count;
	bool ascii, failed;
	struct figure_drawing *out;
	unsigned room; /* rows there are cells for */
};

/* A rectangle, and the look of whose box is drawn in it. */
struct area {
	int x, y, w;
};

/* ---- cells ---- */

static struct figure_cell *cell_at(struct pen *pen, int x, int y)
{
	unsigned w = pen->out->w;

	if (x < 0 || y < 0 || (unsigned)x >= w || y >= ROWS_MAX)
		return NULL;
	while ((unsigned)y >= pen->room) {
		unsigned room = pen->room ? 2 * pen->room : 32;
		struct figure_cell *cells =
			realloc(pen->out->cells, (size_t)room * w * sizeof(*cells));

		if (!cells) {
			pen->failed = true;
			return NULL;
		}
		for (size_t i = (size_t)pen->room * w; i < (size_t)room * w; i++)
			cells[i] = (struct figure_cell){' ', FIGURE_LOOK_BLANK, -1};
		pen->out->cells = cells;
		pen->room = room;
	}
	if ((unsigned)y >= pen->out->h)
		pen->out->h = (unsigned)y + 1;
	return &pen->out->cells[(size_t)y * w + (size_t)x];
}

static void put(struct pen *pen, int x, int y, uint32_t glyph, enum figure_look look, int box)
{
	struct figure_cell *cell = cell_at(pen, x, y);

	if (cell)
		*cell = (struct figure_cell){glyph, (uint16_t)look, (int16_t)box};
}

static void put_piece(struct pen *pen, int x, int y, enum piece piece, int box)
{
	bool arrow = piece == ARROW_DOWN || piece == ARROW_RIGHT;

	put(pen, x, y, pieces[pen->ascii][piece], arrow ? FIGURE_LOOK_LINK : FIGURE_LOOK_FRAME,
		box);
}

/* ---- texts ---- */

/* The next letter; texts are good UTF-8, see figure.c. */
static uint32_t take_letter(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	unsigned len = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : 3;
	uint32_t code = len == 1 ? *at : len == 2 ? *at & 0x1f : *at & 0x0f;

	for (unsigned i = 1; i < len; i++)
		code = code << 6 | (at[i] & 0x3f);
	*text += len;
	return code;
}

static uint32_t for_terminal(const struct pen *pen, uint32_t code)
{
	static const struct {
		uint32_t code;
		char ascii;
	} plain[] = {{0x2026, '~'}, {0xb7, '.'}, {0x25cf, '*'}, {0x25a0, '#'}, {0x25a1, 'o'},
		{0x2192, '>'}, {0x2190, '<'}, {0x2013, '-'}, {0x25b6, '>'}, {0x2248, '~'}};

	if (!pen->ascii || code < 0x80)
		return code;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i].code == code)
			return (unsigned char)plain[i].ascii;
	return '?';
}

static int columns(const char *text, const char *end)
{
	int n = 0;

	while (*text && text != end) {
		take_letter(&text);
		n++;
	}
	return n;
}

/* In at most w columns; the last one says when there was more. Returns the column behind it. */
static int put_text(struct pen *pen, int x, int y, int w, enum figure_look look, int box,
	const char *text, const char *end)
{
	int all = columns(text, end);

	for (int i = 0; i < w && i < all; i++) {
		uint32_t code = take_letter(&text);

		put(pen, x++, y,
			i == w - 1 && all > w ? pieces[pen->ascii][ELLIPSIS]
					      : for_terminal(pen, code),
			look, box);
	}
	return x;
}

/* The end of the line that begins at text and fits into w columns. */
static const char *line_end(const char *text, int w)
{
	const char *at = text, *blank = NULL;

	for (int i = 0; *at && *at != '\n'; i++) {
		if (i >= w)
			return blank ? blank : at;
		if (*at == ' ')
			blank = at;
		take_letter(&at);
	}
	return at;
}

static const char *next_line(const char *end)
{
	return end + (*end == ' ' || *end == '\n');
}

static int count_lines(const char *text, int w)
{
	int n = 0;

	for (const char *end; *text; text = next_line(end), n++)
		end = line_end(text, w);
	return n;
}

/* ---- measuring ---- */

static int next_child(const struct pen *pen, int parent, int after)
{
	for (int i = after + 1; i < pen->count; i++)
		if (pen->boxes[i].parent == parent)
			return i;
	return -1;
}

static int count_children(const struct pen *pen, int parent)
{
	int n = 0;

	for (int i = next_child(pen, parent, -1); i >= 0; i = next_child(pen, parent, i))
		n++;
	return n;
}

static bool has_link(const struct pen *pen, int parent)
{
	for (int i = next_child(pen, parent, -1); i >= 0; i = next_child(pen, parent, i))
		if (*pen->boxes[i].link)
			return true;
	return false;
}

static enum figure_flow flow_of(const struct pen *pen, int parent)
{
	return parent < 0 ? FIGURE_DOWN : pen->boxes[parent].flow;
}

/* How many stand side by side. */
static int abreast(const struct pen *pen, int parent, int w)
{
	int n = count_children(pen, parent), gap = has_link(pen, parent) ? ARROW : 1;
	int fit = (w + gap) / (SIDE_MIN + gap);

	if (flow_of(pen, parent) != FIGURE_ACROSS || fit < 2)
		return 1;
	if (fit >= n)
		return n ? n : 1;
	return gap == ARROW ? 1 : fit;
}

static int side_width(const struct pen *pen, int parent, int w)
{
	int n = abreast(pen, parent, w), gap = has_link(pen, parent) ? ARROW : 1;

	return (w - gap * (n - 1)) / n;
}

static bool is_ruled(const struct pen *pen, int parent)
{
	return flow_of(pen, parent) == FIGURE_SLABS && count_children(pen, parent) <= RULED_SLABS;
}

static int box_height(const struct pen *pen, int i, int w, bool slab);

/* The highest of those that stand beside the child i, which is the first of its row. */
static int row_height(const struct pen *pen, int parent, int i, int n, int w)
{
	int height = 0;

	for (; i >= 0 && n-- > 0; i = next_child(pen, parent, i)) {
		int own = box_height(pen, i, w, flow_of(pen, parent) == FIGURE_SLABS);

		height = own > height ? own : height;
	}
	return height;
}

static int inner_height(const struct pen *pen, int parent, int w)
{
	int n = abreast(pen, parent, w), side = side_width(pen, parent, w), height = 0;
	bool ruled = is_ruled(pen, parent);

	for (int i = next_child(pen, parent, -1), first = i; i >= 0;) {
		height += row_height(pen, parent, i, n, side);
		height += i != first && (ruled || (n == 1 && *pen->boxes[i].link));
		for (int k = 0; k < n && i >= 0; k++)
			i = next_child(pen, parent, i);
	}
	return height;
}

static int box_height(const struct pen *pen, int i, int w, bool slab)
{
	const struct figure_box *box = &pen->boxes[i];

	if (box->line)
		return 1;
	if (slab)
		return 1 + count_lines(box->text, w - 2) + inner_height(pen, i, w - 2);
	return 2 + count_lines(box->text, w - 4) + inner_height(pen, i, w - 4);
}

/* ---- drawing ---- */

static void draw_inner(struct pen *pen, int parent, struct area area);

static void draw_rule(struct pen *pen, struct area area, enum piece left, enum piece right, int box)
{
	put_piece(pen, area.x, area.y, left, box);
	for (int x = 1; x < area.w - 1; x++)
		put_piece(pen, area.x + x, area.y, HORIZONTAL, box);
	put_piece(pen, area.x + area.w - 1, area.y, right, box);
}

/* A title, and flush right the value, with a blank on either side of each. */
static void draw_head(struct pen *pen, int i, struct area area, int margin)
{
	const struct figure_box *box = &pen->boxes[i];
	int value = columns(box->value, NULL), room = area.w - 2 * margin, x = area.x + margin;
	bool both = value && value + 6 < room;

	if (margin > 1) {
		put(pen, x - 1, area.y, ' ', FIGURE_LOOK_BLANK, i);
		room -= 1;
	}
	x = put_text(pen, x, area.y, room - (both ? value + 2 : 0), FIGURE_LOOK_TITLE, i,
		box->title, NULL);
	if (margin > 1)
		put(pen, x, area.y, ' ', FIGURE_LOOK_BLANK, i);
	if (!both)
		return;
	x = area.x + area.w - margin - value;
	if (margin > 1)
		put(pen, x - 1, area.y, ' ', FIGURE_LOOK_BLANK, i);
	put_text(pen, x, area.y, value, FIGURE_LOOK_VALUE, i, box->value, NULL);
	if (margin > 1)
		put(pen, x + value, area.y, ' ', FIGURE_LOOK_BLANK, i);
}

static int draw_text(struct pen *pen, int i, struct area area)
{
	const char *text = pen->boxes[i].text;

	for (const char *end; *text; text = next_line(end)) {
		end = line_end(text, area.w);
		put_text(pen, area.x, area.y++, area.w, FIGURE_LOOK_TEXT, i, text, end);
	}
	return area.y;
}

/* Cells that no text is in belong to the box, too: a click finds it there. */
static void claim(struct pen *pen, int i, struct area area, int height)
{
	for (int y = 0; y < height; y++)
		for (int x = 0; x < area.w; x++)
			put(pen, area.x + x, area.y + y, ' ', FIGURE_LOOK_BLANK, i);
}

static void draw_line(struct pen *pen, int i, struct area area)
{
	const struct figure_box *box = &pen->boxes[i];
	int value = columns(box->value, NULL), x = area.x, end = area.x + area.w;

	claim(pen, i, area, 1);
	if (value && value + 4 < area.w) {
		end -= value;
		put_text(pen, end, area.y, value, FIGURE_LOOK_VALUE, i, box->value, NULL);
		end -= 2;
	}
	x = put_text(pen, x, area.y, end - x, FIGURE_LOOK_TITLE, i, box->title, NULL);
	if (*box->text && x + 4 < end)
		put_text(pen, x + 2, area.y, end - x - 2, FIGURE_LOOK_TEXT, i, box->text, NULL);
}

static void draw_box(struct pen *pen, int i, struct area area, int height, bool slab)
{
	struct area inner = {area.x + 2, area.y + 1, area.w - 4};

	if (pen->boxes[i].line) {
		draw_line(pen, i, area);
		return;
	}
	claim(pen, i, area, height);
	if (slab) {
		inner = (struct area){area.x + 2, area.y + 1, area.w - 2};
		draw_head(pen, i, area, 0);
	} else {
		draw_rule(pen, area, TOP_LEFT, TOP_RIGHT, i);
		for (int y = 1; y < height - 1; y++) {
			put_piece(pen, area.x, area.y + y, VERTICAL, i);
			put_piece(pen, area.x + area.w - 1, area.y + y, VERTICAL, i);
		}
		draw_rule(pen, (struct area){area.x, area.y + height - 1, area.w}, BOTTOM_LEFT,
			BOTTOM_RIGHT, i);
		draw_head(pen, i, area, 2);
	}
	inner.y = draw_text(pen, i, inner);
	draw_inner(pen, i, inner);
}

static void draw_arrow_down(struct pen *pen, int i, struct area area)
{
	const char *link = pen->boxes[i].link;

	put_piece(pen, area.x + 2, area.y, ARROW_DOWN, -1);
	if (strcmp(link, "-") != 0)
		put_text(pen, area.x + 4, area.y, area.w - 4, FIGURE_LOOK_LINK, -1, link, NULL);
}

/* To the box that begins at x, from the one before it. */
static void draw_arrow_right(struct pen *pen, int x, int y)
{
	put_piece(pen, x - 3, y, HORIZONTAL, -1);
	put_piece(pen, x - 2, y, ARROW_RIGHT, -1);
}

/* The last one takes what division left over. */
static void draw_row(
	struct pen *pen, int parent, int *i, int n, struct area area, int row_w, int height)
{
	bool slab = flow_of(pen, parent) == FIGURE_SLABS;
	int gap = has_link(pen, parent) ? ARROW : 1, end = area.x + row_w;

	for (int k = 0; k < n && *i >= 0; k++) {
		if (k == n - 1)
			area.w = end - area.x;
		if (k && *pen->boxes[*i].link)
			draw_arrow_right(pen, area.x, area.y + height / 2);
		draw_box(pen, *i, area, pen->boxes[*i].line ? 1 : height, slab);
		area.x += area.w + gap;
		*i = next_child(pen, parent, *i);
	}
}

static void draw_inner(struct pen *pen, int parent, struct area area)
{
	int n = abreast(pen, parent, area.w), side = side_width(pen, parent, area.w);
	bool ruled = is_ruled(pen, parent);

	for (int i = next_child(pen, parent, -1), first = i; i >= 0;) {
		int height = row_height(pen, parent, i, n, side);

		if (i != first && ruled)
			draw_rule(pen, (struct area){area.x - 2, area.y++, area.w + 4}, TEE_LEFT,
				TEE_RIGHT, parent);
		else if (i != first && n == 1 && *pen->boxes[i].link)
			draw_arrow_down(pen, i, (struct area){area.x, area.y++, area.w});
		draw_row(pen, parent, &i, n, (struct area){area.x, area.y, side}, area.w, height);
		area.y += height;
	}
}

int figure_draw(const struct figure *figure, unsigned width, bool ascii, struct figure_drawing *out,
	struct err *err)
{
	struct figure_drawing drawing = {.w = width < FIGURE_WIDTH_MIN   ? FIGURE_WIDTH_MIN
					      : width > FIGURE_WIDTH_MAX ? FIGURE_WIDTH_MAX
									 : width};
	struct pen pen = {.figure = figure, .ascii = ascii, .out = &drawing};
	size_t count;

	pen.boxes = figure_boxes(figure, &count);
	pen.count = (int)count;
	draw_inner(&pen, -1, (struct area){0, 0, (int)drawing.w});
	if (pen.failed) {
		free(drawing.cells);
		return err_set(err, ENOMEM, "draw the figure: out of memory");
	}
	*out = drawing;
	return 0;
}

bool figure_rows_of(const struct figure_drawing *drawing, int box, unsigned *first, unsigned *last)
{
	bool found = false;

	for (unsigned y = 0; y < drawing->h; y++)
		for (unsigned x = 0; x < drawing->w; x++)
			if (drawing->cells[(size_t)y * drawing->w + x].box == box) {
				*first = found ? *first : y;
				*last = y;
				found = true;
				break;
			}
	return found;
}

void figure_put(const struct figure_cell *cell, struct buf *out)
{
	uint32_t code = cell->glyph;

	if (code < 0x80) {
		buf_addc(out, (char)code);
	} else if (code < 0x800) {
		buf_addc(out, (char)(0xc0 | code >> 6));
		buf_addc(out, (char)(0x80 | (code & 0x3f)));
	} else {
		buf_addc(out, (char)(0xe0 | code >> 12));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (code & 0x3f)));
	}
}
