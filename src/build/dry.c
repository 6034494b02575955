#include "build/dry.h"

#include <errno.h>
#include "build/no_memory.h"
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
	enum build_step_kind kind = work->plan->steps[step].kind;
	struct err unreached;

	if (kind != BUILD_HTTP && kind != BUILD_GIT)
		return work_step(work, step, err);
	/* What a URL has now is only known by fetching it, which a repository that is kept makes
	 * cheap; one that does not answer is no reason to say nothing. */
	if (kind == BUILD_GIT && work_step(work, step, &unreached) == 0)
		return 0;
	work->nodes[step].unknown = true;
	return work_is_canceled(work) ? err_set(err, ECANCELED, "canceled") : 0;
}

/* Whether its sources' files are in the store. */
static bool reads_here(const struct build_work *work, const struct build_step *what)
{
	for (size_t i = 0; i < what->inputs_len; i++)
		if (what->inputs[i] != what->base && !node_is_here(&work->nodes[what->inputs[i]]))
			return false;
	return true;
}

static const char *reason(const struct build_work *work, int step, int after)
{
	const struct build_step *what = &work->plan->steps[step];

	if (what->kind == BUILD_HTTP)
		return "what is there now is only known by fetching it";
	if (what->kind == BUILD_GIT)
		return "it cannot be fetched now";
	if (after != BUILD_NONE)
		return "what it is given has to be made first";
	if (!reads_here(work, what))
		return "what it reads has to be fetched first";
	return what->no_cache ? "it is to be done anew" : recall_reason(work->recall, step);
}

static void tell(const struct build_work *work, int step, int after, struct buf *out)
{
	const struct build_step *what = &work->plan->steps[step];

	if (what->kind == BUILD_IMAGE || what->kind == BUILD_CONTEXT ||
		(what->kind == BUILD_GIT && !work->nodes[step].unknown))
		buf_addf(out, "here    %s\n", what->name);
	else if (work->nodes[step].state == NODE_CACHED && work->nodes[step].where)
		buf_addf(out, "cached  %s\n        at %s\n", what->name, work->nodes[step].where);
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
	return buf_failed(out) ? no_memory(err) : 0;
}
