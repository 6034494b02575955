/* lesson_run.c - what a lesson's commands do: those of the learner, those that check what he did,
 * and those that the view is made of. */
#include <stdio.h>
#include <string.h>

#include "tui/pane/lesson_own.h"

enum { INLINE_MAX = 8, INLINE_SENTENCES_MAX = 5 };

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

void taking_run(struct taking *taking, enum errand_kind kind, const char *command)
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

void taking_show(struct taking *taking)
{
	auto_buf command = BUF_INIT;

	if (corner_figure_show(&taking->figure, taking->show)) {
		taking->inlines = false;
		corner_figure_draw(&taking->figure);
		if (taking->state == READY)
			taking_go_on(taking);
		return;
	}
	lesson_view_command(*taking->show ? taking->show : "containers", &command);
	taking_run(taking, VIEWED, buf_text(&command));
}

/* What came out is not what the lesson promises. */
static void judge(struct taking *taking, int code)
{
	const struct lesson_item *it = taking_item(taking);
	size_t missing;

	if (it->code != LESSON_ANY_CODE && code != it->code)
		script_addf(&taking->text, ROLE_WARN, 0,
			"It ended with %d; this lesson expects %d. R begins this step again.", code,
			it->code);
	else if (!lesson_met(it, buf_text(&taking->output), &missing))
		script_addf(&taking->text, ROLE_WARN, 0,
			"This lesson expects '%s' in what it prints. R begins this step again.",
			it->expect.v[missing]);
}

/* A step that this machine cannot show is passed over. */
static bool is_left_out(const struct lesson_item *it)
{
	char words[LESSON_LACK_SIZE];

	return it->kind == LESSON_STEP && lesson_lacks(&it->needs, words) != NULL;
}

/* What was done before the step that one went back to, unseen. */
void taking_redo(struct taking *taking)
{
	auto_buf command = BUF_INIT;

	while (taking->redone < taking->redo) {
		const struct lesson_item *it = &taking->lesson->items[taking->redone++];

		if (is_left_out(it))
			taking->redone = lesson_step_after(taking->lesson, taking->redone - 1);
		else if (lesson_redo_command(it, &command)) {
			taking_run(taking, REDONE, buf_text(&command));
			return;
		}
	}
	taking->at = taking->redo;
	taking->state = READY;
	taking_go_on(taking);
}

/* False: there is more than `most` lines of it. */
static bool put(const struct taking *taking, struct script *script, look style, size_t most)
{
	const char *text = buf_text(&taking->output);
	int indent = script == &taking->text ? 2 : 0;

	/* Beside the text there is room below. */
	if (most < SIZE_MAX && lesson_view_is_table(*taking->show ? taking->show : "containers"))
		return script_table(script, style, indent, text, taking->output.len, most);
	script_output(script, style, indent, text, taking->output.len);
	return true;
}

/* Rows that end with a sentence, which is not to be cut: few of them, whole. */
static bool put_sentences(struct taking *taking)
{
	const char *text = buf_text(&taking->output), *at = text;

	for (size_t i = 0; i < INLINE_SENTENCES_MAX && *at; i++)
		at += strcspn(at, "\n"), at += *at == '\n';
	script_output(&taking->text, ROLE_INFO, 2, text, (size_t)(at - text));
	return !*at;
}

static void put_inline(struct taking *taking)
{
	bool all = lesson_view_has_sentences(taking->show)
			   ? put_sentences(taking)
			   : put(taking, &taking->text, ROLE_INFO, INLINE_MAX);

	if (!all)
		script_add(&taking->text, ROLE_DIM, 2, "There is more of it: # shows all.");
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
		taking_show(taking);
		return;
	case TRIED:
		if (strstr(buf_text(&taking->output), "the input device is not a TTY"))
			script_add(&taking->text, ROLE_DIM, 2,
				"A command that needs a terminal is typed in a shell: T opens one.");
		taking_run(taking, CHECKED, taking_item(taking)->check);
		return;
	case CHECKED:
		if (code == 0) {
			script_add(&taking->text, ROLE_OK, 0, "Well done.");
			script_add(&taking->text, ROLE_TEXT, 0, "");
			taking->at++;
			taking->state = READY;
		} else
			script_add(&taking->text, ROLE_WARN, 0,
				"Not done yet: Space types another command, H gives a hint.");
		taking_show(taking);
		return;
	case VIEWED:
		if (code && *taking->show) { /* what it showed has gone */
			*taking->show = '\0';
			taking_show(taking);
			return;
		}
		script_cut(&taking->view, 0);
		put(taking, &taking->view, ROLE_TEXT, SIZE_MAX);
		taking->view.up = SIZE_MAX / 2; /* its beginning */
		if (taking->inlines)
			put_inline(taking);
		if (taking->state == READY)
			taking_go_on(taking);
		return;
	case REDONE:
		taking_redo(taking);
		return;
	}
}
