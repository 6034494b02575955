#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/lesson_player.h"
#include "cli/tape_player.h"

struct values {
	bool by_itself;
};

static const struct option options[] = {
	{"auto", 0, OPTION_BOOL, NULL, "Ask nobody: for a tape",
		offsetof(struct values, by_itself)},
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

/* The number that was typed, or NULL. */
static char *choose(struct cli *cli)
{
	auto_free char *line = NULL;
	size_t room = 0;
	ssize_t len;

	list(&cli->out.text);
	buf_adds(&cli->out.text, "Which one? ");
	output_flush(&cli->out);
	len = getline(&line, &room, stdin);
	if (len <= 1)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return take(line);
}

/* Who may not run containers sees how somebody did. */
static bool show_tape(const struct lesson *lesson)
{
	const struct tape_manner manner = {.speed = 1, .longest_s = 2, .stops = true};
	auto_of(tape) struct tape *tape = NULL;
	struct err err;
	size_t len;
	const char *text = lesson_shipped_tape(lesson->name, &len);

	if (!text || tape_parse(text, len, &tape, &err) < 0)
		return false;
	cli_say("you may not run containers here, so this is a tape of it: Space goes on, q leaves");
	tape_play(tape, &manner);
	return true;
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
	if (geteuid() != 0 && show_tape(lesson))
		return 0;
	return cli_open(cli) ? lesson_play(cli, lesson, values->by_itself) : 1;
}

const struct command command_lesson = {
	.names = {"lesson", "lesson play"},
	.usage = "[OPTIONS] [LESSON|FILE]",
	.summary = "Learn by doing: a lesson on real containers, in a corner of its own",
	.values_size = sizeof(struct values),
	.syntax = {.tables = play_tables, .hands_on_after = -1},
	.least = 0,
	.most = 1,
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
		code |= lesson_check(cli, lesson, &tally);
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
