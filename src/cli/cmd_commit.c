#include "cli/job.h"
#include "util/strs.h"

struct values {
	struct strs changes;
	const char *author, *message;
	bool pause, no_pause;
};

static const struct option options[] = {
	{"author", 'a', OPTION_STRING, NULL,
		"Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")",
		offsetof(struct values, author)},
	{"change", 'c', OPTION_LIST, NULL, "Apply Dockerfile instruction to the created image",
		offsetof(struct values, changes)},
	{"message", 'm', OPTION_STRING, NULL, "Commit message", offsetof(struct values, message)},
	{"no-pause", 0, OPTION_BOOL, NULL, "Disable pausing container during commit",
		offsetof(struct values, no_pause)},
	{"pause", 'p', OPTION_BOOL, NULL,
		"Pause container while its changes are read (default true)",
		offsetof(struct values, pause)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.pause = true};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	return engine_commit_here(engine, context, job, result, err);
}

static int commit(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct commit_request request = {
		.who = operands->v[0],
		.reference = operands->len > 1 ? operands->v[1] : NULL,
		.author = values->author,
		.message = values->message,
		.changes = values->changes,
		.running = values->no_pause || !values->pause,
	};

	return job_run(cli, work, &request, true, false);
}

const struct command command_commit = {
	.names = {"commit", "container commit"},
	.usage = "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
	.summary = "Create a new image from a container's changes",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 2,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = commit,
};
