/* cmd_bring.c - what a build starts to get a file from a URL, or an archive's files: the process
 * that reads them. Says "file" or "archive", and the digest of what came. */
#include "build/build.h"
#include "cli/job.h"

#include <stddef.h>

struct values {
	const char *into, *name, *checksum;
	bool unpack;
};

static const struct option options[] = {
	{"checksum", 0, OPTION_STRING, NULL, "The digest it must have",
		offsetof(struct values, checksum)},
	{"into", 0, OPTION_STRING, "dir", "A directory of the store that is not there yet",
		offsetof(struct values, into)},
	{"name", 0, OPTION_STRING, NULL, "What the file is called", offsetof(struct values, name)},
	{"unpack", 0, OPTION_BOOL, NULL, "If it is an archive", offsetof(struct values, unpack)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	return build_bring_here(engine, context, job, result, err);
}

static int bring(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct build_bring_request request = {
		.url = operands->len ? operands->v[0] : NULL,
		.into = values->into,
		.name = values->name ? values->name : "file",
		.checksum = values->checksum,
		.unpack = values->unpack,
	};

	if (!values->into)
		return cli_misused(cli, 1, "bring needs --into");
	return job_run(cli, work, &request, true, false);
}

const struct command command_bring = {
	.names = {"bring"},
	.usage = "--into DIR [URL]",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.most = 1,
	.values_size = sizeof(struct values),
	.run = bring,
};
