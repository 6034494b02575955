#include "cli/job.h"

struct values {
	bool all_tags, quiet, tls_verify, sync;
	const char *platform, *progress;
};

static const struct option options[] = {
	{"all-tags", 'a', OPTION_BOOL, NULL, "Download all tagged images in the repository",
		offsetof(struct values, all_tags)},
	{"disable-content-trust", 0, OPTION_LATER, NULL, NULL, 0},
	{"platform", 0, OPTION_STRING, NULL, "Take this platform of an image that has several",
		offsetof(struct values, platform)},
	{"progress", 0, OPTION_STRING, "auto|plain|tty|json",
		"How progress is shown (default auto)", offsetof(struct values, progress)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Suppress verbose output",
		offsetof(struct values, quiet)},
	{"sync", 0, OPTION_BOOL, NULL, "Return only when the image is safe on disk",
		offsetof(struct values, sync)},
	{"tls-verify", 0, OPTION_BOOL, NULL,
		"Require HTTPS and a certificate that verifies (default true)",
		offsetof(struct values, tls_verify)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.tls_verify = true};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	return engine_pull_here(engine, context, job, result, err);
}

static int pull(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct pull_request request = {
		.reference = operands->v[0],
		.platform = values->platform,
		.all_tags = values->all_tags,
		.quiet = values->quiet,
		.insecure = !values->tls_verify,
	};

	const struct job_show show = {
		.progress = values->progress, .quiet = values->quiet, .sync = values->sync};

	return job_run_shown(cli, work, &request, &show);
}

const struct command command_pull = {
	.names = {"pull", "image pull"},
	.usage = "[OPTIONS] NAME[:TAG|@DIGEST]",
	.summary = "Download an image from a registry",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = pull,
};
