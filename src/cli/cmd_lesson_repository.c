/* lesson repository: a git repository for a lesson, on machines without git. */
#include <stdlib.h>

#include "build/build.h"
#include "cli/cli.h"

struct values {
	const char *message, *tag;
};
static const struct values defaults = {.message = "first"};

static const struct option options[] = {
	{"message", 'm', OPTION_STRING, NULL, "What the commit says of itself",
		offsetof(struct values, message)},
	{"tag", 't', OPTION_STRING, NULL, "Give it a tag, too", offsetof(struct values, tag)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int run(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_free char *files = realpath(operands->v[0], NULL);
	struct err err;

	if (!files)
		return err_sys(&err, "%s", operands->v[0]), cli_fail(&err, 1);
	if (build_git_commit(
		    files, operands->v[1], values->message, values->tag, &cli->out.text, &err) < 0)
		return cli_fail(&err, 1);
	return 0;
}

const struct command command_lesson_repository = {
	.names = {"lesson repository"},
	.usage = "[OPTIONS] DIR REPOSITORY",
	.summary = "Make the files of a directory a commit of a git repository",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 2,
	.most = 2,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.is_outside = true,
	.run = run,
};
