/* question.c - see question.h. */
#include "tui/pane/question.h"

enum { GAP = 2, NARROW = 60 };

int answers_paint(
	struct pane *pane, struct canvas canvas, const struct answer *answers, size_t count)
{
	int x = 0, y = 0;

	for (size_t i = 0; i < count; i++) {
		const struct answer *answer = &answers[i];
		int width = text_width(answer->key) + text_width(answer->label) + 5;

		if (x && x + width > canvas.w) {
			x = 0;
			y++;
		}
		canvas_textf(canvas, x, y, answer->style, " [%s] %s ", answer->key, answer->label);
		app_hot_key(pane, canvas_sub(canvas, x, y, width, 1), answer->code);
		x += width + GAP;
	}
	return count ? y + 1 : 0;
}

static int answers_width(const struct question *question)
{
	int width = 0;

	for (size_t i = 0; i < question->count; i++)
		width += text_width(question->answers[i].key) +
			 text_width(question->answers[i].label) + 5 + (i ? GAP : 0);
	return width;
}

/* ---- lines ---- */

/* Paints what of them is in view; returns how many rows there are. */
static int paint_lines(struct canvas canvas, const struct strs *lines, bool tight, int top)
{
	int row = 0;

	for (size_t i = 0; i < lines->len; i++) {
		if (!*lines->v[i] && tight)
			continue;
		row += canvas_wrap(canvas, row - top, ROLE_TEXT, lines->v[i]);
	}
	return row;
}

/* ---- the box ---- */

struct layout {
	int margin, width, rows, foot;
	bool tight; /* without what is blank */
};

static int height_of(const struct question *question, const struct layout *layout)
{
	int blanks = layout->tight ? 0 : 2 + (question->head > 0);

	return 2 + blanks + question->head + layout->rows + layout->foot;
}

static struct layout lay_out(
	struct pane *pane, const struct question *question, struct canvas canvas, int w)
{
	struct layout layout = {.margin = canvas.w < NARROW ? 2 : 3};
	struct canvas none;

	layout.width = w - 2 * layout.margin;
	none = canvas_sub(canvas, 0, 0, layout.width, 0);
	layout.foot = question->count
			      ? answers_paint(pane, none, question->answers, question->count)
			      : question->foot;
	layout.rows = paint_lines(none, question->lines, false, 0);
	layout.tight = height_of(question, &layout) > canvas.h;
	if (layout.tight)
		layout.rows = paint_lines(none, question->lines, true, 0);
	return layout;
}

struct question_parts question_paint(
	struct pane *pane, struct canvas canvas, const struct question *question, size_t *top)
{
	int answers = answers_width(question), pad = 1;
	int w = (answers > question->width ? answers : question->width) + 6, h, y, room;
	struct layout layout;
	struct question_parts parts;
	struct canvas box, inside;

	w = w > canvas.w - 2 ? canvas.w : w;
	layout = lay_out(pane, question, canvas, w);
	pad = layout.tight ? 0 : 1;
	h = height_of(question, &layout);
	h = h > canvas.h ? canvas.h : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, question->frame, ROLE_TITLE, question->title);
	inside = canvas_sub(box, layout.margin, 1, layout.width, h - 2);
	parts.head = canvas_sub(inside, 0, pad, inside.w, question->head);
	y = pad + question->head + (question->head ? pad : 0);
	room = inside.h - y - pad - layout.foot;
	if ((int)*top > layout.rows - room)
		*top = layout.rows > room ? (size_t)(layout.rows - room) : 0;
	paint_lines(
		canvas_sub(inside, 0, y, inside.w, room), question->lines, layout.tight, (int)*top);
	if ((int)*top + room < layout.rows)
		canvas_right(box, 2, h - 1, w - 4, ROLE_KEY, " j more ");
	parts.foot = canvas_sub(inside, 0, inside.h - layout.foot, inside.w, layout.foot);
	answers_paint(pane, parts.foot, question->answers, question->count);
	return parts;
}

bool question_key(const struct key *key, size_t *top)
{
	if (key->mods)
		return false;
	if (key->code == 'j' || key->code == KEY_DOWN)
		++*top;
	else if (key->code == 'k' || key->code == KEY_UP)
		*top -= *top > 0;
	else
		return false;
	return true;
}
