/* lesson_player.c - see lesson_player.h. */
#include "cli/lesson_player.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/lesson_text.h"
#include "cli/output.h"
#include "util/own.h"

enum { TABLE_MAX = 12 };
enum answer { GO_ON, SKIP, SKIP_STEP, AGAIN, BACK, LEAVE };

struct player {
	struct cli *cli;
	const struct lesson *lesson;
	struct corner *corner;
	struct buf said; /* not printed yet */
	struct lesson_manner manner;
};

/* ---- talking ---- */

static void flush(struct player *player)
{
	output_write(STDOUT_FILENO, buf_text(&player->said), player->said.len);
	buf_clear(&player->said);
}

/* A tape stops here until a key comes. */
static void mark(struct player *player, const char *what)
{
	if (player->manner.marks)
		tape_mark(&player->said, what);
}

/* A line of the learner's into `line`, without blanks around it; false: the input ended, or Ctrl-C.
 */
static bool hear(struct player *player, char *line, size_t room)
{
	size_t len = 0, blanks;

	flush(player);
	for (;;) {
		char c;

		if (!lesson_await_input() || read(STDIN_FILENO, &c, 1) <= 0) {
			buf_addc(&player->said, '\n');
			return false;
		}
		if (c == '\n')
			break;
		if (len + 1 < room)
			line[len++] = c;
	}
	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	line[len] = '\0';
	blanks = strspn(line, " \t");
	memmove(line, line + blanks, len - blanks + 1);
	return true;
}

static enum answer wait_for(struct player *player, const char *prompt)
{
	char line[80];

	if (player->manner.asks_nobody)
		return GO_ON;
	for (;;) {
		buf_adds(&player->said, prompt);
		if (!hear(player, line, sizeof(line)) || strcmp(line, "q") == 0)
			return LEAVE;
		if (strcmp(line, "b") == 0)
			return BACK;
		if (strcmp(line, "r") == 0)
			return AGAIN;
		if (strcmp(line, "s") == 0)
			return SKIP;
		if (!*line)
			return GO_ON;
		buf_adds(&player->said,
			"Enter runs the command above as it is; s skips it, r begins this step "
			"again, b goes back a step, q leaves.\n");
	}
}

/* ---- items ---- */

static enum answer do_step(struct player *player, const struct lesson_item *item)
{
	const struct lesson *lesson = player->lesson;
	char words[LESSON_LACK_SIZE];
	const char *lack = lesson_lacks(&item->needs, words);

	mark(player, item->text);
	buf_addf(&player->said, "\n%zu/%zu  %s\n\n",
		lesson_step_of(lesson, (size_t)(item - lesson->items)), lesson_steps(lesson),
		item->text);
	if (!lack)
		return GO_ON;
	buf_addf(&player->said, "This step cannot be shown here: it needs %s.\n", lack);
	return SKIP_STEP;
}

static enum answer do_say(struct player *player, const struct lesson_item *item)
{
	lesson_wrap(item->text, "", &player->said);
	buf_addc(&player->said, '\n');
	return GO_ON;
}

/* verdict: what is said of the guess, with a blank behind it; "" */
static void tell_answer(struct player *player, const struct lesson_item *item, const char *verdict)
{
	auto_buf before = BUF_INIT;

	buf_addf(&before, "%sIt is %c: %s. ", verdict, (char)('a' + item->right),
		item->choices.v[item->right]);
	buf_adds(&before, item->text2);
	lesson_wrap(buf_text(&before), "", &player->said);
	buf_addc(&player->said, '\n');
}

/* The index of the answer that somebody means; len of them: none. */
static size_t guess_of(const char *line, size_t len)
{
	size_t choice = (size_t)(tolower((unsigned char)*line) - 'a');

	return choice < len && (!line[1] || strcmp(line + 1, ")") == 0) ? choice : len;
}

/* False: he leaves. No guess at all is one, too. */
static bool hear_guess(struct player *player, const struct lesson_item *item, size_t *guess)
{
	char line[80];

	for (;;) {
		buf_adds(&player->said, "Your guess: ");
		if (!hear(player, line, sizeof(line)) || strcmp(line, "q") == 0)
			return false;
		*guess = guess_of(line, item->choices.len);
		if (!*line || *guess < item->choices.len)
			return true;
		buf_addf(&player->said,
			"A letter from a to %c; Enter alone if you do not know; q leaves.\n",
			(char)('a' + item->choices.len - 1));
	}
}

static enum answer do_ask(struct player *player, const struct lesson_item *item)
{
	size_t guess;

	lesson_wrap(item->text, "? ", &player->said);
	for (size_t i = 0; i < item->choices.len; i++)
		buf_addf(&player->said, "    %c) %s\n", (char)('a' + i), item->choices.v[i]);
	if (player->manner.asks_nobody) {
		mark(player, "?");
		tell_answer(player, item, "");
		return GO_ON;
	}
	if (!hear_guess(player, item, &guess))
		return LEAVE;
	tell_answer(player, item,
		guess == item->right        ? "Yes. "
		: guess < item->choices.len ? "Not quite. "
					    : "");
	return GO_ON;
}

/* Says when something else came out than the lesson promises. */
static void judge(
	struct player *player, const struct lesson_item *item, int code, const char *output)
{
	size_t missing;

	if (item->code != LESSON_ANY_CODE && code != item->code)
		buf_addf(&player->said,
			"(It ended with %d; this lesson expects %d. r begins this step again.)\n",
			code, item->code);
	else if (!lesson_met(item, output, &missing))
		buf_addf(&player->said,
			"(This lesson expects '%s' in what it prints. r begins this step again.)\n",
			item->expect.v[missing]);
}

static void tell_failure(struct player *player, int code, const struct err *err)
{
	if (code < 0)
		buf_addf(&player->said, "(%s)\n", err->text);
}

static enum answer do_run(struct player *player, const struct lesson_item *item)
{
	auto_buf output = BUF_INIT;
	enum answer answer;
	struct err err;
	int code;

	buf_addf(&player->said, "%s$ %s\n", item->kind == LESSON_PROVE ? "proof " : "", item->text);
	answer = wait_for(player, "  [Enter runs it] ");
	if (answer != GO_ON)
		return answer;
	mark(player, "$");
	flush(player);
	code = lesson_run(player->cli, player->corner, item->text, true, &output, &err);
	if (output.len && buf_text(&output)[output.len - 1] != '\n')
		buf_addc(&player->said, '\n');
	tell_failure(player, code, &err);
	if (code >= 0)
		judge(player, item, code, buf_text(&output));
	buf_addc(&player->said, '\n');
	return GO_ON;
}

/* Nobody is there to type: what a learner would. */
static enum answer type_keys(struct player *player, const struct lesson_item *item)
{
	auto_buf output = BUF_INIT;
	struct err err;

	mark(player, "$");
	tell_failure(player, lesson_type(player->corner, item, &output, &err), &err);
	buf_add(&player->said, buf_text(&output), output.len);
	buf_adds(&player->said, "\n\n");
	return GO_ON;
}

static enum answer do_terminal(struct player *player, const struct lesson_item *item)
{
	enum answer answer;
	struct err err;

	buf_addf(&player->said, "$ %s\n", item->text);
	answer = wait_for(player, "  [Enter gives it this terminal] ");
	if (answer != GO_ON)
		return answer;
	if (player->manner.asks_nobody)
		return type_keys(player, item);
	flush(player);
	tell_failure(player, lesson_lend(player->corner, item->text, &err), &err);
	buf_addc(&player->said, '\n');
	return GO_ON;
}

/* The first lines of a table are what a text is about. */
static void tell_table(struct player *player, const char *text)
{
	size_t left = 0;

	for (int i = 0; *text && i < TABLE_MAX; i++) {
		size_t len = strcspn(text, "\n");

		buf_addf(&player->said, "%.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		left++;
	if (left)
		buf_addf(&player->said, "(and %zu more line%s)\n", left, left == 1 ? "" : "s");
}

static enum answer do_show(struct player *player, const struct lesson_item *item)
{
	bool table = lesson_view_is_table(item->text);
	auto_buf command = BUF_INIT, output = BUF_INIT;
	struct err err;

	lesson_view_command(item->text, &command);
	flush(player);
	tell_failure(player,
		lesson_run(player->cli, player->corner, buf_text(&command), !table, &output, &err),
		&err);
	if (table)
		tell_table(player, buf_text(&output));
	buf_addc(&player->said, '\n');
	return GO_ON;
}

static bool is_done(struct player *player, const struct lesson_item *item)
{
	struct err err;

	return lesson_run(player->cli, player->corner, item->check, false, NULL, &err) == 0;
}

/* Nobody is there to solve it. */
static enum answer show_solution(struct player *player, const struct lesson_item *item)
{
	struct err err;

	mark(player, "?");
	buf_addf(&player->said, "$ %s\n", item->solution);
	flush(player);
	tell_failure(player,
		lesson_run(player->cli, player->corner, item->solution, true, NULL, &err), &err);
	buf_adds(&player->said, is_done(player, item) ? "Well done.\n\n" : "\n");
	return GO_ON;
}

/* What is typed at a task, that is no command. */
static bool is_word(struct player *player, const struct lesson_item *item, const char *line)
{
	if (strcmp(line, "hint") == 0)
		buf_addf(&player->said, "%s\n", *item->text2 ? item->text2 : item->solution);
	else if (strcmp(line, "solution") == 0)
		buf_addf(&player->said, "%s\n", item->solution);
	else if (strcmp(line, "help") == 0 || strcmp(line, "?") == 0)
		buf_adds(&player->said, "Type any command. When the task is done, that is noticed. "
					"Or: hint, solution, s, r, b, q.\n");
	else
		return !*line;
	return true;
}

/* Whatever is typed is run, until the check holds. */
static enum answer do_try(struct player *player, const struct lesson_item *item)
{
	char line[1000];
	struct err err;

	lesson_wrap(item->text, "Try it yourself. ", &player->said);
	if (player->manner.asks_nobody)
		return show_solution(player, item);
	buf_adds(&player->said,
		"Type commands; or: hint, solution, s to skip, r to begin this step again, b to go "
		"back, q to leave.\n");
	for (;;) {
		buf_adds(&player->said, "$ ");
		if (!hear(player, line, sizeof(line)) || strcmp(line, "q") == 0)
			return LEAVE;
		if (strcmp(line, "s") == 0)
			return GO_ON;
		if (strcmp(line, "r") == 0)
			return AGAIN;
		if (strcmp(line, "b") == 0)
			return BACK;
		if (is_word(player, item, line))
			continue;
		tell_failure(player, lesson_lend(player->corner, line, &err), &err);
		if (is_done(player, item))
			break;
		buf_adds(&player->said, "(Not done yet.)\n");
	}
	buf_adds(&player->said, "Well done.\n\n");
	return GO_ON;
}

static enum answer do_item(struct player *player, const struct lesson_item *item)
{
	static enum answer (*const table[])(struct player *, const struct lesson_item *) = {
		[LESSON_STEP] = do_step,
		[LESSON_SAY] = do_say,
		[LESSON_ASK] = do_ask,
		[LESSON_RUN] = do_run,
		[LESSON_TERMINAL] = do_terminal,
		[LESSON_PROVE] = do_run,
		[LESSON_SHOW] = do_show,
		[LESSON_TRY] = do_try,
	};

	return table[item->kind](player, item);
}

/* ---- all of it ---- */

/* The corner as it is when the item comes: everything before it is done again, unseen. */
static int start_over(struct player *player, size_t until, struct err *err)
{
	const struct lesson *lesson = player->lesson;
	int failed = corner_close(player->corner, err);
	char words[LESSON_LACK_SIZE];

	player->corner = NULL;
	if (!failed)
		failed = lesson_open(player->cli, &player->corner, err);
	for (size_t i = 0; !failed && i < until; i++) {
		auto_buf command = BUF_INIT;

		if (lesson_lacks(&lesson->items[i].needs, words))
			i = lesson_step_after(lesson, i) - 1;
		else if (lesson_redo_command(&lesson->items[i], &command) &&
			 lesson_run(player->cli, player->corner, buf_text(&command), false, NULL,
				 err) == -EINTR)
			failed = -EINTR;
	}
	return failed;
}

/* Where the step of item i begins; back: the one before it. */
static size_t step_from(const struct lesson *lesson, size_t i, bool back)
{
	for (int steps = 0; i > 0; i--)
		if (lesson->items[i].kind == LESSON_STEP && ++steps == 1 + back)
			return i;
	return 0;
}

static int go_back(struct player *player, enum answer how, size_t *i, struct err *err)
{
	*i = step_from(player->lesson, *i, how == BACK);
	buf_adds(&player->said, "Going back: what came before is done again, unseen.\n");
	flush(player);
	return start_over(player, *i, err);
}

static int play(struct player *player, struct err *err)
{
	const struct lesson *lesson = player->lesson;

	for (size_t i = 0; i < lesson->count; i++) {
		enum answer answer = do_item(player, &lesson->items[i]);

		if (answer == LEAVE)
			return 0;
		if (answer == SKIP_STEP)
			i = lesson_step_after(lesson, i) - 1;
		if (answer != BACK && answer != AGAIN)
			continue;
		if (go_back(player, answer, &i, err) < 0)
			return err->code;
		i--;
	}
	buf_addf(&player->said, "\nThat was \"%s\".\n", lesson->title);
	for (size_t page = 0; page < lesson->read.len; page++)
		buf_addf(&player->said, "%s:help %s%s",
			page ? ", " : "More to read: on the screen, ", lesson->read.v[page],
			page + 1 == lesson->read.len ? "\n" : "");
	return 1;
}

int lesson_play(struct cli *cli, const struct lesson *lesson, const struct lesson_manner *manner,
	struct corner **corner, struct err *err)
{
	struct player player = {.cli = cli, .lesson = lesson, .manner = *manner, .corner = *corner};
	int ended;

	buf_addf(&player.said, "%s\n\n", lesson->title);
	lesson_wrap(lesson->about, "", &player.said);
	buf_adds(&player.said,
		"Everything here happens in a corner of its own, which is removed at "
		"the end.\n");
	ended = play(&player, err);
	flush(&player);
	*corner = player.corner;
	buf_fini(&player.said);
	return ended;
}
