/* lesson_check.c - a lesson run without anybody, as a test of itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/lesson_player.h"
#include "cli/lesson_text.h"
#include "util/own.h"

struct checker {
	struct cli *cli;
	const struct lesson *lesson;
	struct corner *corner;
	struct lesson_tally *tally;
	bool interrupted;
};

static int run(struct checker *checker, const char *command, struct buf *output, struct err *err)
{
	int code = lesson_run(checker->cli, checker->corner, command, false, output, err);

	checker->interrupted |= code == -EINTR;
	return code;
}

static void count(struct checker *checker, bool passed)
{
	checker->tally->passed += passed;
	checker->tally->failed += !passed;
}

static void complain(struct checker *checker, const struct lesson_item *item, const char *what,
	const char *output)
{
	cli_say("lesson %s, line %d: %s", checker->lesson->name, item->line, what);
	fprintf(stderr, "  $ %s\n", item->text);
	for (const char *at = output, *end; at && *at; at = end ? end + 1 : NULL) {
		end = strchr(at, '\n');
		fprintf(stderr, "  %.*s\n", (int)strcspn(at, "\n"), at);
	}
}

static int carry_out(struct checker *checker, const struct lesson_item *item, struct buf *output,
	struct err *err)
{
	if (item->kind == LESSON_TERMINAL)
		return lesson_type(checker->corner, item, output, err);
	return run(checker, item->text, output, err);
}

static void check_command(struct checker *checker, const struct lesson_item *item)
{
	auto_buf output = BUF_INIT;
	char what[300];
	size_t missing;
	struct err err;
	int code = carry_out(checker, item, &output, &err);

	*what = '\0';
	if (code < 0)
		snprintf(what, sizeof(what), "%.200s", err.text);
	else if (item->code != LESSON_ANY_CODE && code != item->code)
		snprintf(what, sizeof(what), "it ended with %d, not with %d", code, item->code);
	else if (!lesson_met(item, buf_text(&output), &missing))
		snprintf(what, sizeof(what), "'%.200s' is not in what it printed",
			item->expect.v[missing]);
	count(checker, !*what);
	if (*what)
		complain(checker, item, what, buf_text(&output));
}

static void check_view(struct checker *checker, const struct lesson_item *item)
{
	auto_buf command = BUF_INIT, output = BUF_INIT;
	struct err err;
	int code;

	lesson_view_command(item->text, &command);
	code = run(checker, buf_text(&command), &output, &err);
	count(checker, code == 0);
	if (code != 0)
		complain(checker, item, "there is nothing to show", buf_text(&output));
}

/* Not done before it is solved, done afterwards. */
static void check_task(struct checker *checker, const struct lesson_item *item)
{
	auto_buf output = BUF_INIT;
	struct err err;
	bool before, after;

	before = run(checker, item->check, &output, &err) == 0;
	run(checker, item->solution, &output, &err);
	after = run(checker, item->check, &output, &err) == 0;
	count(checker, !before && after);
	if (before)
		complain(checker, item, "the task is done before anybody did it", NULL);
	else if (!after)
		complain(checker, item, "its solution does not solve it", buf_text(&output));
}

static void check_item(struct checker *checker, const struct lesson_item *item)
{
	switch (item->kind) {
	case LESSON_RUN:
	case LESSON_TERMINAL:
	case LESSON_PROVE:
		check_command(checker, item);
		break;
	case LESSON_SHOW:
		check_view(checker, item);
		break;
	case LESSON_TRY:
		check_task(checker, item);
		break;
	case LESSON_STEP:
	case LESSON_SAY:
	case LESSON_ASK:
		break;
	}
}

/* A step that cannot be shown here is not one that failed, and is named. */
static bool is_left_out(struct checker *checker, const struct lesson_item *step)
{
	char words[LESSON_LACK_SIZE];
	const char *lack = lesson_lacks(&step->needs, words);

	if (!lack)
		return false;
	cli_say("lesson %s, line %d: not tried here: \"%s\" needs %s", checker->lesson->name,
		step->line, step->text, lack);
	checker->tally->left_out++;
	return true;
}

static void check_items(struct checker *checker)
{
	const struct lesson *lesson = checker->lesson;

	for (size_t i = 0; i < lesson->count && !checker->interrupted; i++)
		if (is_left_out(checker, &lesson->items[i]))
			i = lesson_step_after(lesson, i) - 1;
		else
			check_item(checker, &lesson->items[i]);
}

static bool cannot_be_tried(const struct lesson *lesson, struct lesson_tally *tally)
{
	char words[LESSON_LACK_SIZE];
	const char *lack = lesson_lacks(&lesson->needs, words);

	if (!lack)
		return false;
	cli_say("lesson %s: not tried here: it needs %s", lesson->name, lack);
	tally->left_out += (unsigned)lesson_steps(lesson);
	return true;
}

int lesson_check(struct cli *cli, const struct lesson *lesson, struct lesson_tally *tally)
{
	struct checker checker = {.cli = cli, .lesson = lesson, .tally = tally};
	struct err err;

	if (cannot_be_tried(lesson, tally))
		return 0;
	if (lesson_open(cli, &checker.corner, &err) < 0) {
		cli_say("lesson %s: containers cannot be run here: %s", lesson->name, err.text);
		return 1;
	}
	check_items(&checker);
	if (corner_close(checker.corner, &err) < 0) {
		tally->failed++;
		return cli_fail(&err, 1);
	}
	return checker.interrupted ? 130 : 0;
}
