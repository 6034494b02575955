#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/tape_player.h"
#include "cli/terminal.h"

struct record_values {
	const char *title;
	bool force;
};

static const struct option record_options[] = {
	{"force", 0, OPTION_BOOL, NULL, "Write over a file that is there",
		offsetof(struct record_values, force)},
	{"title", 't', OPTION_STRING, NULL, "What it is called",
		offsetof(struct record_values, title)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const record_tables[] = {record_options, NULL};

static int record(struct cli *cli, void *data, const struct operands *operands)
{
	const struct record_values *values = data;
	struct tape_wish wish = {.title = values->title};
	const char *shell = getenv("SHELL");
	auto_strs command = STRS_INIT;
	auto_close int file = -1;
	struct err err;
	int code;

	(void)cli;
	if (!terminal_size(STDOUT_FILENO, &wish.rows, &wish.columns)) {
		wish.columns = 80;
		wish.rows = 24;
	}
	for (int i = 1; i < operands->len; i++)
		strs_add(&command, operands->v[i]);
	if (!command.len)
		strs_add(&command, shell && *shell ? shell : "/bin/sh");
	file = open(operands->v[0],
		O_WRONLY | O_CREAT | O_CLOEXEC | (values->force ? O_TRUNC : O_EXCL), 0666);
	if (file < 0)
		return err_sys(&err, "%s", operands->v[0]), cli_fail(&err, 1);
	if (isatty(STDIN_FILENO))
		terminal_make_raw(STDIN_FILENO);
	code = tape_record(file, &command, &wish, &err);
	terminal_restore();
	return code < 0 ? cli_fail(&err, 1) : code;
}

const struct command command_tape_record = {
	.names = {"tape record", "tape rec"},
	.usage = "[OPTIONS] FILE [COMMAND] [ARG...]",
	.summary = "Record what a command, or a shell, shows on the terminal",
	.syntax = {.tables = record_tables, .hands_on_after = 1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct record_values),
	.is_outside = true,
	.run = record,
};

/* ---- playing ---- */

static int read_tape(const char *path, struct tape **out, struct err *err)
{
	auto_close int fd =
		strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	auto_buf text = BUF_INIT;
	char *room;
	ssize_t got = 1;

	if (fd < 0)
		return err_sys(err, "%s", path);
	while (got > 0 && text.len <= TAPE_MAX_BYTES && (room = buf_reserve(&text, 64 << 10)) &&
		(got = read(fd, room, 64 << 10)) > 0)
		text.len += (size_t)got;
	if (got < 0)
		return err_sys(err, "%s", path);
	if (buf_failed(&text) || text.len > TAPE_MAX_BYTES)
		return err_set(err, E2BIG, "%s: longer than %d MB", path, TAPE_MAX_BYTES >> 20);
	if (tape_parse(text.data ? text.data : "", text.len, out, err) < 0)
		return err_in(err, "%s", path);
	return 0;
}

struct play_values {
	int64_t speed, idle;
	bool stops;
};
static const struct play_values play_defaults = {.speed = 1, .idle = 2};

static const struct option play_options[] = {
	{"idle", 'i', OPTION_INT, "seconds", "No pause is longer than this (default 2)",
		offsetof(struct play_values, idle)},
	{"speed", 's', OPTION_INT, "times", "So many times as fast (default 1)",
		offsetof(struct play_values, speed)},
	{"stop", 0, OPTION_BOOL, NULL, "Stop at every step until a key comes",
		offsetof(struct play_values, stops)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const play_tables[] = {play_options, NULL};

static int play(struct cli *cli, void *data, const struct operands *operands)
{
	const struct play_values *values = data;
	const struct tape_manner manner = {.speed = values->speed > 0 ? (double)values->speed : 1,
		.longest_s = (double)values->idle,
		.stops = values->stops};
	auto_of(tape) struct tape *tape = NULL;
	struct err err;

	(void)cli;
	if (read_tape(operands->v[0], &tape, &err) < 0)
		return cli_fail(&err, 1);
	return tape_play(tape, &manner);
}

const struct command command_tape_play = {
	.names = {"tape play"},
	.usage = "[OPTIONS] FILE|-",
	.summary = "Play a tape: neither rights nor an engine are needed",
	.syntax = {.tables = play_tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct play_values),
	.defaults = &play_defaults,
	.is_outside = true,
	.run = play,
};

static const struct option *const no_tables[] = {NULL};

static int text(struct cli *cli, void *data, const struct operands *operands)
{
	auto_of(tape) struct tape *tape = NULL;
	struct err err;

	(void)data;
	if (read_tape(operands->v[0], &tape, &err) < 0)
		return cli_fail(&err, 1);
	tape_text(tape, &cli->out.text);
	return 0;
}

const struct command command_tape_text = {
	.names = {"tape text"},
	.usage = "FILE|-",
	.summary = "Print what a tape shows, as text",
	.syntax = {.tables = no_tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.is_outside = true,
	.run = text,
};
