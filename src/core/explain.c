/* explain.c - a launch replayed from its plan and its clocks (containers/ID/plan, or launched where
 * an update has changed that since, and trace): as it was executed, step by step, and as a
 * timeline. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/engine_own.h"
#include "core/timelines.h"
#include "runtime/plan.h"
#include "runtime/plan_describe.h"
#include "util/own.h"
#include "util/path.h"
#include "util/redact.h"

struct replay {
	struct container container;
	struct buf plan_bytes, trace_bytes;
	struct plan plan;
	const struct trace *trace;
};

static void replay_fini(struct replay *replay)
{
	buf_fini(&replay->plan_bytes);
	buf_fini(&replay->trace_bytes);
}

static int read_trace(struct replay *replay, int own, const char *name, struct err *err)
{
	const struct trace *trace;

	if (path_read_at(own, name, PLAN_SIZE_MAX, &replay->trace_bytes) < 0)
		return 0; /* never started: the plan alone is worth showing */
	trace = (const struct trace *)replay->trace_bytes.data;
	if (replay->trace_bytes.len < sizeof(*trace) ||
		memcmp(trace->magic, TRACE_MAGIC, sizeof(trace->magic)) != 0 ||
		trace->steps != replay->plan.head->steps ||
		replay->trace_bytes.len < trace_size(trace->steps))
		return err_set(err, EPROTO, "the clocks of %s do not belong to its plan",
			replay->container.name);
	replay->trace = trace;
	return 0;
}

/* The plan that was executed last. */
static int read_plan(struct replay *replay, int own, struct err *err)
{
	const char *why;
	int step, failed;

	failed = path_read_at(own, "launched", PLAN_SIZE_MAX, &replay->plan_bytes);
	if (failed == -ENOENT)
		failed = path_read_at(own, "plan", PLAN_SIZE_MAX, &replay->plan_bytes);
	if (failed)
		return err_set(err, failed, "the plan of %s: %s", replay->container.name,
			err_name(failed));
	if (plan_open(replay->plan_bytes.data, replay->plan_bytes.len, &replay->plan, &why, &step) <
		0)
		return err_set(
			err, EPROTO, "the plan of %s is damaged: %s", replay->container.name, why);
	return 0;
}

static int read_all(struct engine *engine, const char *who, struct replay *replay, struct err *err)
{
	auto_close int own = -1;
	int failed = engine_container(engine, who, &replay->container, err);

	if (failed)
		return failed;
	own = launch_own_dir(engine, replay->container.id, err);
	if (own < 0)
		return own;
	failed = read_plan(replay, own, err);
	return failed ? failed : read_trace(replay, own, "trace", err);
}

static const char *lane_name(uint32_t lane)
{
	static const char *const names[] = {
		[TRACE_ENGINE] = "davit", [TRACE_SHIM] = "monitor", [TRACE_CHILD] = "container"};

	return lane < array_len(names) ? names[lane] : "?";
}

static double us(uint64_t ns)
{
	return (double)ns / 1000.0;
}

/* ---- as JSON ---- */

static void add_mark(cJSON *to, const struct replay *replay, const struct trace_mark *mark)
{
	if (!mark || !mark->begin_ns)
		return;
	cJSON_AddStringToObject(to, "lane", lane_name(mark->lane));
	cJSON_AddNumberToObject(to, "begin_us", us(mark->begin_ns - replay->trace->began_ns));
	cJSON_AddNumberToObject(to, "took_us",
		us(mark->end_ns > mark->begin_ns ? mark->end_ns - mark->begin_ns : 0));
	cJSON_AddNumberToObject(to, "result", mark->result);
}

static void add_described(cJSON *to, const struct plan *plan, unsigned step)
{
	auto_buf text = BUF_INIT, words = BUF_INIT, calls = BUF_INIT;

	cJSON_AddStringToObject(to, "op", plan_op_name(plan->steps[step].op));
	plan_describe_words(plan, step, &text);
	redact_line(buf_text(&text), &words);
	cJSON_AddStringToObject(to, "words", buf_text(&words));
	buf_clear(&text);
	plan_describe_calls(plan, step, &text);
	redact_line(buf_text(&text), &calls);
	cJSON_AddStringToObject(to, "calls", buf_text(&calls));
}

static cJSON *to_json(const struct replay *replay)
{
	cJSON *object = cJSON_CreateObject(), *engine = cJSON_CreateArray(),
	      *steps = cJSON_CreateArray();
	const struct trace *trace = replay->trace;

	cJSON_AddStringToObject(object, "id", replay->container.id);
	cJSON_AddStringToObject(object, "name", replay->container.name);
	cJSON_AddBoolToObject(object, "started", trace != NULL);
	if (trace && trace->started_ns)
		cJSON_AddNumberToObject(
			object, "total_us", us(trace->started_ns - trace->began_ns));
	for (unsigned i = 0; trace && i < TRACE_ENGINE_MAX && trace->engine[i].mark.begin_ns; i++) {
		cJSON *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "words", trace->engine[i].what);
		add_mark(item, replay, &trace->engine[i].mark);
		cJSON_AddItemToArray(engine, item);
	}
	for (unsigned i = 0; i < replay->plan.head->steps; i++) {
		cJSON *item = cJSON_CreateObject();

		add_described(item, &replay->plan, i);
		add_mark(item, replay, trace ? &trace->step[i] : NULL);
		cJSON_AddItemToArray(steps, item);
	}
	cJSON_AddItemToObject(object, "engine", engine);
	cJSON_AddItemToObject(object, "steps", steps);
	return object;
}

int engine_explain(struct engine *engine, const char *who, struct cJSON **out, struct err *err)
{
	__attribute__((cleanup(replay_fini))) struct replay replay = {0};
	int failed = read_all(engine, who, &replay, err);

	if (!failed)
		*out = to_json(&replay);
	return failed;
}

int explain_launch(struct engine *engine, const char *who, struct timeline *out, struct err *err)
{
	__attribute__((cleanup(replay_fini))) struct replay replay = {0};
	int failed = read_all(engine, who, &replay, err);

	if (!failed)
		timeline_of_launch(replay.container.name, &replay.plan, replay.trace, out);
	return failed;
}

bool explain_restart(
	int own, struct timeline_subject *subject, const struct facts *facts, struct timeline *out)
{
	__attribute__((cleanup(replay_fini))) struct replay replay = {0};
	struct err ignored;

	/* Without them a restart is one span. */
	if (read_plan(&replay, own, &ignored) == 0 &&
		read_trace(&replay, own, "trace.again", &ignored) == 0 && replay.trace) {
		subject->plan = &replay.plan;
		subject->again = replay.trace;
	}
	return timeline_of_restart(subject, facts, out);
}
