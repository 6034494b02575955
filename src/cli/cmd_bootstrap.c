#include "cli/job.h"
#include "util/strs.h"

struct values {
	const char *mirror;
	bool quiet, sync;
};

static const struct option options[] = {
	{"mirror", 0, OPTION_STRING, "url", "Take packages from this mirror",
		offsetof(struct values, mirror)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Suppress verbose output",
		offsetof(struct values, quiet)},
	{"sync", 0, OPTION_BOOL, NULL, "Return only when the image is safe on disk",
		offsetof(struct values, sync)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct work {
	const char *what, *mirror;
};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	const struct work *work = context;

	if (str_eq(work->what, "demo"))
		return engine_demo_here(engine, result, err);
	return engine_bootstrap_here(engine, work->what, work->mirror, job, result, err);
}

static int bootstrap(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct work what = {.what = operands->v[0], .mirror = values->mirror};

	return job_run(cli, work, &what, values->quiet, values->sync);
}

const struct command command_bootstrap = {
	.names = {"image bootstrap"},
	.usage = "[OPTIONS] debian[:SUITE]|demo",
	.summary = "Make a base image from this machine's packages",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = bootstrap,
};
