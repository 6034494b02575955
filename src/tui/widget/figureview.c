#include "tui/widget/figureview.h"

#include <stdlib.h>
#include <string.h>

/* Wider, and what belongs together is too far apart to be read as one. */
enum { DRAWN_WIDTH_MAX = 120 };

void figureview_fini(struct figureview *view)
{
	figure_free(view->figure);
	free(view->drawing.cells);
	*view = (struct figureview){0};
}

static size_t count_boxes(const struct figureview *view)
{
	size_t count = 0;

	if (view->figure)
		figure_boxes(view->figure, &count);
	return count;
}

const struct figure_box *figureview_box(const struct figureview *view)
{
	size_t count = 0;
	const struct figure_box *boxes = view->figure ? figure_boxes(view->figure, &count) : NULL;

	return view->selected >= 0 && (size_t)view->selected < count ? &boxes[view->selected]
								     : NULL;
}

static void forget_drawing(struct figureview *view)
{
	free(view->drawing.cells);
	view->drawing = (struct figure_drawing){0};
}

/* Where the box is now that was selected before: at its place, else the first that is called so. */
static int find_again(const struct figure *figure, const struct figure *before, int selected)
{
	size_t n, count;
	const struct figure_box *old = figure_boxes(before, &n),
				*now = figure_boxes(figure, &count);

	if (selected < 0 || (size_t)selected >= n)
		return 0;
	if ((size_t)selected < count && strcmp(old[selected].title, now[selected].title) == 0)
		return selected;
	for (size_t i = 0; i < count; i++)
		if (strcmp(old[selected].title, now[i].title) == 0)
			return (int)i;
	return (size_t)selected < count ? selected : 0;
}

bool figureview_set(struct figureview *view, struct figure *figure)
{
	if (view->figure && figure_same(view->figure, figure)) {
		figure_free(figure);
		return false;
	}
	if (view->figure && figure_kind(view->figure) == figure_kind(figure)) {
		view->selected = find_again(figure, view->figure, view->selected);
	} else {
		view->selected = 0;
		view->top = 0;
	}
	figure_free(view->figure);
	view->figure = figure;
	forget_drawing(view);
	return true;
}

/* ---- drawing ---- */

static bool draw(struct figureview *view, struct canvas canvas)
{
	bool ascii = grid_is_ascii(canvas.grid);
	struct err err;

	if (view->drawing.cells && view->drawing.w == (unsigned)canvas.w && view->ascii == ascii)
		return true;
	forget_drawing(view);
	view->ascii = ascii;
	return canvas.w >= FIGURE_WIDTH_MIN &&
	       figure_draw(view->figure, (unsigned)canvas.w, ascii, &view->drawing, &err) == 0;
}

/* The selected box is in view: all of it, or its beginning. */
static void follow(struct figureview *view)
{
	unsigned first, last, room = view->height;

	if (!figure_rows_of(&view->drawing, view->selected, &first, &last))
		return;
	if (last - first >= room)
		last = first + (room ? room - 1 : 0);
	if (first < view->top)
		view->top = first;
	else if (last >= view->top + room)
		view->top = last + 1 - room;
}

static look tone_of(const struct figure_box *box, look plain)
{
	switch (box->tone) {
	case FIGURE_CHOSEN:
		return ROLE_OK;
	case FIGURE_FAINT:
		return ROLE_DIM;
	case FIGURE_GONE:
		return ROLE_WARN;
	default:
		return plain;
	}
}

static look look_of(const struct figureview *view, const struct figure_cell *cell, bool focused)
{
	size_t count;
	const struct figure_box *boxes = figure_boxes(view->figure, &count);
	const struct figure_box *box =
		cell->box >= 0 && (size_t)cell->box < count ? &boxes[cell->box] : NULL;
	bool selected = focused && cell->box == view->selected;

	/* Of what is selected its title: a frame, or a line to its end, is hundreds of bytes. */
	switch (cell->look) {
	case FIGURE_LOOK_FRAME:
		return ROLE_BORDER;
	case FIGURE_LOOK_TITLE:
		return selected ? ROLE_SELECTION : box ? tone_of(box, ROLE_TITLE) : ROLE_TITLE;
	case FIGURE_LOOK_VALUE:
		return box ? tone_of(box, ROLE_INFO) : ROLE_INFO;
	case FIGURE_LOOK_LINK:
		return ROLE_DIM;
	default:
		return box && box->tone == FIGURE_FAINT ? ROLE_DIM : ROLE_TEXT;
	}
}

static bool is_blank(const struct figure_cell *row, unsigned width, unsigned x)
{
	return x >= width || row[x].glyph == ' ';
}

/* A blank between two words of one look has it too: a change of look and back is ten bytes. */
static bool is_between_words(const struct figure_cell *row, unsigned width, unsigned x)
{
	return x > 0 && !is_blank(row, width, x - 1) && !is_blank(row, width, x + 1) &&
	       row[x - 1].look == row[x + 1].look && row[x - 1].box == row[x + 1].box;
}

static void paint_row(struct figureview *view, struct canvas canvas, unsigned y, bool focused)
{
	const struct figure_cell *row = view->drawing.cells + (size_t)y * view->drawing.w;
	unsigned width = view->drawing.w;

	for (unsigned x = 0; x < width; x++) {
		auto_buf letter = BUF_INIT;
		bool between = is_between_words(row, width, x);

		if (is_blank(row, width, x) && !between)
			continue;
		figure_put(&row[x], &letter);
		canvas_text(canvas, (int)x, (int)(y - view->top),
			look_of(view, &row[between ? x - 1 : x], focused), buf_text(&letter));
	}
}

static bool is_title(const struct figureview *view, const struct figure_cell *cell)
{
	return cell->box == view->selected && cell->look == FIGURE_LOOK_TITLE && cell->glyph != ' ';
}

bool figureview_is_told(const struct figureview *view)
{
	const struct figure_box *box = figureview_box(view);
	size_t shown = 0, all = 0, used;
	uint32_t code;

	for (const char *at = box ? box->title : ""; *at; at += used) {
		used = text_decode(at, strlen(at), &code);
		if (!used)
			return false;
		all += code != ' ';
	}
	for (size_t i = 0; i < (size_t)view->drawing.w * view->drawing.h; i++)
		shown += is_title(view, &view->drawing.cells[i]);
	return shown >= all;
}

/* The cursor stands where reading the selected box begins. */
static void place_cursor(const struct figureview *view, struct canvas canvas)
{
	for (unsigned y = view->top; y < view->drawing.h && y < view->top + view->height; y++)
		for (unsigned x = 0; x < view->drawing.w; x++)
			if (view->drawing.cells[(size_t)y * view->drawing.w + x].box ==
				view->selected) {
				canvas_cursor(canvas, (int)x, (int)(y - view->top), false);
				return;
			}
}

void figureview_paint(struct figureview *view, struct canvas canvas, bool focused)
{
	view->height = canvas.h > 0 ? (unsigned)canvas.h : 0;
	if (canvas.w > DRAWN_WIDTH_MAX)
		canvas.w = DRAWN_WIDTH_MAX;
	if (!view->figure || !draw(view, canvas))
		return;
	if (view->top + view->height > view->drawing.h)
		view->top = view->drawing.h > view->height ? view->drawing.h - view->height : 0;
	follow(view);
	for (unsigned y = view->top; y < view->drawing.h && y < view->top + view->height; y++)
		paint_row(view, canvas, y, focused);
	if (focused)
		place_cursor(view, canvas);
}

/* ---- moving ---- */

static void step(struct figureview *view, int64_t by)
{
	int64_t count = (int64_t)count_boxes(view), at = view->selected + by;

	view->selected = count ? (int)(at < 0 ? 0 : at >= count ? count - 1 : at) : 0;
}

bool figureview_move(struct figureview *view, enum action action, int count)
{
	int times = count > 0 ? count : 1, page = 4;

	switch (action) {
	case ACTION_DOWN:
	case ACTION_RIGHT:
		step(view, times);
		return true;
	case ACTION_UP:
	case ACTION_LEFT:
		step(view, -times);
		return true;
	case ACTION_FIRST:
		view->selected = 0;
		return true;
	case ACTION_LAST:
		step(view, FIGURE_BOXES_MAX);
		return true;
	case ACTION_HALF_DOWN:
	case ACTION_PAGE_DOWN:
		step(view, (int64_t)page * times);
		return true;
	case ACTION_HALF_UP:
	case ACTION_PAGE_UP:
		step(view, (int64_t)-page * times);
		return true;
	default:
		return false;
	}
}

bool figureview_select_at(struct figureview *view, int x, int y)
{
	unsigned row = view->top + (unsigned)y;
	int box;

	if (x < 0 || y < 0 || (unsigned)x >= view->drawing.w || row >= view->drawing.h)
		return false;
	box = view->drawing.cells[(size_t)row * view->drawing.w + (unsigned)x].box;
	if (box < 0)
		return false;
	view->selected = box;
	return true;
}
