#include "build/dry.h"

#include <errno.h>
#include <stdlib.h>

#include "build/call.h"
#include "build/recall.h"
#include "util/own.h"

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

static struct call_step judge(const struct build_work *work, int step, int after)
{
	const struct build_step *what = &work->plan->steps[step];
	const struct node *node = &work->nodes[step];

	if (node->state == NODE_CACHED)
		return (struct call_step){.state = CALL_CACHED};
	if (what->kind == BUILD_IMAGE || what->kind == BUILD_CONTEXT)
		return (struct call_step){.state = CALL_UNKNOWN};
	if (what->kind == BUILD_HTTP || what->kind == BUILD_GIT)
		return (struct call_step){
			CALL_TO_DO, "what is there now is only known by fetching it"};
	if (after != BUILD_NONE)
		return (struct call_step){CALL_TO_DO, "what it is given has to be made first"};
	if (what->no_cache)
		return (struct call_step){CALL_TO_DO, "it is to be done anew"};
	return (struct call_step){CALL_TO_DO, recall_reason(work->recall, step)};
}

static int look_at_all(struct build_work *work, struct call_step *states, struct err *err)
{
	for (size_t i = 0; i < work->plan->steps_len; i++) {
		int after = unknown_input(work, &work->plan->steps[i]);

		if (after != BUILD_NONE)
			work->nodes[i].unknown = true;
		else if (look(work, (int)i, err) < 0)
			return err->code;
		states[i] = judge(work, (int)i, after);
	}
	return 0;
}

int dry_run(struct build_work *work, struct buf *out, struct err *err)
{
	auto_free struct call_step *states = calloc(work->plan->steps_len + 1, sizeof(*states));

	if (!states)
		return err_set(err, ENOMEM, "build: out of memory");
	work->dry = true;
	if (look_at_all(work, states, err) < 0)
		return err->code;
	call_dry_run(work->plan, states, out);
	return buf_failed(out) ? err_set(err, ENOMEM, "build: out of memory") : 0;
}
