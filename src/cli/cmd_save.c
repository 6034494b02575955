#include <unistd.h>

#include "cli/job.h"
#include "util/strs.h"

struct values {
	const char *output, *platform;
};

static const struct option options[] = {
	{"output", 'o', OPTION_STRING, NULL, "Write to a file, instead of STDOUT",
		offsetof(struct values, output)},
	{"platform", 0, OPTION_STRING, NULL, "Save only the given platform(s)",
		offsetof(struct values, platform)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct saving {
	struct strs images;
	const char *path, *platform;
};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	const struct saving *saving = context;

	(void)result;
	return engine_save_here(engine, &saving->images, saving->path, saving->platform, job, err);
}

static int save(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct saving saving = {.path = str_eq(values->output, "-") ? NULL : values->output,
		.platform = values->platform};
	int code;

	if (!saving.path && isatty(STDOUT_FILENO)) {
		cli_say("cowardly refusing to save to a terminal. Use the -o flag or redirect");
		return 1;
	}
	for (int i = 0; i < operands->len; i++)
		strs_add(&saving.images, operands->v[i]);
	code = job_run(cli, work, &saving, true, false);
	strs_fini(&saving.images);
	return code;
}

const struct command command_save = {
	.names = {"save", "image save"},
	.usage = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Save one or more images to a tar archive (streamed to STDOUT by default)",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = save,
};
