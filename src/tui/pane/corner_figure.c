/* corner_figure.c - see corner_figure.h. */
#include "tui/pane/corner_figure.h"

#include <stdio.h>

#include "tui/pane/proof.h"

enum { DRAW_MS = 3000, JSON_ROOM = 1 << 20 };

void corner_figure_fini(struct corner_figure *figure)
{
	corner_figure_leave(figure);
	figureview_fini(&figure->view);
	buf_fini(&figure->json);
}

bool corner_figure_show(struct corner_figure *figure, const char *show)
{
	enum figure_kind kind;
	const char *object;

	figure->shown = lesson_figure(show, &kind, &object);
	figure->focused &= figure->shown;
	if (figure->shown)
		snprintf(figure->show, sizeof(figure->show), "%s", show);
	return figure->shown;
}

/* ---- drawing it anew ---- */

static void on_output(void *self, const char *bytes, size_t len)
{
	struct corner_figure *figure = self;

	if (figure->json.len + len <= JSON_ROOM)
		buf_add(&figure->json, bytes, len);
}

static void on_ended(void *self, int code, int signal)
{
	struct corner_figure *figure = self;
	const char *text = buf_text(&figure->json);
	char trouble[sizeof(figure->trouble)] = "";
	struct figure *drawn = NULL;
	struct err err;
	bool changed;

	figure->command = NULL;
	if (code != 0 || signal)
		snprintf(trouble, sizeof(trouble), "%.*s", (int)strcspn(text, "\n"), text);
	else if (figure_from_json(text, figure->json.len, &drawn, &err) < 0)
		snprintf(trouble, sizeof(trouble), "%.190s", err.text);
	changed = strcmp(trouble, figure->trouble) != 0;
	memcpy(figure->trouble, trouble, sizeof(trouble));
	if (drawn)
		changed |= figureview_set(&figure->view, drawn);
	if (changed)
		app_answer(figure->app);
}

/* What could not be begun is tried again the next time. */
void corner_figure_draw(struct corner_figure *figure)
{
	const struct world_command_ops *ops = app_world(figure->app)->ops->command;
	struct world_command_sink sink = {figure, on_output, on_ended};
	auto_buf command = BUF_INIT;
	auto_strs words = STRS_INIT;
	struct err err;

	figure->drawn_ms = app_now_ms(figure->app);
	if (figure->command || !figure->env)
		return;
	lesson_view_command(figure->show, &command);
	strs_copy(&words, figure->env);
	strs_add(&words, "sh");
	strs_add(&words, "-c");
	strs_add(&words, "cd \"$LESSON\" && eval \"$0 --format json\"");
	strs_add(&words, buf_text(&command));
	buf_clear(&figure->json);
	figure->command = ops->run(app_world(figure->app), &words, &sink, &err);
}

int64_t corner_figure_deadline(const struct corner_figure *figure)
{
	return figure->shown && figure->env && !figure->command ? figure->drawn_ms + DRAW_MS : -1;
}

void corner_figure_leave(struct corner_figure *figure)
{
	if (figure->command)
		app_world(figure->app)->ops->command->leave(figure->command);
	figure->command = NULL;
	figure->env = NULL;
	figure->shown = figure->focused = false;
}

/* ---- painting ---- */

static struct proof proof_of(const struct figure_box *box)
{
	return (struct proof){box->title, box->words, box->proof, box->command, NULL, NULL};
}

static void paint_below(struct corner_figure *figure, struct canvas canvas)
{
	const struct figure_box *box = figureview_box(&figure->view);
	struct proof proof;

	if (!box || !canvas.h)
		return;
	proof = proof_of(box);
	if (figureview_is_told(&figure->view))
		proof.name = "";
	proof_paint(canvas, &proof);
}

void corner_figure_paint(struct corner_figure *figure, struct canvas canvas)
{
	int below = figure->focused && canvas.h >= 16 ? PROOF_ROWS : 0;
	const struct figure *drawn = figure->view.figure;

	canvas_cut(canvas, 0, 0, canvas.w, ROLE_TITLE,
		drawn && !*figure->trouble ? figure_title_of(drawn) : figure->show);
	if (*figure->trouble) {
		canvas_cut(canvas, 0, 1, canvas.w, ROLE_DIM, figure->trouble);
		return;
	}
	figureview_paint(&figure->view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - below - 1),
		figure->focused);
	paint_below(figure, canvas_sub(canvas, 0, canvas.h - below, canvas.w, below));
}

/* ---- keys ---- */

bool corner_figure_act(struct corner_figure *figure, enum action action, int count)
{
	const struct figure_box *box = figureview_box(&figure->view);

	if (action == ACTION_FIGURE && !figure->shown) {
		app_toast(figure->app, ROLE_INFO, "No figure is shown at this step.");
		return true;
	}
	if (action == ACTION_FIGURE) {
		figure->focused = !figure->focused;
		return true;
	}
	if (!figure->focused)
		return false;
	if (action == ACTION_PROVE) {
		if (box)
			proof_run(figure->app, box->command, figure->env);
		return true;
	}
	return figureview_move(&figure->view, action, count);
}

bool corner_figure_copies(
	struct corner_figure *figure, size_t nth, const char **what, struct buf *text)
{
	const struct figure_box *box = figure->focused ? figureview_box(&figure->view) : NULL;
	struct proof proof;

	if (!box)
		return false;
	proof = proof_of(box);
	return proof_copies(&proof, *box->value ? box->value : box->text, nth, what, text);
}
