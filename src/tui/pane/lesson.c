/* lesson.c - one lesson being taken: its text and what the commands print, one below the other; on
 * a wide screen what there is in its corner beside it. */
#include "tui/pane/lesson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/pane/lesson_own.h"
#include "tui/text.h"

/* ---- keys ---- */

/* It has the whole terminal. */
static void play_tape(struct taking *taking)
{
	auto_strs words = STRS_INIT;

	strs_add(&words, "davit");
	strs_add(&words, "lesson");
	strs_add(&words, "--tape");
	strs_add(&words, taking->lesson->name);
	app_run_on_terminal(taking->pane.app, &words);
}

static void on_command(void *arg, const char *text, bool done)
{
	struct taking *taking = arg;

	if (!done || !*text || app_prompt_was_left(taking->pane.app))
		return;
	script_mark_fresh(&taking->text);
	script_addf(&taking->text, ROLE_KEY, 0, "$ %s", text);
	taking_run(taking, TRIED, text);
}

static void next_lesson(struct taking *taking)
{
	struct app *app = taking->pane.app;
	size_t next;

	if (!lesson_shipped_find(taking->lesson->next, &next))
		return;
	app_pop(app);
	app_push(app, lesson_new(app, next));
}

static void space(struct taking *taking)
{
	script_mark_fresh(&taking->text);
	if (taking->state == OVER)
		next_lesson(taking);
	else if (taking->state == BROKEN)
		play_tape(taking);
	else if (taking->state == READY && taking->at < taking->lesson->count &&
		 taking_item(taking)->kind == LESSON_TERMINAL)
		taking_lend(taking);
	else if (taking->state == READY && taking->at < taking->lesson->count)
		taking_run(taking, SHOWN, taking_item(taking)->text);
}

static bool lesson_key(struct pane *pane, const struct key *key)
{
	struct taking *taking = container_of(pane, struct taking, pane);
	size_t choice = key->code - 'a';

	if (taking->state != ASKING || key->mods || key->code < 'a' ||
		choice >= taking_item(taking)->choices.len)
		return false; /* capitals are keys of the table: B goes back */
	taking_answer(taking, choice);
	return true;
}

/* A view that is no figure is looked at instead of the text, where it has no place beside it. */
static bool can_peek(const struct taking *taking)
{
	return !taking->wide && !taking->figure.shown && taking->view.count;
}

static bool can_have_shell(const struct taking *taking)
{
	return taking->corner && (taking->state == READY || taking->state == ASKING ||
					 taking->state == TRYING || taking->state == OVER);
}

static bool lesson_act(struct pane *pane, enum action action, int count)
{
	struct taking *taking = container_of(pane, struct taking, pane);
	bool tries = taking->state == TRYING;

	if (action == ACTION_FIGURE && can_peek(taking)) {
		taking->peeks = !taking->peeks;
		return true;
	}
	if (corner_figure_act(&taking->figure, action, count) ||
		script_move(taking->peeks ? &taking->view : &taking->text, action, count))
		return true;
	taking->peeks = false;
	switch (action) {
	case ACTION_LESSON_NEXT:
		if (taking->text.up)
			script_move(&taking->text, ACTION_PAGE_DOWN, 1);
		else if (tries)
			app_prompt(pane->app, "$ ", "", on_command, taking);
		else
			space(taking);
		return true;
	case ACTION_LESSON_BACK:
	case ACTION_LESSON_AGAIN:
		if (taking->corner)
			taking_back(taking, action == ACTION_LESSON_AGAIN);
		return true;
	case ACTION_LESSON_SKIP:
		taking_skip(taking);
		return true;
	case ACTION_LESSON_HINT:
		if (tries)
			taking_tell(taking, ROLE_DIM, 2, "",
				*taking_item(taking)->text2 ? taking_item(taking)->text2
							    : taking_item(taking)->solution);
		return true;
	case ACTION_LESSON_SOLUTION:
		if (tries)
			script_add(&taking->text, ROLE_DIM, 2, taking_item(taking)->solution);
		return true;
	case ACTION_SHELL:
		if (can_have_shell(taking))
			taking_shell(taking);
		return true;
	case ACTION_CANCEL:
		if (taking->command)
			app_world(pane->app)->ops->lesson->stop(taking->command);
		return taking->command != NULL;
	default:
		return false;
	}
}

/* ---- painting ---- */

static const char *state_word(const struct taking *taking)
{
	switch (taking->state) {
	case OPENING:
		return "making a corner for it";
	case RUNNING:
		return "running";
	case OVER:
		return "over";
	case BROKEN:
		return "cannot go on";
	default:
		return "";
	}
}

static void paint_view(struct taking *taking, struct canvas canvas)
{
	if (taking->figure.shown) {
		corner_figure_paint(&taking->figure, canvas);
		return;
	}
	auto_buf title = BUF_INIT;

	lesson_view_title(*taking->show ? taking->show : "containers", &title);
	canvas_cut(canvas, 0, 0, canvas.w, ROLE_TITLE, buf_text(&title));
	script_paint(&taking->view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
}

/* What goes on is said at the text's right end; the title is cut for it. */
static void paint_title(struct taking *taking, struct canvas canvas, int text_w)
{
	const char *word = state_word(taking);
	int room = *word ? text_width(word) + 2 : 0;
	char title[200];

	snprintf(title, sizeof(title), "%s  %zu/%zu", taking->lesson->title,
		lesson_step_of(taking->lesson, taking->at), lesson_steps(taking->lesson));
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "");
	canvas_rule(canvas_sub(canvas, 0, 0, room ? text_w - room : canvas.w, 1), 0, ROLE_BORDER,
		ROLE_TITLE, title);
	canvas_text(canvas, text_w - room, 0, ROLE_BUSY, word);
}

/* A line at the margin says what came since the learner's last key. */
static void paint_text(struct taking *taking, struct canvas canvas)
{
	struct script *text = &taking->text;

	script_paint(text, canvas_sub(canvas, 1, 0, canvas.w - 2, canvas.h));
	if (text->fresh && text->fresh_to > text->fresh_from)
		canvas_vline(
			canvas, 0, text->fresh_from, text->fresh_to - text->fresh_from, ROLE_FOCUS);
}

static void lesson_paint(struct pane *pane, struct canvas canvas)
{
	struct taking *taking = container_of(pane, struct taking, pane);
	bool wide = taking->wide = canvas.w >= 110;
	int part = taking->figure.shown ? canvas.w / 2 : canvas.w * 2 / 5;
	int text_w = wide ? canvas.w - part : canvas.w;

	taking->peeks &= can_peek(taking);
	paint_title(taking, canvas_sub(canvas, 0, 0, canvas.w, 1), text_w);
	if (!wide && (taking->figure.focused || taking->peeks)) {
		paint_view(taking, canvas_sub(canvas, 1, 1, canvas.w - 2, canvas.h - 1));
		return;
	}
	paint_text(taking, canvas_sub(canvas, 0, 1, text_w, canvas.h - 1));
	if (!wide)
		return;
	canvas_vline(canvas, text_w, 1, canvas.h - 1, ROLE_BORDER);
	paint_view(taking, canvas_sub(canvas, text_w + 2, 1, canvas.w - text_w - 3, canvas.h - 1));
}

static void lesson_hints(struct pane *pane, struct canvas canvas)
{
	struct taking *taking = container_of(pane, struct taking, pane);
	int x = 1;

	if (taking->peeks) {
		hint(pane, canvas, x, ACTION_FIGURE, "back to the text");
		return;
	}
	if (taking->figure.focused) {
		x = hint(pane, canvas, x, ACTION_PROVE, "prove it");
		hint(pane, canvas, x, ACTION_FIGURE, "back to the text");
		return;
	}
	if (taking->text.up)
		x = hint(pane, canvas, x, ACTION_LESSON_NEXT, "more");
	if (taking->state == ASKING) {
		x = canvas_textf(canvas, x, 0, ROLE_KEY, "a-%c",
			    (char)('a' + taking_item(taking)->choices.len - 1)) +
		    1;
		x = canvas_text(canvas, x, 0, ROLE_TEXT, "your guess") + 2;
	} else if (taking->text.up && taking->state != RUNNING) {
		; /* there is more to read first */
	} else if (taking->state == TRYING) {
		x = hint(pane, canvas, x, ACTION_LESSON_NEXT, "type");
		x = hint(pane, canvas, x, ACTION_SHELL, "shell");
		x = hint(pane, canvas, x, ACTION_LESSON_HINT, "hint");
		x = hint(pane, canvas, x, ACTION_LESSON_SOLUTION, "solution");
	} else if (taking->state == RUNNING) {
		x = hint(pane, canvas, x, ACTION_CANCEL, "stop it");
	} else if (taking->state == BROKEN) {
		x = hint(pane, canvas, x, ACTION_LESSON_NEXT, "play the tape");
		hint(pane, canvas, x, ACTION_BACK, "leave");
		return;
	} else if (taking->state == READY || taking->state == OVER) {
		x = hint(pane, canvas, x, ACTION_LESSON_NEXT,
			taking->state == OVER ? "next lesson" : "run it");
	}
	if (taking->figure.shown)
		x = hint(pane, canvas, x, ACTION_FIGURE, "figure");
	else if (can_peek(taking))
		x = hint(pane, canvas, x, ACTION_FIGURE, "view");
	if (taking->state != OVER)
		x = hint(pane, canvas, x, ACTION_LESSON_SKIP, "skip");
	x = hint(pane, canvas, x, ACTION_LESSON_BACK, "back");
	if (taking->state != TRYING || canvas.w >= 90)
		x = hint(pane, canvas, x, ACTION_LESSON_AGAIN, "again");
	hint(pane, canvas, x, ACTION_BACK, "leave");
}

static void taking_free(struct pane *pane)
{
	struct taking *taking = container_of(pane, struct taking, pane);

	taking_close_corner(taking);
	lesson_free(taking->lesson);
	script_fini(&taking->text);
	script_fini(&taking->view);
	corner_figure_fini(&taking->figure);
	buf_fini(&taking->output);
	free(taking);
}

static void lesson_resumed(struct pane *pane)
{
	struct taking *taking = container_of(pane, struct taking, pane);

	if (taking->state == AWAY)
		taking_came_back(taking);
}

static int64_t lesson_deadline(struct pane *pane)
{
	return corner_figure_deadline(&container_of(pane, struct taking, pane)->figure);
}

static void lesson_tick(struct pane *pane)
{
	corner_figure_draw(&container_of(pane, struct taking, pane)->figure);
}

static bool lesson_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	return corner_figure_copies(
		&container_of(pane, struct taking, pane)->figure, nth, what, text);
}

static const struct pane_ops lesson_ops = {
	.title = "Lesson",
	.context = CONTEXT_LESSON,
	.paint = lesson_paint,
	.key = lesson_key,
	.act = lesson_act,
	.hints = lesson_hints,
	.copies = lesson_copies,
	.deadline = lesson_deadline,
	.tick = lesson_tick,
	.resumed = lesson_resumed,
	.free = taking_free,
};

struct pane *lesson_new(struct app *app, size_t i)
{
	struct taking *taking = calloc(1, sizeof(*taking));
	struct err err;

	if (!taking)
		return NULL;
	taking->pane = (struct pane){.ops = &lesson_ops, .app = app};
	taking->figure.app = app;
	if (lesson_shipped_parse(i, &taking->lesson, &err) < 0) {
		free(taking);
		return NULL;
	}
	lesson_fit_here(taking->lesson);
	script_mark_fresh(&taking->text);
	script_add(&taking->text, ROLE_TEXT, 0, taking->lesson->about);
	script_add(&taking->text, ROLE_TEXT, 0, "");
	taking_open_corner(taking);
	return &taking->pane;
}
