/* lessons.c - the lessons there are: what each is about, and how long it takes. */
#include <stdio.h>

#include "tui/pane/lesson.h"
#include "tui/widget/list.h"
#include "tui/widget/script.h"

struct lessons {
	struct pane pane;
	struct list list;
	struct lesson **all; /* parsed */
	size_t count;
	struct script about; /* of the selected one */
	size_t about_of;     /* whose that is, + 1; 0: nobody's */
};

static void paint_row(struct lessons *view, struct canvas canvas, size_t i)
{
	const struct lesson *lesson = view->all[i];
	bool selected = i == view->list.selected;

	app_hot_row(&view->pane, canvas, i, view->list.selected);
	canvas_textf(canvas, 2, 0, ROLE_DIM, "%2zu", i + 1);
	canvas_cut(canvas, 6, 0, canvas.w - 14, ROLE_TEXT, lesson->title);
	canvas_textf(canvas, canvas.w - 7, 0, ROLE_DIM, "%2u min", lesson->minutes);
	if (!selected)
		return;
	canvas_text(canvas, 0, 0, ROLE_TEXT, ">");
	canvas_bar(canvas, 0, ROLE_SELECTION);
	canvas_cursor(canvas, 0, 0, false);
}

static void describe(struct lessons *view, const struct lesson *lesson)
{
	if (view->about_of == view->list.selected + 1)
		return;
	view->about_of = view->list.selected + 1;
	script_cut(&view->about, 0);
	script_add(&view->about, ROLE_TITLE, 0, lesson->title);
	script_add(&view->about, ROLE_TEXT, 0, "");
	script_add(&view->about, ROLE_TEXT, 0, lesson->about);
	script_add(&view->about, ROLE_TEXT, 0, "");
	for (size_t i = 0; i < lesson->count; i++)
		if (lesson->items[i].kind == LESSON_STEP)
			script_addf(&view->about, ROLE_DIM, 2, "%zu  %s", lesson_step_of(lesson, i),
				lesson->items[i].text);
	script_add(&view->about, ROLE_TEXT, 0, "");
	script_addf(&view->about, ROLE_DIM, 0,
		"Everything happens in a corner of its own, which is removed at the end. davit "
		"lesson %s is the same without the screen.",
		lesson->name);
}

static void lessons_paint(struct pane *pane, struct canvas canvas)
{
	struct lessons *view = container_of(pane, struct lessons, pane);
	bool wide = canvas.w >= 100;
	int list_w = wide ? canvas.w / 2 : canvas.w;
	int list_h = wide || canvas.h < 16 ? canvas.h - 1 : canvas.h - 9;
	struct canvas rows = canvas_sub(canvas, 0, 1, list_w, list_h);

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "Lessons");
	list_fit(&view->list, view->count, rows.h > 0 ? (size_t)rows.h : 0);
	for (int y = 0; y < rows.h && view->list.top + (size_t)y < view->count; y++)
		paint_row(view, canvas_sub(rows, 0, y, rows.w, 1), view->list.top + (size_t)y);
	if (!view->count || (!wide && canvas.h < 16))
		return;
	describe(view, view->all[view->list.selected]);
	if (wide) {
		canvas_vline(canvas, list_w, 1, canvas.h - 1, ROLE_BORDER);
		script_paint(&view->about,
			canvas_sub(canvas, list_w + 2, 1, canvas.w - list_w - 3, canvas.h - 1));
	} else {
		canvas_hline(canvas, 0, list_h + 1, canvas.w, ROLE_BORDER);
		view->about.up = SIZE_MAX / 2; /* its beginning */
		script_paint(&view->about, canvas_sub(canvas, 1, list_h + 2, canvas.w - 2, 7));
	}
}

static bool lessons_act(struct pane *pane, enum action action, int count)
{
	struct lessons *view = container_of(pane, struct lessons, pane);

	if (list_move(&view->list, action, count))
		return true;
	if (action != ACTION_OPEN || !view->count)
		return false;
	app_push(pane->app, lesson_new(pane->app, view->list.selected));
	return true;
}

static void lessons_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "quit");
	int x = hint(pane, room, 1, ACTION_OPEN, "take it");

	x = hint(pane, room, x, ACTION_FIGURE, "figures");
	hint(pane, room, x, ACTION_CONTAINERS, "containers");
}

static void lessons_free(struct pane *pane)
{
	struct lessons *view = container_of(pane, struct lessons, pane);

	for (size_t i = 0; i < view->count; i++)
		lesson_free(view->all[i]);
	free(view->all);
	script_fini(&view->about);
	free(view);
}

static const struct pane_ops lessons_ops = {
	.title = "Lessons",
	.context = CONTEXT_LEARN,
	.paint = lessons_paint,
	.act = lessons_act,
	.hints = lessons_hints,
	.free = lessons_free,
};

struct pane *lessons_new(struct app *app)
{
	struct lessons *view = calloc(1, sizeof(*view));
	size_t count = lesson_shipped_count();
	struct err err;

	if (!view)
		return NULL;
	view->pane = (struct pane){.ops = &lessons_ops, .app = app};
	view->all = calloc(count + 1, sizeof(*view->all));
	for (size_t i = 0; view->all && i < count; i++)
		view->count += lesson_shipped_parse(i, &view->all[view->count], &err) == 0;
	return &view->pane;
}
