/* lesson_story.c - a lesson as it is told, item by item. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/pane/lesson_own.h"

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
void taking_tell(
	struct taking *taking, look style, int indent, const char *before, const char *text)
{
	auto_free char *copy = flowing(text);

	if (copy)
		script_addf(&taking->text, style, indent, "%s%s", before, copy);
}

static void ask(struct taking *taking)
{
	const struct lesson_item *it = taking_item(taking);

	taking_tell(taking, ROLE_TITLE, 0, "? ", it->text);
	for (size_t i = 0; i < it->choices.len; i++)
		script_addf(
			&taking->text, ROLE_TEXT, 4, "%c) %s", (char)('a' + i), it->choices.v[i]);
	taking->state = ASKING;
}

static void name_next(struct taking *taking)
{
	auto_of(lesson) struct lesson *next = NULL;
	struct err err;
	size_t i;

	if (lesson_shipped_find(taking->lesson->next, &i) &&
		lesson_shipped_parse(i, &next, &err) == 0)
		script_addf(&taking->text, ROLE_TEXT, 0, "What comes next: \"%s\". %s", next->title,
			next->about);
	else
		script_add(&taking->text, ROLE_TEXT, 0,
			"It was the last one. q leads to all of them.");
}

/* What it was, and where more is said. */
static void end(struct taking *taking)
{
	const struct strs *pages = &taking->lesson->read;

	script_addf(&taking->text, ROLE_TITLE, 0, "That was \"%s\".", taking->lesson->title);
	name_next(taking);
	for (size_t i = 0; i < pages->len; i++)
		script_addf(&taking->text, ROLE_DIM, 0, "%s:help %s",
			i ? "             " : "More to read: ", pages->v[i]);
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

/* Where there is no room beside the text, a table comes below it, and a figure is named. */
static void begin_view(struct taking *taking, const char *show)
{
	enum figure_kind kind;
	const char *object;

	snprintf(taking->show, sizeof(taking->show), "%s", show);
	taking->at++;
	taking->state = READY;
	taking->inlines = !taking->wide;
	if (!taking->wide && lesson_figure(show, &kind, &object)) {
		script_addf(&taking->text, ROLE_DIM, 2, "# draws %s%s%s.", figure_about(kind),
			*object ? ": " : "", object);
		script_add(&taking->text, ROLE_TEXT, 0, "");
	}
	taking_show(taking);
}

/* Says what there is to say, up to where the learner is needed. */
void taking_go_on(struct taking *taking)
{
	for (; taking->at < taking->lesson->count; taking->at++) {
		const struct lesson_item *it = taking_item(taking);

		taking->marks[taking->at] = taking->text.count;
		switch (it->kind) {
		case LESSON_STEP:
			begin_step(taking, it);
			break;
		case LESSON_SAY:
			say(taking, it->text);
			break;
		case LESSON_SHOW:
			begin_view(taking, it->text);
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
			taking_tell(taking, ROLE_TITLE, 0, "Try it yourself. ", it->text);
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
		taking_redo(taking);
	else
		taking_go_on(taking);
}

void taking_open_corner(struct taking *taking)
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

void taking_close_corner(struct taking *taking)
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

/* ---- what the learner does ---- */

void taking_answer(struct taking *taking, size_t choice)
{
	const struct lesson_item *it = taking_item(taking);
	bool right = choice == it->right;
	auto_buf verdict = BUF_INIT;

	script_mark_fresh(&taking->text);
	if (right)
		buf_adds(&verdict, "Yes. ");
	else
		buf_addf(&verdict, "Not quite. It is %c: %s. ", (char)('a' + it->right),
			it->choices.v[it->right]);
	taking_tell(taking, right ? ROLE_OK : ROLE_WARN, 0, buf_text(&verdict), it->text2);
	script_add(&taking->text, ROLE_TEXT, 0, "");
	taking->at++;
	taking->state = READY;
	taking_go_on(taking);
}

void taking_skip(struct taking *taking)
{
	if (taking->at >= taking->lesson->count ||
		(taking->state != READY && taking->state != ASKING && taking->state != TRYING))
		return;
	script_add(&taking->text, ROLE_TEXT, 0, "");
	script_mark_fresh(&taking->text);
	taking->at++;
	taking->state = READY;
	taking_go_on(taking);
}

/* Back to the step before: a new corner, and what came before it done again. */
void taking_back(struct taking *taking, bool same)
{
	size_t i = taking->at < taking->lesson->count ? taking->at : taking->lesson->count - 1;
	int steps = 0;

	while (i > 0 &&
		!(taking->lesson->items[i].kind == LESSON_STEP && ++steps == (same ? 1 : 2)))
		i--;
	taking_close_corner(taking);
	script_cut(&taking->text, taking->marks[i]);
	script_mark_fresh(&taking->text);
	taking->redo = i;
	taking->redone = 0;
	taking->at = i;
	taking_open_corner(taking);
}
