#include <unistd.h>

#include "cli/job.h"
#include "util/strs.h"

struct values {
	struct strs changes;
	const char *message, *platform;
};

static const struct option options[] = {
	{"change", 'c', OPTION_LIST, NULL, "Apply Dockerfile instruction to the created image",
		offsetof(struct values, changes)},
	{"message", 'm', OPTION_STRING, NULL, "Set commit message for imported image",
		offsetof(struct values, message)},
	{"platform", 0, OPTION_STRING, NULL, "Set platform if server is multi-platform capable",
		offsetof(struct values, platform)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	return engine_import_here(engine, context, job, result, err);
}

static int import(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct import_request request = {
		.source = operands->v[0],
		.reference = operands->len > 1 ? operands->v[1] : NULL,
		.message = values->message,
		.platform = values->platform,
		.changes = values->changes,
	};

	if (str_eq(request.source, "-") && isatty(STDIN_FILENO)) {
		cli_say("requested import from stdin, but stdin is a terminal");
		return 1;
	}
	return job_run(cli, work, &request, true, false);
}

const struct command command_import = {
	.names = {"import", "image import"},
	.usage = "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
	.summary = "Import the contents from a tarball to create a filesystem image",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 2,
	.values_size = sizeof(struct values),
	.run = import,
};
