#include "build/dry.h"

#include <errno.h>
#include "build/recall.h"

/* The first input whose result is not known because it would have to be made. */
static int unknown_input(const struct build_work *work, const struct build_step *step)
{
	for (size_t i = 0; i < step->inputs_len; i++)
		if (work->nodes[step->inputs[i]].unknown)
			return step->inputs[i];
	return BUILD_NONE;
}

static int look(struct build_work *work, int step, struct err *err)
{
	switch (work->plan->steps[step].kind) {
	case BUILD_IMAGE:
		return step_image(work, step, err);
	case BUILD_CONTEXT:
		return step_context(work, step, err);
	case BUILD_RUN:
		return step_run_command(work, step, err);
	case BUILD_COPY:
		return step_copy(work, step, err);
	case BUILD_WORKDIR:
		return step_workdir(work, step, err);
	default:
		/* What a URL has now is only known by fetching it. */
		work->nodes[step].unknown = true;
		return 0;
	}
}

static const char *reason(const struct build_work *work, int step, int after)
{
	const struct build_step *what = &work->plan->steps[step];

	if (what->kind == BUILD_HTTP || what->kind == BUILD_GIT)
		return "what is there now is only known by fetching it";
	if (after != BUILD_NONE)
		return "what it is given has to be made first";
	return what->no_cache ? "it is to be done anew" : recall_reason(work->recall, step);
}

static void tell(const struct build_work *work, int step, int after, struct buf *out)
{
	const struct build_step *what = &work->plan->steps[step];

	if (what->kind == BUILD_IMAGE || what->kind == BUILD_CONTEXT)
		buf_addf(out, "here    %s\n", what->name);
	else if (work->nodes[step].state == NODE_CACHED)
		buf_addf(out, "cached  %s\n", what->name);
	else
		buf_addf(out, "to do   %s\n        %s\n", what->name, reason(work, step, after));
}

int dry_run(struct build_work *work, struct buf *out, struct err *err)
{
	work->dry = true;
	for (size_t i = 0; i < work->plan->steps_len; i++) {
		int after = unknown_input(work, &work->plan->steps[i]);

		if (after != BUILD_NONE)
			work->nodes[i].unknown = true;
		else if (look(work, (int)i, err) < 0)
			return err->code;
		tell(work, (int)i, after, out);
	}
	return buf_failed(out) ? err_set(err, ENOMEM, "build: out of memory") : 0;
}
