#include "cli/job.h"

struct values {
	bool all_tags, quiet, tls_verify;
	const char *compression, *platform, *progress;
};

static const struct option options[] = {
	{"all-tags", 'a', OPTION_BOOL, NULL, "Push all tags of an image to the repository",
		offsetof(struct values, all_tags)},
	{"compression-format", 0, OPTION_STRING, "gzip|zstd",
		"Compress layers that are not compressed yet so (default gzip)",
		offsetof(struct values, compression)},
	{"disable-content-trust", 0, OPTION_LATER, NULL, NULL, 0},
	{"platform", 0, OPTION_STRING, "os[/arch[/variant]]",
		"Push the image only if it is for this platform",
		offsetof(struct values, platform)},
	{"progress", 0, OPTION_STRING, "auto|plain|tty|json",
		"How progress is shown (default auto)", offsetof(struct values, progress)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Suppress verbose output",
		offsetof(struct values, quiet)},
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
	return engine_push_here(engine, context, job, result, err);
}

static int push(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	const struct push_request request = {
		.reference = operands->v[0],
		.compression = values->compression,
		.platform = values->platform,
		.all_tags = values->all_tags,
		.quiet = values->quiet,
		.insecure = !values->tls_verify,
	};

	const struct job_show show = {.progress = values->progress, .quiet = values->quiet};

	return job_run_shown(cli, work, &request, &show);
}

const struct command command_push = {
	.names = {"push", "image push"},
	.usage = "[OPTIONS] NAME[:TAG]",
	.summary = "Upload an image to a registry",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = push,
};
