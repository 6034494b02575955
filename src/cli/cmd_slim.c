#include "cli/job.h"
#include "util/strs.h"

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	return engine_slim_here(engine, context, job, result, err);
}

static int slim(struct cli *cli, void *values, const struct operands *operands)
{
	struct strs images = STRS_INIT;
	int code;

	(void)values;
	for (int i = 0; i < operands->len; i++)
		strs_add(&images, operands->v[i]);
	code = job_run(cli, work, &images, true, false);
	strs_fini(&images);
	return code;
}

const struct command command_slim = {
	.names = {"image slim"},
	.usage = "IMAGE [IMAGE...]",
	.summary = "Drop the compressed layers an image came with, and keep what was unpacked",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = -1,
	.run = slim,
};
