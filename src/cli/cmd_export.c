#include <unistd.h>

#include "cli/job.h"
#include "util/strs.h"

struct values {
	const char *output;
};

static const struct option options[] = {
	{"output", 'o', OPTION_STRING, NULL, "Write to a file, instead of STDOUT",
		offsetof(struct values, output)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct exporting {
	const char *who, *path;
};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	const struct exporting *exporting = context;

	(void)result;
	return engine_export_here(engine, exporting->who, exporting->path, job, err);
}

static int export(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct exporting exporting = {
		.who = operands->v[0],
		.path = str_eq(values->output, "-") ? NULL : values->output,
	};

	if (!exporting.path && isatty(STDOUT_FILENO)) {
		cli_say("cowardly refusing to save to a terminal. Use the -o flag or redirect");
		return 1;
	}
	return job_run(cli, work, &exporting, true, false);
}

const struct command command_export = {
	.names = {"export", "container export"},
	.usage = "[OPTIONS] CONTAINER",
	.summary = "Export a container's filesystem as a tar archive",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = export,
};
