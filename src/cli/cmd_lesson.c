#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/lesson_player.h"
#include "cli/tape_player.h"

struct values {
	bool by_itself, tape;
};

static const struct option options[] = {
	{"auto", 0, OPTION_BOOL, NULL, "Ask nobody: for a tape",
		offsetof(struct values, by_itself)},
	{"tape", 0, OPTION_BOOL, NULL, "Play the tape of it, and run nothing",
		offsetof(struct values, tape)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const play_tables[] = {options, NULL};
static const struct option *const tables[] = {NULL};

static void list(struct buf *out)
{
	for (size_t i = 0; i < lesson_shipped_count(); i++) {
		auto_of(lesson) struct lesson *lesson = NULL;
		char name[LESSON_NAME_SIZE];
		struct err err;

		lesson_shipped_name(i, name);
		if (lesson_find(name, &lesson, &err) == 0)
			buf_addf(out, "%2zu  %-42s %2u min  %s\n", i + 1, lesson->title,
				lesson->minutes, name);
	}
}

/* A line that was typed, without its end; NULL: the input ended, or it was "q". */
static char *hear(struct cli *cli)
{
	auto_free char *line = NULL;
	size_t room = 0;

	output_flush(&cli->out);
	if (getline(&line, &room, stdin) <= 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return strcmp(line, "q") == 0 ? NULL : take(line);
}

/* The lesson that was chosen; NULL: none. */
static char *choose(struct cli *cli)
{
	struct err err;

	list(&cli->out.text);
	for (;;) {
		auto_of(lesson) struct lesson *lesson = NULL;
		auto_free char *line = NULL;

		buf_adds(&cli->out.text, "Which one? A number; Enter takes the first, q leaves: ");
		line = hear(cli);
		if (!line)
			return NULL;
		if (!*line)
			return strdup("1");
		if (lesson_find(line, &lesson, &err) == 0)
			return take(line);
		buf_addf(&cli->out.text, "%s\n", err.text);
	}
}

static int show_tape(const struct lesson *lesson, const char *why)
{
	const struct tape_manner manner = {.speed = 1, .longest_s = 2, .stops = true};
	auto_of(tape) struct tape *tape = NULL;
	struct err err;
	size_t len;
	const char *text = lesson_shipped_tape(lesson->name, &len);

	if (why)
		cli_say("this lesson cannot be taken here: %s", why);
	if (!text) {
		cli_say("there is no tape of %s", lesson->name);
		return 1;
	}
	if (tape_parse(text, len, &tape, &err) < 0)
		return cli_fail(&err, 1);
	cli_say("this is a tape of it, made on another machine: Space goes on, n goes to the next "
		"step, q leaves");
	return tape_play(tape, &manner);
}

/* 1: taken to its end; 0: not; *code is what davit ends with then. */
static bool take_one(struct cli *cli, struct lesson *lesson, bool by_itself, int *code)
{
	const struct lesson_manner manner = {
		.asks_nobody = by_itself || !isatty(STDIN_FILENO), .marks = by_itself};
	struct corner *corner = NULL;
	struct err err, ending;
	int ended;

	lesson_fit_here(lesson);
	if (lesson_open(cli, &corner, &err) < 0) {
		*code = show_tape(lesson, err.text);
		return false;
	}
	lesson_hear_interrupts();
	ended = lesson_play(cli, lesson, &manner, &corner, &err);
	*code = ended < 0 ? cli_fail(&err, 1) : 0;
	if (corner_close(corner, &ending) < 0)
		*code = cli_fail(&ending, 1);
	return ended == 1 && !*code;
}

/* False: nobody wants another. */
static bool goes_on(struct cli *cli, struct lesson **lesson)
{
	auto_of(lesson) struct lesson *next = NULL;
	auto_free char *line = NULL;
	struct err err;

	if (!*(*lesson)->next || lesson_find((*lesson)->next, &next, &err) < 0)
		return false;
	buf_addf(&cli->out.text, "What comes next: \"%s\" (davit lesson %s)\n", next->title,
		next->name);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	buf_adds(&cli->out.text, "Enter takes it, q leaves: ");
	line = hear(cli);
	if (!line || *line)
		return false;
	lesson_free(*lesson);
	*lesson = take(next);
	return true;
}

static int play_from(struct cli *cli, struct lesson **lesson, const struct values *values)
{
	char words[LESSON_LACK_SIZE];
	int code = 0;

	do {
		auto_buf why = BUF_INIT;
		const char *lack = lesson_lacks(&(*lesson)->needs, words);

		if (lack) {
			buf_addf(&why, "it needs %s", lack);
			return show_tape(*lesson, buf_text(&why));
		}
		if (!take_one(cli, *lesson, values->by_itself, &code))
			return code;
	} while (!values->by_itself && goes_on(cli, lesson));
	return code;
}

static int play(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_of(lesson) struct lesson *lesson = NULL;
	auto_free char *chosen = NULL;
	const char *who = operands->len ? operands->v[0] : NULL;
	struct err err;

	if (!who && !isatty(STDIN_FILENO)) {
		list(&cli->out.text);
		return 0;
	}
	if (!who && !(who = chosen = choose(cli)))
		return 0;
	if (lesson_find(who, &lesson, &err) < 0)
		return cli_fail(&err, 1);
	if (values->tape)
		return show_tape(lesson, NULL);
	if (!cli_enter(cli) || !cli_open(cli))
		return show_tape(lesson, "see above");
	return play_from(cli, &lesson, values);
}

const struct command command_lesson = {
	.names = {"lesson", "lesson play"},
	.usage = "[OPTIONS] [LESSON|FILE]",
	.summary = "Learn by doing: a lesson on real containers, in a corner of its own",
	.values_size = sizeof(struct values),
	.syntax = {.tables = play_tables, .hands_on_after = -1},
	.least = 0,
	.most = 1,
	.is_outside = true,
	.run = play,
};

static int ls(struct cli *cli, void *data, const struct operands *operands)
{
	(void)data;
	(void)operands;
	list(&cli->out.text);
	return 0;
}

const struct command command_lesson_ls = {
	.names = {"lesson ls", "lesson list"},
	.usage = "",
	.summary = "List the lessons",
	.is_outside = true,
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 0,
	.run = ls,
};

/* Every one of them, or those named. */
static int check(struct cli *cli, void *data, const struct operands *operands)
{
	struct lesson_tally tally = {0};
	size_t count = operands->len ? (size_t)operands->len : lesson_shipped_count();
	struct err err;
	int code = 0;

	(void)data;
	if (!cli_open(cli))
		return 1;
	for (size_t i = 0; i < count; i++) {
		auto_of(lesson) struct lesson *lesson = NULL;
		char name[LESSON_NAME_SIZE];

		if (!operands->len)
			lesson_shipped_name(i, name);
		if (lesson_find(operands->len ? operands->v[i] : name, &lesson, &err) < 0) {
			code = cli_fail(&err, 1);
			tally.failed++;
			continue;
		}
		lesson_fit_here(lesson);
		code = lesson_check(cli, lesson, &tally) > code ? 1 : code;
	}
	buf_addf(&cli->out.text, "%u passed, %u failed", tally.passed, tally.failed);
	if (tally.left_out)
		buf_addf(&cli->out.text, ", %u %s not tried", tally.left_out,
			tally.left_out == 1 ? "step" : "steps");
	buf_addc(&cli->out.text, '\n');
	return code || tally.failed ? 1 : 0;
}

const struct command command_lesson_check = {
	.names = {"lesson check"},
	.usage = "[LESSON|FILE...]",
	.summary = "Run all that is in a lesson, and see whether what it promises comes true",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = -1,
	.run = check,
};
