/* lesson_away.c - the learner is away from the screen: in a command that needs a terminal, or in a
 * shell of the lesson. Its text is not to be seen meanwhile, so what is to be done is said again
 * there. */
#include <stdio.h>
#include <string.h>

#include "tui/pane/lesson_own.h"
#include "tui/text.h"

enum { BANNER_COLUMNS = 76 };

/* $0 is a command, $1 what is said before it. */
static const char script[] = "printf '%s\\n' \"$1\"; cd \"$LESSON\" && eval \"$0\"";
static const char shell[] =
	"if command -v bash >/dev/null; then HISTFILE= PS1='lesson$ ' exec bash --norc -i; fi; "
	"PS1='lesson$ ' exec sh -i";

/* Teachers' lines of a paragraph are one; it is wrapped anew. */
static void add_wrapped(struct buf *out, const char *text)
{
	auto_buf flat = BUF_INIT;
	const char *at;

	for (at = text; *at; at++)
		if (at[0] == '\n' && at[1] == '\n')
			buf_adds(&flat, "\n"), at++;
		else
			buf_addc(&flat, *at == '\n' ? ' ' : *at);
	for (at = buf_text(&flat); *at;) {
		size_t len = text_line(at, BANNER_COLUMNS);

		buf_addf(out, "%.*s\n", (int)len, at);
		at += len;
		at += *at == ' ' || *at == '\n';
	}
}

/* What was said last before the item: it tells what to type. */
static const char *said_before(const struct taking *taking)
{
	for (size_t i = taking->at; i > 0 && taking->lesson->items[i].kind != LESSON_STEP; i--)
		if (taking->lesson->items[i - 1].kind == LESSON_SAY)
			return taking->lesson->items[i - 1].text;
	return "";
}

static void lend(struct taking *taking, const char *command, const char *banner, const char *called)
{
	auto_strs words = STRS_INIT;

	strs_copy(&words, taking->env);
	strs_add(&words, "sh");
	strs_add(&words, "-c");
	strs_add(&words, script);
	strs_add(&words, command);
	strs_add(&words, banner);
	taking->after = taking->state;
	taking->state = AWAY;
	app_lend_terminal(taking->pane.app, &words, called);
}

void taking_lend(struct taking *taking)
{
	const char *command = taking_item(taking)->text;
	auto_buf banner = BUF_INIT;

	add_wrapped(&banner, said_before(taking));
	buf_addf(&banner, "\n$ %s", command);
	taking->in_shell = false;
	lend(taking, command, buf_text(&banner), "the command");
}

void taking_shell(struct taking *taking)
{
	auto_buf banner = BUF_INIT;

	if (taking->state == TRYING)
		add_wrapped(&banner, taking_item(taking)->text);
	add_wrapped(&banner,
		"A shell in this lesson's own corner. Ctrl-D, or exit, goes back to the lesson.");
	taking->in_shell = true;
	lend(taking, shell, buf_text(&banner), "the shell");
}

void taking_came_back(struct taking *taking)
{
	taking->state = taking->after;
	script_mark_fresh(&taking->text);
	if (taking->in_shell) {
		if (taking->state == TRYING)
			taking_run(taking, CHECKED, taking_item(taking)->check);
		return;
	}
	script_add(&taking->text, ROLE_DIM, 2, "(it had the whole terminal)");
	script_add(&taking->text, ROLE_TEXT, 0, "");
	taking->at++;
	taking_show(taking);
}
