/* cmd_undo.c - takes back the last thing that somebody did and that can be. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/confirm.h"
#include "cli/each.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	bool force;
};

static const struct option options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Do not prompt for confirmation",
		offsetof(struct values, force)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* Those that were not taken back yet, the newest last. */
struct found {
	uint64_t seq[64], time_ns[64];
	char *undo[64], *command[64];
	size_t count;
};

static void drop(struct found *found, size_t i)
{
	free(found->undo[i]);
	free(found->command[i]);
	found->count--;
	memmove(&found->seq[i], &found->seq[i + 1], (found->count - i) * sizeof(found->seq[0]));
	memmove(&found->time_ns[i], &found->time_ns[i + 1],
		(found->count - i) * sizeof(found->time_ns[0]));
	memmove(&found->undo[i], &found->undo[i + 1], (found->count - i) * sizeof(found->undo[0]));
	memmove(&found->command[i], &found->command[i + 1],
		(found->count - i) * sizeof(found->command[0]));
}

static void on_action(void *arg, const struct event *event)
{
	struct found *found = arg;
	const char *undo = event_attr(event, "undo"), *undoes = event_attr(event, "undoes");
	const char *command = event_attr(event, "command");

	if (undoes && !event_attr(event, "error"))
		for (size_t i = 0; i < found->count; i++)
			if (found->seq[i] == strtoull(undoes, NULL, 10))
				drop(found, i);
	if (!undo)
		return;
	if (found->count == array_len(found->seq))
		drop(found, 0);
	found->seq[found->count] = event->seq;
	found->time_ns[found->count] = event->time_ns;
	found->undo[found->count] = strdup(undo);
	found->command[found->count++] = strdup(command ? command : event->action);
}

/* The trash lets go. */
static bool is_over(const struct found *found, size_t i)
{
	uint64_t now = units_now(), keep = engine_trash_limits().keep_ns;

	return str_has_prefix(found->undo[i], "restore ") && now > found->time_ns[i] &&
	       now - found->time_ns[i] >= keep;
}

struct undoing {
	struct cli *cli;
	const char *undo;
};

static struct op *start(void *context, op_done_fn done, void *arg)
{
	const struct undoing *undoing = context;

	return engine_undo(undoing->cli->engine, undoing->undo, done, arg);
}

static bool is_sure(struct cli *cli, const char *did, const char *words, const char *command)
{
	auto_buf warning = BUF_INIT;

	buf_addf(&warning, "This will undo: %s\n  %s: %s", did, words, command);
	return confirm(&cli->out, buf_text(&warning));
}

static int undo_last(struct cli *cli, const struct values *values, struct found *found)
{
	size_t last = found->count - 1;
	struct undoing undoing = {cli, found->undo[last]};
	auto_buf words = BUF_INIT, command = BUF_INIT;
	struct err err;

	engine_undo_describe(found->undo[last], &words, &command);
	if (!values->force &&
		!is_sure(cli, found->command[last], buf_text(&words), buf_text(&command))) {
		cli_say("nothing was undone");
		return 1;
	}
	cli->undoes = found->seq[last];
	cli->undoes_one = true;
	if (one_op(cli, start, &undoing, NULL, NULL, &err) < 0)
		return cli_fail(&err, 1);
	buf_addf(&cli->out.text, "%s\n", buf_text(&command));
	return 0;
}

static int undo(struct cli *cli, void *data, const struct operands *operands)
{
	struct found found = {0};
	struct err err;
	int code;

	(void)operands;
	if (!cli_open(cli))
		return 1;
	if (engine_actions(
		    cli->engine, engine_actions_recent(cli->engine), on_action, &found, &err) < 0)
		return cli_fail(&err, 1);
	while (found.count && is_over(&found, found.count - 1))
		drop(&found, found.count - 1);
	if (found.count) {
		code = undo_last(cli, data, &found);
	} else {
		cli_say("there is nothing that could be undone");
		code = 1;
	}
	while (found.count)
		drop(&found, found.count - 1);
	return code;
}

const struct command command_undo = {
	.names = {"undo"},
	.usage = "[OPTIONS]",
	.summary = "Take back the last thing that was done and can be",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = undo,
};
