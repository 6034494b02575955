/* lesson_player.c - see lesson_player.h. */
#include "cli/lesson_player.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/lesson_text.h"
#include "cli/output.h"
#include "util/own.h"
#include "util/path.h"

enum answer { GO_ON, SKIP, SKIP_STEP, BACK, LEAVE };

struct player {
	struct cli *cli;
	const struct lesson *lesson;
	struct corner *corner;
	struct buf said;  /* not printed yet */
	bool asks_nobody; /* nobody is there: nothing is waited for */
	bool marks;       /* says to a tape where steps begin */
};

/* ---- finding ---- */

static int read_file(const char *path, struct lesson **out, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_free char *name = strdup(path);
	char *base = name ? strrchr(name, '/') : NULL, *dot;
	int failed = path_read_at(AT_FDCWD, path, LESSON_MAX_BYTES, &text);

	if (failed || !name)
		return err_set(err, failed ? failed : -ENOMEM, "%s: %s", path,
			err_name(failed ? failed : -ENOMEM));
	base = base ? base + 1 : name;
	if ((dot = strrchr(base, '.')))
		*dot = '\0';
	if (lesson_parse(base, buf_text(&text), text.len, out, err) < 0)
		return err_in(err, "%s", path);
	return 0;
}

int lesson_find(const char *who, struct lesson **out, struct err *err)
{
	char name[LESSON_NAME_SIZE];
	const char *text;
	size_t i, len;

	if (!lesson_shipped_find(who, &i)) {
		if (access(who, F_OK) == 0)
			return read_file(who, out, err);
		return err_set(
			err, ENOENT, "no lesson is called '%s': davit lesson ls lists them", who);
	}
	lesson_shipped_name(i, name);
	text = lesson_shipped_text(i, &len);
	return lesson_parse(name, text, len, out, err);
}

/* ---- running ---- */

struct waiting {
	struct buf *out;
	bool echoes;
	int exit_code;
};

static void on_output(void *arg, const char *bytes, size_t len)
{
	struct waiting *waiting = arg;

	if (waiting->echoes)
		output_write(STDOUT_FILENO, bytes, len);
}

static void on_done(void *arg, const struct errand_result *result)
{
	struct waiting *waiting = arg;

	waiting->exit_code = result->exit_code;
	buf_add(waiting->out, result->output, result->len);
}

static int run(struct cli *cli, const struct corner *corner, const char *command,
	struct waiting *waiting, struct err *err)
{
	static const struct errand_events events = {.output = on_output, .done = on_done};
	auto_strs env = STRS_INIT;
	struct errand *errand;
	int failed;

	corner_environment(corner, &env);
	failed = errand_start(cli->engine, command, &env, &events, waiting, &errand, err);
	if (failed)
		return failed;
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	return waiting->exit_code;
}

int lesson_run(struct cli *cli, const struct corner *corner, const char *command, struct buf *out,
	struct err *err)
{
	struct waiting waiting = {.out = out};

	return run(cli, corner, command, &waiting, err);
}

/* ---- talking ---- */

static int lend(struct player *player, const char *command, struct err *err)
{
	auto_strs env = STRS_INIT;

	corner_environment(player->corner, &env);
	return errand_lend(command, &env, err);
}

static void flush(struct player *player)
{
	output_write(STDOUT_FILENO, buf_text(&player->said), player->said.len);
	buf_clear(&player->said);
}

/* A line of the learner's into `line`; false: the input ended. */
static bool hear(struct player *player, char *line, size_t room)
{
	size_t len = 0;

	flush(player);
	for (;;) {
		char c;
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got <= 0)
			return false;
		if (c == '\n')
			break;
		if (len + 1 < room)
			line[len++] = c;
	}
	line[len] = '\0';
	return true;
}

static enum answer wait_for(struct player *player, const char *prompt)
{
	char line[80];

	if (player->asks_nobody)
		return GO_ON;
	for (;;) {
		buf_adds(&player->said, prompt);
		if (!hear(player, line, sizeof(line)) || strcmp(line, "q") == 0)
			return LEAVE;
		if (strcmp(line, "b") == 0)
			return BACK;
		if (strcmp(line, "s") == 0)
			return SKIP;
		if (!*line)
			return GO_ON;
		buf_adds(&player->said, "Enter goes on, s skips, b goes back a step, q leaves.\n");
	}
}

/* ---- items ---- */

static enum answer do_step(struct player *player, const struct lesson_item *item)
{
	const struct lesson *lesson = player->lesson;
	char words[LESSON_LACK_SIZE];
	const char *lack = lesson_lacks(&item->needs, words);

	if (player->marks)
		tape_mark(&player->said, item->text);
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

static enum answer do_ask(struct player *player, const struct lesson_item *item)
{
	char line[20];
	bool right;

	lesson_wrap(item->text, "? ", &player->said);
	for (size_t i = 0; i < item->choices.len; i++)
		buf_addf(&player->said, "    %c) %s\n", (char)('a' + i), item->choices.v[i]);
	if (player->asks_nobody) {
		tell_answer(player, item, "");
		return GO_ON;
	}
	buf_adds(&player->said, "Your guess: ");
	if (!hear(player, line, sizeof(line)) || strcmp(line, "q") == 0)
		return LEAVE;
	right = *line == (char)('a' + item->right);
	tell_answer(player, item, right ? "Yes. " : *line ? "Not quite. " : "");
	return GO_ON;
}

/* Says when something else came out than the lesson promises. */
static void judge(
	struct player *player, const struct lesson_item *item, int code, const char *output)
{
	size_t missing;

	if (item->code != LESSON_ANY_CODE && code != item->code)
		buf_addf(&player->said, "(It ended with %d; this lesson expects %d.)\n", code,
			item->code);
	else if (!lesson_met(item, output, &missing))
		buf_addf(&player->said, "(This lesson expects '%s' in what it prints.)\n",
			item->expect.v[missing]);
}

static enum answer do_run(struct player *player, const struct lesson_item *item)
{
	auto_buf output = BUF_INIT;
	struct waiting waiting = {.out = &output, .echoes = true};
	enum answer answer;
	struct err err;
	int code;

	buf_addf(&player->said, "%s$ %s\n", item->kind == LESSON_PROVE ? "proof " : "", item->text);
	answer = wait_for(player, "  [Enter runs it] ");
	if (answer != GO_ON)
		return answer;
	flush(player);
	code = run(player->cli, player->corner, item->text, &waiting, &err);
	if (code < 0)
		buf_addf(&player->said, "%s\n", err.text);
	else
		judge(player, item, code, buf_text(&output));
	buf_addc(&player->said, '\n');
	return GO_ON;
}

/* Nobody is there to type: what a learner would. */
static enum answer type_keys(struct player *player, const struct lesson_item *item)
{
	auto_strs env = STRS_INIT;
	auto_buf output = BUF_INIT;
	struct err err;

	corner_environment(player->corner, &env);
	if (errand_type(item->text, &env, item->keys, &output, &err) < 0)
		buf_addf(&player->said, "%s\n", err.text);
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
	if (player->asks_nobody)
		return type_keys(player, item);
	flush(player);
	if (lend(player, item->text, &err) < 0)
		buf_addf(&player->said, "%s\n", err.text);
	buf_addc(&player->said, '\n');
	return GO_ON;
}

static enum answer do_show(struct player *player, const struct lesson_item *item)
{
	auto_buf command = BUF_INIT, output = BUF_INIT;
	struct waiting waiting = {.out = &output, .echoes = true};
	struct err err;

	lesson_view_command(item->text, &command);
	flush(player);
	run(player->cli, player->corner, buf_text(&command), &waiting, &err);
	buf_addc(&player->said, '\n');
	return GO_ON;
}

static bool is_done(struct player *player, const struct lesson_item *item)
{
	auto_buf output = BUF_INIT;
	struct err err;

	return lesson_run(player->cli, player->corner, item->check, &output, &err) == 0;
}

/* Whatever is typed is run, until the check holds. */
static enum answer do_try(struct player *player, const struct lesson_item *item)
{
	char line[1000];
	struct err err;

	lesson_wrap(item->text, "Try it yourself. ", &player->said);
	if (player->asks_nobody)
		return GO_ON;
	buf_adds(&player->said, "Type commands; or: hint, solution, s to skip, q to leave.\n");
	for (;;) {
		buf_adds(&player->said, "$ ");
		if (!hear(player, line, sizeof(line)) || strcmp(line, "q") == 0)
			return LEAVE;
		if (strcmp(line, "s") == 0)
			return GO_ON;
		if (strcmp(line, "b") == 0)
			return BACK;
		if (strcmp(line, "hint") == 0)
			buf_addf(
				&player->said, "%s\n", *item->text2 ? item->text2 : item->solution);
		else if (strcmp(line, "solution") == 0)
			buf_addf(&player->said, "%s\n", item->solution);
		else if (*line && lend(player, line, &err) < 0)
			buf_addf(&player->said, "%s\n", err.text);
		else if (*line && is_done(player, item))
			break;
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
	int failed = corner_close(player->corner, err);
	char words[LESSON_LACK_SIZE];

	player->corner = NULL;
	if (!failed)
		failed = corner_open(player->cli->engine, &player->corner, err);
	for (size_t i = 0; !failed && i < until; i++) {
		const struct lesson_item *item = &player->lesson->items[i];
		auto_buf output = BUF_INIT;

		if (item->kind == LESSON_STEP && lesson_lacks(&item->needs, words))
			i = lesson_step_after(player->lesson, i) - 1;
		else if (item->kind == LESSON_RUN)
			lesson_run(player->cli, player->corner, item->text, &output, err);
		else if (item->kind == LESSON_TRY)
			lesson_run(player->cli, player->corner, item->solution, &output, err);
	}
	return failed;
}

/* Where the step before the one of item i begins. */
static size_t step_before(const struct lesson *lesson, size_t i)
{
	for (int steps = 0; i > 0; i--)
		if (lesson->items[i].kind == LESSON_STEP && ++steps == 2)
			return i;
	return 0;
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
		if (answer == BACK) {
			i = step_before(lesson, i);
			if (start_over(player, i, err) < 0)
				return err->code;
			i--;
		}
	}
	buf_addf(&player->said, "\nThat was \"%s\".", lesson->title);
	if (*lesson->next)
		buf_addf(&player->said, " What comes next: davit lesson %s", lesson->next);
	buf_addc(&player->said, '\n');
	return 0;
}

int lesson_play(struct cli *cli, const struct lesson *lesson, bool by_itself)
{
	struct player player = {.cli = cli, .lesson = lesson, .marks = by_itself};
	struct err err, ending;
	int failed;

	player.asks_nobody = by_itself || !isatty(STDIN_FILENO);
	failed = corner_open(cli->engine, &player.corner, &err);
	if (!failed) {
		buf_addf(&player.said, "%s\n", lesson->title);
		lesson_wrap(lesson->about, "", &player.said);
		buf_adds(&player.said, "Everything here happens in a corner of its own, which is "
				       "removed at the end.\n");
		signal(SIGINT, SIG_IGN); /* the command's, never the end of the lesson's corner */
		failed = play(&player, &err);
	}
	flush(&player);
	if (corner_close(player.corner, &ending) < 0 && !failed) {
		err = ending;
		failed = err.code;
	}
	buf_fini(&player.said);
	return failed ? cli_fail(&err, 1) : 0;
}
