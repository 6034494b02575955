/* history.c - the steps by which an image came to be, the newest first, with what each one weighs.
 */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/pane.h"
#include "tui/widget/list.h"

struct history {
	struct pane pane;
	struct image_step *steps;
	size_t count;
	struct list list;
	char trouble[500];
};

/* "/bin/sh -c #(nop)  ENV A=1" was docker's way to write "ENV A=1". */
static const char *instruction(const char *created_by)
{
	static const char nop[] = "/bin/sh -c #(nop)", shell[] = "/bin/sh -c ";

	if (strncmp(created_by, nop, sizeof(nop) - 1) == 0) {
		created_by += sizeof(nop) - 1;
		return created_by + strspn(created_by, " ");
	}
	if (strncmp(created_by, shell, sizeof(shell) - 1) == 0)
		return created_by + sizeof(shell) - 1;
	return *created_by ? created_by : "(not told)";
}

static void paint_step(const struct history *history, struct canvas canvas, size_t i)
{
	const struct image_step *step = &history->steps[i];
	char text[FIGURE_MAX];
	bool selected = i == history->list.selected;

	canvas_text(canvas, 0, 0, ROLE_TEXT, selected ? ">" : " ");
	snprintf(text, sizeof(text), "%zu", history->count - i);
	canvas_right(canvas, 1, 0, 4, ROLE_DIM, text);
	if (step->size)
		canvas_right(canvas, 6, 0, 6, ROLE_TEXT, format_bytes(step->size, text));
	else
		canvas_right(canvas, 6, 0, 6, ROLE_DIM, "-");
	canvas_right(canvas, 13, 0, 6, ROLE_DIM,
		step->created_ns
			? format_age(step->created_ns, app_real_ns(history->pane.app), text)
			: "-");
	canvas_cut(canvas, 21, 0, canvas.w - 22, step->size ? ROLE_TEXT : ROLE_DIM,
		instruction(step->created_by));
	if (selected) {
		canvas_bar(canvas, 0, ROLE_SELECTION);
		canvas_cursor(canvas, 0, 0, false);
	}
}

/* All of the selected one, in as many lines as there are. */
static void paint_whole(const struct image_step *step, struct canvas canvas)
{
	const char *text = instruction(step->created_by);
	int y = 1;

	canvas_hline(canvas, 0, 0, canvas.w, ROLE_BORDER);
	while (*text && y < canvas.h) {
		size_t fit = text_fit(text, strlen(text), canvas.w - 2);

		canvas_textn(canvas, 1, y++, ROLE_TEXT, text, fit ? fit : 1);
		text += fit ? fit : 1;
	}
	if (*step->comment && y < canvas.h)
		canvas_textf(canvas, 1, y++, ROLE_DIM, "%s", step->comment);
	if (*step->tags && y < canvas.h)
		canvas_textf(canvas, 1, y, ROLE_INFO, "names: %s", step->tags);
}

static void history_paint(struct pane *pane, struct canvas canvas)
{
	struct history *history = container_of(pane, struct history, pane);
	int whole = canvas.h >= 14 ? 5 : 0, rows = canvas.h - 2 - whole;
	char title[60];

	snprintf(title, sizeof(title), "%zu step%s, the newest first", history->count,
		history->count == 1 ? "" : "s");
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, title);
	if (*history->trouble) {
		canvas_cut(canvas, 2, 2, canvas.w - 3, ROLE_BAD, history->trouble);
		return;
	}
	canvas_right(canvas, 1, 1, 4, ROLE_DIM, "STEP");
	canvas_right(canvas, 6, 1, 6, ROLE_DIM, "SIZE");
	canvas_right(canvas, 13, 1, 6, ROLE_DIM, "AGE");
	canvas_text(canvas, 21, 1, ROLE_DIM, "INSTRUCTION");
	list_fit(&history->list, history->count, rows > 0 ? (size_t)rows : 0);
	for (int y = 0; y < rows; y++) {
		size_t i = history->list.top + (size_t)y;

		struct canvas line = canvas_sub(canvas, 0, y + 2, canvas.w, 1);

		if (i >= history->count)
			break;
		app_hot_row(pane, line, i, history->list.selected);
		paint_step(history, line, i);
	}
	if (whole && history->count)
		paint_whole(&history->steps[history->list.selected],
			canvas_sub(canvas, 0, canvas.h - whole, canvas.w, whole));
}

static bool history_act(struct pane *pane, enum action action, int count)
{
	return list_move(&container_of(pane, struct history, pane)->list, action, count);
}

static bool history_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct history *history = container_of(pane, struct history, pane);

	if (nth || !history->count)
		return false;
	*what = "the instruction";
	buf_adds(text, instruction(history->steps[history->list.selected].created_by));
	return true;
}

static void history_hints(struct pane *pane, struct canvas canvas)
{
	hint_ends(pane, canvas, "back");
}

static void history_free(struct pane *pane)
{
	struct history *history = container_of(pane, struct history, pane);

	free(history->steps);
	free(history);
}

static const struct pane_ops history_ops = {
	.title = "History",
	.context = CONTEXT_TEXT,
	.paint = history_paint,
	.act = history_act,
	.copies = history_copies,
	.hints = history_hints,
	.free = history_free,
};

struct pane *history_new(struct app *app, const char *id)
{
	struct history *history = calloc(1, sizeof(*history));
	struct world *world = app_world(app);
	struct err err;

	if (!history)
		return NULL;
	history->pane = (struct pane){.ops = &history_ops, .app = app};
	if (world->ops->image->history(world, id, &history->steps, &history->count, &err) < 0)
		snprintf(history->trouble, sizeof(history->trouble), "%s", err.text);
	return &history->pane;
}
