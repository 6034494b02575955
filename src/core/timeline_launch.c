/* timeline_launch.c - a launch, from its plan and its clocks (containers/ID/plan and trace). */
#include <stdio.h>

#include "core/timeline.h"
#include "runtime/plan_describe.h"
#include "util/redact.h"

static const char *describe(struct timeline *out, const struct plan *plan, unsigned step,
	void (*how)(const struct plan *, unsigned, struct buf *))
{
	auto_buf text = BUF_INIT, shown = BUF_INIT;

	how(plan, step, &text);
	redact_line(buf_text(&text), &shown);
	return timeline_say(out, "%s", buf_text(&shown));
}

static void add_engine(const struct trace *trace, struct timeline *out)
{
	for (unsigned i = 0; i < TRACE_ENGINE_MAX && trace->engine[i].mark.begin_ns; i++) {
		const struct trace_mark *mark = &trace->engine[i].mark;
		struct timeline_span *span =
			timeline_span(out, TRACE_ENGINE, mark->begin_ns, mark->end_ns);

		span->result = mark->result;
		span->words = timeline_say(out, "%.40s", trace->engine[i].what);
	}
	if (trace->spawned_ns && trace->shim_ns > trace->spawned_ns) {
		struct timeline_span *span =
			timeline_span(out, TRACE_ENGINE, trace->spawned_ns, trace->shim_ns);

		span->words = "start the monitor";
		span->calls = "clone3(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_INTO_CGROUP), "
			      "execveat(davit-shim)";
	}
}

void timeline_steps(const struct plan *plan, const struct trace *trace, unsigned monitor,
	unsigned child, struct timeline *out)
{
	for (unsigned i = 0; i < plan->head->steps; i++) {
		const struct trace_mark *mark = trace ? &trace->step[i] : NULL;
		bool is_child = mark ? mark->lane == TRACE_CHILD : i >= plan_child_at(plan);
		struct timeline_span *span;

		if (mark && !mark->begin_ns)
			continue;
		/* What was never executed has an order, and no clock. */
		span = timeline_span(out, is_child ? child : monitor, mark ? mark->begin_ns : 0,
			mark ? mark->end_ns : 0);
		span->result = mark ? mark->result : 0;
		span->words = describe(out, plan, i, plan_describe_words);
		span->calls = describe(out, plan, i, plan_describe_calls);
	}
}

static void sum_up(const struct trace *trace, struct timeline *out)
{
	uint64_t steps = 0, covered = 0, wall = trace->started_ns - trace->began_ns;

	for (size_t i = 0; i < out->count; i++) {
		const struct timeline_span *span = &out->spans[i];
		uint64_t from = span->from_ns > covered ? span->from_ns : covered;
		uint64_t to = span->to_ns < wall ? span->to_ns : wall;

		steps += to > from ? to - from : 0;
		covered = to > covered ? to : covered;
	}
	out->total_ns = wall;
	out->summary = timeline_say(out,
		"%.1f us from the command to the running process: %.1f us in these steps, "
		"%.1f us between them",
		(double)wall / 1000, (double)steps / 1000, (double)(wall - steps) / 1000);
}

void timeline_of_launch(
	const char *name, const struct plan *plan, const struct trace *trace, struct timeline *out)
{
	strs_add(&out->lanes, "davit");
	strs_add(&out->lanes, "monitor");
	strs_add(&out->lanes, "container");
	out->kind = TIMELINE_LAUNCH;
	out->title = timeline_say(out, "launch of %s", name);
	if (trace)
		add_engine(trace, out);
	timeline_steps(plan, trace, TRACE_SHIM, TRACE_CHILD, out);
	timeline_end(out, trace ? trace->began_ns : 0, trace);
	if (trace && trace->started_ns > trace->began_ns)
		sum_up(trace, out);
	else if (!trace)
		out->summary = "Not started with its clocks on record: this is the plan.";
}
