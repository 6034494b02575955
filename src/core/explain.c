/* explain.c - a launch replayed from its plan and its clocks (containers/ID/plan and trace).
 *
 * Two lanes: what davit did before there was a monitor, and what the monitor and the new process
 * did. The critical path is every moment's step in order; gaps are named too, so that the sum is
 * the wall time and never more. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/engine_own.h"
#include "runtime/plan.h"
#include "runtime/plan_describe.h"
#include "util/own.h"
#include "util/path.h"

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

static int read_trace(struct replay *replay, int own, struct err *err)
{
	const struct trace *trace;

	if (path_read_at(own, "trace", PLAN_SIZE_MAX, &replay->trace_bytes) < 0)
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

static int read_all(struct engine *engine, const char *who, struct replay *replay, struct err *err)
{
	auto_close int own = -1;
	const char *why;
	int step, failed = engine_container(engine, who, &replay->container, err);

	if (failed)
		return failed;
	own = launch_own_dir(engine, replay->container.id, err);
	if (own < 0)
		return own;
	failed = path_read_at(own, "plan", PLAN_SIZE_MAX, &replay->plan_bytes);
	if (failed)
		return err_set(err, failed, "the plan of %s: %s", replay->container.name,
			err_name(failed));
	if (plan_open(replay->plan_bytes.data, replay->plan_bytes.len, &replay->plan, &why, &step) <
		0)
		return err_set(
			err, EPROTO, "the plan of %s is damaged: %s", replay->container.name, why);
	return read_trace(replay, own, err);
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
	auto_buf text = BUF_INIT;

	cJSON_AddStringToObject(to, "op", plan_op_name(plan->steps[step].op));
	plan_describe_words(plan, step, &text);
	cJSON_AddStringToObject(to, "words", buf_text(&text));
	buf_clear(&text);
	plan_describe_calls(plan, step, &text);
	cJSON_AddStringToObject(to, "calls", buf_text(&text));
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

/* ---- as text ---- */

/* Everything that has a clock, in order of its begin. */
struct moment {
	uint64_t begin_ns, end_ns;
	uint32_t lane;
	int32_t result;
	int step; /* of the plan; -1: see what */
	const char *what;
};

static int by_begin(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->begin_ns != y->begin_ns)
		return x->begin_ns < y->begin_ns ? -1 : 1;
	return x->step - y->step;
}

static size_t collect(const struct replay *replay, struct moment *moments)
{
	const struct trace *trace = replay->trace;
	size_t count = 0;

	for (unsigned i = 0; i < TRACE_ENGINE_MAX && trace->engine[i].mark.begin_ns; i++) {
		const struct trace_mark *mark = &trace->engine[i].mark;

		moments[count++] = (struct moment){mark->begin_ns, mark->end_ns, TRACE_ENGINE,
			mark->result, -1, trace->engine[i].what};
	}
	if (trace->spawned_ns && trace->shim_ns > trace->spawned_ns)
		moments[count++] = (struct moment){trace->spawned_ns, trace->shim_ns, TRACE_ENGINE,
			0, -1, "start the monitor"};
	for (unsigned i = 0; i < replay->plan.head->steps; i++) {
		const struct trace_mark *mark = &trace->step[i];

		if (mark->begin_ns)
			moments[count++] = (struct moment){mark->begin_ns, mark->end_ns, mark->lane,
				mark->result, (int)i, NULL};
	}
	qsort(moments, count, sizeof(*moments), by_begin);
	return count;
}

static void cut_line(struct buf *out, size_t from, unsigned columns)
{
	if (columns && out->len - from > columns) {
		out->len = from + columns - 1;
		out->data[out->len] = '\0';
		buf_adds(out, "~");
	}
	buf_addc(out, '\n');
}

static void add_moment(struct buf *out, const struct replay *replay, const struct moment *moment,
	uint64_t critical_ns, unsigned columns)
{
	size_t from = out->len;

	uint64_t took = moment->end_ns > moment->begin_ns ? moment->end_ns - moment->begin_ns : 0;

	buf_addf(out, "%9.1f %8.1f %c %-9s  ", us(moment->begin_ns - replay->trace->began_ns),
		us(took), critical_ns ? '*' : ' ', lane_name(moment->lane));
	if (moment->step < 0)
		buf_adds(out, moment->what);
	else
		plan_describe_words(&replay->plan, (unsigned)moment->step, out);
	if (moment->result < 0)
		buf_addf(out, "  (%s)", err_name(moment->result));
	cut_line(out, from, columns);
}

/* Walks the moments once: time already covered is not counted again, so the sum cannot exceed the
 * wall time. */
static int timeline(const struct replay *replay, unsigned columns, struct buf *out)
{
	size_t room = TRACE_ENGINE_MAX + 1 + replay->plan.head->steps, count;
	auto_free struct moment *moments = calloc(room, sizeof(*moments));
	uint64_t covered, critical = 0, end = replay->trace->started_ns;

	if (!moments)
		return -ENOMEM;
	count = collect(replay, moments);
	covered = replay->trace->began_ns;
	buf_adds(out, " begin us  took us   who        what (* on the critical path)\n");
	for (size_t i = 0; i < count; i++) {
		uint64_t begin = moments[i].begin_ns > covered ? moments[i].begin_ns : covered;
		uint64_t own = moments[i].end_ns > begin && (!end || begin < end)
				       ? moments[i].end_ns - begin
				       : 0;

		add_moment(out, replay, &moments[i], own, columns);
		critical += own;
		if (moments[i].end_ns > covered)
			covered = moments[i].end_ns;
	}
	if (end)
		buf_addf(out,
			"\n%.1f us from the command to the running process: %.1f us in these steps, %.1f us between them\n",
			us(end - replay->trace->began_ns), us(critical),
			us(end - replay->trace->began_ns - critical));
	return 0;
}

int engine_explain_text(
	struct engine *engine, const char *who, unsigned columns, struct buf *out, struct err *err)
{
	__attribute__((cleanup(replay_fini))) struct replay replay = {0};
	int failed = read_all(engine, who, &replay, err);

	if (failed)
		return failed;
	buf_addf(out, "%s (%.12s), %s\n\n", replay.container.name, replay.container.id,
		container_state_name(replay.container.state));
	if (replay.trace) {
		failed = timeline(&replay, columns, out);
	} else {
		buf_adds(out, "Not started yet. The plan:\n\n");
		plan_describe(&replay.plan, out);
	}
	return failed || buf_failed(out) ? err_set(err, ENOMEM, "explain %s: out of memory", who)
					 : 0;
}
