#include <unistd.h>

#include "cli/job.h"
#include "util/strs.h"

struct values {
	const char *input, *platform;
	bool quiet, sync;
};

static const struct option options[] = {
	{"input", 'i', OPTION_STRING, NULL, "Read from tar archive file, instead of STDIN",
		offsetof(struct values, input)},
	{"platform", 0, OPTION_STRING, NULL, "Load only the given platform(s)",
		offsetof(struct values, platform)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Suppress the load output",
		offsetof(struct values, quiet)},
	{"sync", 0, OPTION_BOOL, NULL, "Return only when the images are safe on disk",
		offsetof(struct values, sync)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct loading {
	const char *path, *platform;
};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	const struct loading *loading = context;

	return engine_load_here(engine, loading->path, loading->platform, job, result, err);
}

static int load(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct loading loading = {
		str_eq(values->input, "-") ? NULL : values->input, values->platform};

	(void)operands;
	if (!loading.path && isatty(STDIN_FILENO)) {
		cli_say("requested load from stdin, but stdin is empty");
		return 1;
	}
	return job_run(cli, work, &loading, values->quiet, values->sync);
}

const struct command command_load = {
	.names = {"load", "image load"},
	.usage = "[OPTIONS]",
	.summary = "Load an image from a tar archive or STDIN",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 0,
	.values_size = sizeof(struct values),
	.run = load,
};
