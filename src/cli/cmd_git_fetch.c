/* cmd_git_fetch.c - what a build starts to bring a git repository: the process that reads it.
 *
 * Credentials come in the environment, which other users cannot read, never in the arguments. */
#include "build/build.h"
#include "cli/job.h"

#include <stdlib.h>

struct values {
	const char *into;
	bool allow_local, quiet;
};

static const struct option options[] = {
	{"allow-local", 0, OPTION_BOOL, NULL, "file:// is fine",
		offsetof(struct values, allow_local)},
	{"into", 0, OPTION_STRING, "dir", "An empty directory of the store",
		offsetof(struct values, into)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Only the commit", offsetof(struct values, quiet)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* A build says with an empty one that there is none. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	return build_git_here(engine, context, job, result, err);
}

static int git_fetch(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct build_git_request request = {
		.url = operands->v[0],
		.into = values->into,
		.token = variable("GIT_AUTH_TOKEN"),
		.header = variable("GIT_AUTH_HEADER"),
		.allow_local = values->allow_local,
	};

	if (!values->into)
		return cli_misused(cli, 1, "git-fetch needs --into");
	return job_run(cli, work, &request, values->quiet, false);
}

const struct command command_git_fetch = {
	.names = {"git-fetch"},
	.usage = "--into DIR URL",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = git_fetch,
};
