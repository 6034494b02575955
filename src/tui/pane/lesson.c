/* lesson.c - one lesson being taken: its text and what the commands print, one below the other; on
 * a wide screen what there is in its corner beside it.
 *
 *     opening → says, until something is asked of the learner → ready, asking, trying
 *             → running → … → over
 */
#include "tui/pane/lesson.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/pane/corner_figure.h"
#include "tui/widget/script.h"

enum state { OPENING, READY, ASKING, TRYING, RUNNING, OVER, BROKEN };

/* What a running command is for. */
enum errand_kind { SHOWN, TRIED, CHECKED, VIEWED, REDONE };

struct taking {
	struct pane pane;
	size_t which;
	struct lesson *lesson;
	size_t at;     /* the item whose turn it is */
	size_t redo;   /* REDONE: everything before this item is done again */
	size_t redone; /* and this one is */
	void *corner;
	const struct strs *env;  /* lent by the corner */
	enum state state, after; /* after: RUNNING is over */
	enum errand_kind kind;
	struct world_errand *command;
	struct buf output; /* of the command */
	struct script text, view;
	char show[200]; /* what the view shows */
	struct corner_figure figure;
	bool wide;    /* there was room for the view */
	bool inlines; /* what is run for the view goes below the text, too: there is no room */
	size_t marks[LESSON_MAX_ITEMS]; /* paragraphs there were when an item's turn came */
};

static const struct lesson_item *item(const struct taking *taking)
{
	return &taking->lesson->items[taking->at];
}

/* ---- running ---- */

static void on_output(void *self, const char *bytes, size_t len)
{
	struct taking *taking = self;

	if (taking->output.len < ERRAND_OUTPUT_MAX)
		buf_add(&taking->output, bytes, len);
	if (taking->kind == SHOWN || taking->kind == TRIED)
		script_output(&taking->text, ROLE_INFO, 2, bytes, len);
	app_dirty(taking->pane.app);
}

static void on_ended(void *self, int code, int signal);

static void run(struct taking *taking, enum errand_kind kind, const char *command)
{
	struct world *world = app_world(taking->pane.app);
	struct world_command_sink sink = {taking, on_output, on_ended};
	struct err err;

	buf_clear(&taking->output);
	taking->kind = kind;
	taking->after = taking->state;
	taking->state = RUNNING;
	taking->command = world->ops->lesson->run(world, taking->corner, command, &sink, &err);
	if (taking->command)
		return;
	script_add(&taking->text, ROLE_BAD, 0, err.text);
	taking->state = taking->after;
}

static void go_on(struct taking *taking);

static void show(struct taking *taking)
{
	auto_buf command = BUF_INIT;

	if (corner_figure_show(&taking->figure, taking->show)) {
		taking->inlines = false;
		corner_figure_draw(&taking->figure);
		if (taking->state == READY)
			go_on(taking);
		return;
	}
	lesson_view_command(*taking->show ? taking->show : "containers", &command);
	run(taking, VIEWED, buf_text(&command));
}

/* What came out is not what the lesson promises. */
static void judge(struct taking *taking, int code)
{
	const struct lesson_item *it = item(taking);
	size_t missing;

	if (it->code != LESSON_ANY_CODE && code != it->code)
		script_addf(&taking->text, ROLE_WARN, 0,
			"It ended with %d; this lesson expects %d.", code, it->code);
	else if (!lesson_met(it, buf_text(&taking->output), &missing))
		script_addf(&taking->text, ROLE_WARN, 0,
			"This lesson expects '%s' in what it prints.", it->expect.v[missing]);
}

/* A step that this machine cannot show is passed over. */
static bool is_left_out(const struct lesson_item *it)
{
	char words[LESSON_LACK_SIZE];

	return it->kind == LESSON_STEP && lesson_lacks(&it->needs, words) != NULL;
}

/* What was done before the step that one went back to, unseen. */
static void redo(struct taking *taking)
{
	while (taking->redone < taking->redo) {
		const struct lesson_item *it = &taking->lesson->items[taking->redone++];

		if (is_left_out(it))
			taking->redone = lesson_step_after(taking->lesson, taking->redone - 1);
		else if (it->kind == LESSON_RUN || it->kind == LESSON_TRY) {
			run(taking, REDONE, it->kind == LESSON_RUN ? it->text : it->solution);
			return;
		}
	}
	taking->at = taking->redo;
	taking->state = READY;
	go_on(taking);
}

static void put_inline(struct taking *taking)
{
	script_output(&taking->text, ROLE_INFO, 2, buf_text(&taking->output), taking->output.len);
	script_add(&taking->text, ROLE_TEXT, 0, "");
	taking->inlines = false;
}

static void on_ended(void *self, int code, int signal)
{
	struct taking *taking = self;
	enum errand_kind kind = taking->kind;

	code = signal ? 128 + signal : code;
	taking->command = NULL;
	taking->state = taking->after;
	app_dirty(taking->pane.app);
	switch (kind) {
	case SHOWN:
		judge(taking, code);
		script_add(&taking->text, ROLE_TEXT, 0, "");
		taking->at++;
		show(taking);
		return;
	case TRIED:
		run(taking, CHECKED, item(taking)->check);
		return;
	case CHECKED:
		if (code == 0) {
			script_add(&taking->text, ROLE_OK, 0, "Well done.");
			script_add(&taking->text, ROLE_TEXT, 0, "");
			taking->at++;
			taking->state = READY;
		}
		show(taking);
		return;
	case VIEWED:
		script_cut(&taking->view, 0);
		script_output(
			&taking->view, ROLE_TEXT, 0, buf_text(&taking->output), taking->output.len);
		if (taking->inlines)
			put_inline(taking);
		if (taking->state == READY)
			go_on(taking);
		return;
	case REDONE:
		redo(taking);
		return;
	}
}

/* ---- the story ---- */

static void say_paragraphs(struct taking *taking, const char *text)
{
	const char *end;

	for (; (end = strstr(text, "\n\n")); text = end + 2) {
		script_addf(&taking->text, ROLE_TEXT, 0, "%.*s", (int)(end - text), text);
		script_add(&taking->text, ROLE_TEXT, 0, "");
	}
	script_add(&taking->text, ROLE_TEXT, 0, text);
	script_add(&taking->text, ROLE_TEXT, 0, "");
}

/* Lines of a paragraph are the teacher's; here it is one. The caller frees it; NULL. */
static char *flowing(const char *text)
{
	char *copy = strdup(text);

	for (char *at = copy; at && *at; at++)
		if (at[0] == '\n' && at[1] == '\n')
			at++;
		else if (*at == '\n')
			*at = ' ';
	return copy;
}

static void say(struct taking *taking, const char *text)
{
	auto_free char *copy = flowing(text);

	if (copy)
		say_paragraphs(taking, copy);
}

/* With something before it, in one paragraph. */
static void tell(
	struct taking *taking, look style, int indent, const char *before, const char *text)
{
	auto_free char *copy = flowing(text);

	if (copy)
		script_addf(&taking->text, style, indent, "%s%s", before, copy);
}

static void ask(struct taking *taking)
{
	const struct lesson_item *it = item(taking);

	tell(taking, ROLE_TITLE, 0, "? ", it->text);
	for (size_t i = 0; i < it->choices.len; i++)
		script_addf(
			&taking->text, ROLE_TEXT, 4, "%c) %s", (char)('a' + i), it->choices.v[i]);
	taking->state = ASKING;
}

static void end(struct taking *taking)
{
	script_addf(&taking->text, ROLE_TITLE, 0, "That was \"%s\".", taking->lesson->title);
	if (*taking->lesson->next)
		script_add(&taking->text, ROLE_TEXT, 0, "Space takes the next lesson.");
	taking->state = OVER;
}

/* One that cannot be shown is named, and what it needs. */
static void begin_step(struct taking *taking, const struct lesson_item *it)
{
	char words[LESSON_LACK_SIZE];
	const char *lack = lesson_lacks(&it->needs, words);

	script_addf(&taking->text, ROLE_FOCUS | STYLE_BOLD, 0, "%zu  %s",
		lesson_step_of(taking->lesson, taking->at), it->text);
	script_add(&taking->text, ROLE_TEXT, 0, "");
	if (!lack)
		return;
	script_addf(
		&taking->text, ROLE_WARN, 0, "This step cannot be shown here: it needs %s.", lack);
	script_add(&taking->text, ROLE_TEXT, 0, "");
	taking->at = lesson_step_after(taking->lesson, taking->at) - 1;
}

/* Says what there is to say, up to where the learner is needed. */
static void go_on(struct taking *taking)
{
	for (; taking->at < taking->lesson->count; taking->at++) {
		const struct lesson_item *it = item(taking);

		taking->marks[taking->at] = taking->text.count;
		switch (it->kind) {
		case LESSON_STEP:
			begin_step(taking, it);
			break;
		case LESSON_SAY:
			say(taking, it->text);
			break;
		case LESSON_SHOW:
			snprintf(taking->show, sizeof(taking->show), "%s", it->text);
			taking->at++;
			taking->state = READY;
			taking->inlines = !taking->wide;
			show(taking);
			return;
		case LESSON_ASK:
			ask(taking);
			return;
		case LESSON_RUN:
		case LESSON_PROVE:
		case LESSON_TERMINAL:
			script_addf(&taking->text, ROLE_KEY, 0, "%s$ %s",
				it->kind == LESSON_PROVE ? "proof " : "", it->text);
			taking->state = READY;
			return;
		case LESSON_TRY:
			tell(taking, ROLE_TITLE, 0, "Try it yourself. ", it->text);
			taking->state = TRYING;
			return;
		}
	}
	end(taking);
}

static void give_up(struct taking *taking, const char *why)
{
	script_add(&taking->text, ROLE_BAD, 0, why);
	script_add(&taking->text, ROLE_TEXT, 0, "");
	script_add(&taking->text, ROLE_TEXT, 0,
		"Space plays a tape of this lesson, made on another machine. It shows everything, and "
		"runs nothing.");
	taking->state = BROKEN;
}

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

static void on_corner(void *arg, void *corner, const struct strs *env, const struct err *err)
{
	struct taking *taking = arg;

	taking->corner = corner;
	taking->env = taking->figure.env = env;
	app_dirty(taking->pane.app);
	if (!corner) {
		give_up(taking, err->text);
		return;
	}
	taking->state = READY;
	if (taking->redo)
		redo(taking);
	else
		go_on(taking);
}

static void open_corner(struct taking *taking)
{
	struct world *world = app_world(taking->pane.app);
	char words[LESSON_LACK_SIZE], why[LESSON_LACK_SIZE + 40];
	const char *lack = lesson_lacks(&taking->lesson->needs, words);

	if (lack) {
		snprintf(why, sizeof(why), "This lesson needs %s.", lack);
		give_up(taking, why);
		return;
	}
	taking->state = OPENING;
	if (world->ops->lesson->open(world, on_corner, taking) == 0)
		return;
	give_up(taking, "No corner of the store could be made.");
}

static void close_corner(struct taking *taking)
{
	struct world *world = app_world(taking->pane.app);

	if (taking->command)
		world->ops->lesson->leave(taking->command);
	taking->command = NULL;
	corner_figure_leave(&taking->figure);
	world->ops->lesson->forget(world, taking);
	if (taking->corner)
		world->ops->lesson->close(world, taking->corner);
	taking->corner = NULL;
}

/* ---- keys ---- */

static void answer(struct taking *taking, size_t choice)
{
	const struct lesson_item *it = item(taking);
	bool right = choice == it->right;
	auto_buf verdict = BUF_INIT;

	if (right)
		buf_adds(&verdict, "Yes. ");
	else
		buf_addf(&verdict, "Not quite. It is %c: %s. ", (char)('a' + it->right),
			it->choices.v[it->right]);
	tell(taking, right ? ROLE_OK : ROLE_WARN, 0, buf_text(&verdict), it->text2);
	script_add(&taking->text, ROLE_TEXT, 0, "");
	taking->at++;
	taking->state = READY;
	go_on(taking);
}

static void on_command(void *arg, const char *text, bool done)
{
	struct taking *taking = arg;

	if (!done || !*text || app_prompt_was_left(taking->pane.app))
		return;
	script_addf(&taking->text, ROLE_KEY, 0, "$ %s", text);
	run(taking, TRIED, text);
}

/* Back to the step before: a new corner, and what came before it done again. */
static void back(struct taking *taking, bool same)
{
	size_t i = taking->at < taking->lesson->count ? taking->at : taking->lesson->count - 1;
	int steps = 0;

	while (i > 0 &&
		!(taking->lesson->items[i].kind == LESSON_STEP && ++steps == (same ? 1 : 2)))
		i--;
	close_corner(taking);
	script_cut(&taking->text, taking->marks[i]);
	taking->redo = i;
	taking->redone = 0;
	taking->at = i;
	open_corner(taking);
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

static void lend(struct taking *taking)
{
	auto_strs words = STRS_INIT;

	strs_copy(&words, taking->env);
	strs_add(&words, "sh");
	strs_add(&words, "-c");
	strs_add(&words, "cd \"$LESSON\" && eval \"$0\"");
	strs_add(&words, item(taking)->text);
	app_run_on_terminal(taking->pane.app, &words);
	script_add(&taking->text, ROLE_DIM, 2, "(it had the whole terminal)");
	script_add(&taking->text, ROLE_TEXT, 0, "");
	taking->at++;
	show(taking);
}

static void space(struct taking *taking)
{
	if (taking->state == OVER)
		next_lesson(taking);
	else if (taking->state == BROKEN)
		play_tape(taking);
	else if (taking->state == READY && taking->at < taking->lesson->count &&
		 item(taking)->kind == LESSON_TERMINAL)
		lend(taking);
	else if (taking->state == READY && taking->at < taking->lesson->count)
		run(taking, SHOWN, item(taking)->text);
}

static bool lesson_key(struct pane *pane, const struct key *key)
{
	struct taking *taking = container_of(pane, struct taking, pane);
	size_t choice = key->code - 'a';

	if (taking->state != ASKING || key->mods || key->code < 'a' ||
		choice >= item(taking)->choices.len)
		return false; /* capitals are keys of the table: B goes back */
	answer(taking, choice);
	return true;
}

static void skip(struct taking *taking)
{
	if (taking->at >= taking->lesson->count ||
		(taking->state != READY && taking->state != ASKING && taking->state != TRYING))
		return;
	taking->at++;
	taking->state = READY;
	go_on(taking);
}

static bool lesson_act(struct pane *pane, enum action action, int count)
{
	struct taking *taking = container_of(pane, struct taking, pane);
	bool tries = taking->state == TRYING;

	if (corner_figure_act(&taking->figure, action, count) ||
		script_move(&taking->text, action, count))
		return true;
	switch (action) {
	case ACTION_LESSON_NEXT:
		if (tries)
			app_prompt(pane->app, "$ ", "", on_command, taking);
		else
			space(taking);
		return true;
	case ACTION_LESSON_BACK:
	case ACTION_LESSON_AGAIN:
		if (taking->corner)
			back(taking, action == ACTION_LESSON_AGAIN);
		return true;
	case ACTION_LESSON_SKIP:
		skip(taking);
		return true;
	case ACTION_LESSON_HINT:
		if (tries)
			tell(taking, ROLE_DIM, 2, "",
				*item(taking)->text2 ? item(taking)->text2
						     : item(taking)->solution);
		return true;
	case ACTION_LESSON_SOLUTION:
		if (tries)
			script_add(&taking->text, ROLE_DIM, 2, item(taking)->solution);
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
	canvas_cut(canvas, 0, 0, canvas.w, ROLE_TITLE, *taking->show ? taking->show : "containers");
	taking->view.up = SIZE_MAX / 2;
	script_paint(&taking->view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
}

static void lesson_paint(struct pane *pane, struct canvas canvas)
{
	struct taking *taking = container_of(pane, struct taking, pane);
	bool wide = taking->wide = canvas.w >= 110;
	int part = taking->figure.shown ? canvas.w / 2 : canvas.w * 2 / 5;
	int text_w = wide ? canvas.w - part : canvas.w;
	char title[200];

	snprintf(title, sizeof(title), "%s  %zu/%zu", taking->lesson->title,
		lesson_step_of(taking->lesson, taking->at), lesson_steps(taking->lesson));
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, title);
	canvas_right(canvas, text_w - 30, 0, 28, ROLE_BUSY, state_word(taking));
	if (!wide && taking->figure.focused) {
		paint_view(taking, canvas_sub(canvas, 1, 1, canvas.w - 2, canvas.h - 1));
		return;
	}
	script_paint(&taking->text, canvas_sub(canvas, 1, 1, text_w - 2, canvas.h - 1));
	if (!wide)
		return;
	canvas_vline(canvas, text_w, 1, canvas.h - 1, ROLE_BORDER);
	paint_view(taking, canvas_sub(canvas, text_w + 2, 1, canvas.w - text_w - 3, canvas.h - 1));
}

static void lesson_hints(struct pane *pane, struct canvas canvas)
{
	struct taking *taking = container_of(pane, struct taking, pane);
	int x = 1;

	if (taking->figure.focused) {
		x = hint(pane, canvas, x, ACTION_PROVE, "prove it");
		hint(pane, canvas, x, ACTION_FIGURE, "back to the text");
		return;
	}
	if (taking->state == ASKING) {
		x = canvas_textf(canvas, x, 0, ROLE_KEY, "a-%c",
			    (char)('a' + item(taking)->choices.len - 1)) +
		    1;
		x = canvas_text(canvas, x, 0, ROLE_TEXT, "your guess") + 2;
	} else if (taking->state == TRYING) {
		x = hint(pane, canvas, x, ACTION_LESSON_NEXT, "type");
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
	if (taking->state != OVER)
		x = hint(pane, canvas, x, ACTION_LESSON_SKIP, "skip");
	x = hint(pane, canvas, x, ACTION_LESSON_BACK, "back");
	x = hint(pane, canvas, x, ACTION_LESSON_AGAIN, "again");
	hint(pane, canvas, x, ACTION_BACK, "leave");
}

static void taking_free(struct pane *pane)
{
	struct taking *taking = container_of(pane, struct taking, pane);

	close_corner(taking);
	lesson_free(taking->lesson);
	script_fini(&taking->text);
	script_fini(&taking->view);
	corner_figure_fini(&taking->figure);
	buf_fini(&taking->output);
	free(taking);
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
	.free = taking_free,
};

struct pane *lesson_new(struct app *app, size_t i)
{
	struct taking *taking = calloc(1, sizeof(*taking));
	char name[LESSON_NAME_SIZE];
	const char *text;
	struct err err;
	size_t len;

	if (!taking)
		return NULL;
	taking->pane = (struct pane){.ops = &lesson_ops, .app = app};
	taking->figure.app = app;
	taking->which = i;
	lesson_shipped_name(i, name);
	text = lesson_shipped_text(i, &len);
	if (lesson_parse(name, text, len, &taking->lesson, &err) < 0) {
		free(taking);
		return NULL;
	}
	script_add(&taking->text, ROLE_TEXT, 0, taking->lesson->about);
	script_add(&taking->text, ROLE_TEXT, 0, "");
	open_corner(taking);
	return &taking->pane;
}
