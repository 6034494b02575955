/* exec.c - who does which step when. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "build/no_memory.h"
#include "build/work.h"
#include "core/fact.h"
#include "core/timing.h"
#include "util/json_text.h"
#include "util/own.h"

enum { WORKERS_MAX = 16 };

bool work_is_canceled(const struct build_work *work)
{
	return work->canceled && atomic_load(work->canceled);
}

struct timespec work_time(const struct build_work *work)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_nsec = 0;
	if (now.tv_sec > work->latest)
		now.tv_sec = work->latest;
	return now;
}

/* ---- telling ---- */

static void fill_event(const struct build_work *work, int step, struct build_event *event)
{
	const struct build_step *what = &work->plan->steps[step];
	const struct node *node = &work->nodes[step];

	event->name = what->name;
	event->digest = what->key;
	event->stage = what->stage < 0 ? 0 : (unsigned)what->stage;
	event->line = what->place.first;
	event->inputs = what->inputs;
	event->inputs_len = what->inputs_len;
	if (node->ended_ns)
		event->took_ns = node->ended_ns - node->began_ns;
}

static void tell(
	struct build_work *work, int step, enum build_event_kind kind, const char *text, size_t len)
{
	struct build_event event = {.kind = kind,
		.step = step,
		.time_ns = timing_wall(),
		.text = text,
		.text_len = len};

	if (!work->on_event)
		return;
	if (step >= 0)
		fill_event(work, step, &event);
	work->on_event(work->arg, &event);
}

void work_tell(
	struct build_work *work, int step, enum build_event_kind kind, const char *text, size_t len)
{
	pthread_mutex_lock(&work->lock);
	tell(work, step, kind, text, len);
	pthread_mutex_unlock(&work->lock);
}

/* ---- facts ---- */

static void put_fact(struct build_work *work, int step, const char *begin, uint64_t from_ns,
	uint64_t to_ns, const char *rest)
{
	uint64_t now = timing_now();
	auto_buf line = BUF_INIT;

	buf_addf(&line,
		"%s\"at\":%" PRIu64 ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",\"step\":%d,%s}",
		begin, (timing_wall() - (now - from_ns)) / 1000, from_ns, to_ns, step, rest);
	tell(work, step, BUILD_EVENT_FACT, buf_text(&line), line.len);
}

void work_fact(struct build_work *work, int step, uint64_t from_ns, const char *fmt, ...)
{
	char rest[600];
	uint64_t now = timing_now();
	va_list args;
	int len;

	if (!work->facts)
		return;
	va_start(args, fmt);
	len = vsnprintf(rest, sizeof(rest), fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(rest))
		return; /* half of it would be no fact */
	pthread_mutex_lock(&work->lock);
	put_fact(work, step, "{", from_ns, now, rest);
	pthread_mutex_unlock(&work->lock);
}

void work_fact_begun(struct build_work *work, int step, const char *what)
{
	uint64_t now = timing_now();
	char rest[80];

	if (!work->facts)
		return;
	snprintf(rest, sizeof(rest), "\"fact\":\"%s\"", what);
	pthread_mutex_lock(&work->lock);
	put_fact(work, step, "{\"so_far\":1,", now, now, rest);
	pthread_mutex_unlock(&work->lock);
}

/* Of the whole step, with the lock held: when it begins, and again when it ends. */
static void step_fact(struct build_work *work, int step, const char *state)
{
	const struct node *node = &work->nodes[step];
	uint64_t to = node->ended_ns ? node->ended_ns : node->began_ns;
	auto_buf rest = BUF_INIT;

	if (!work->facts)
		return;
	buf_addf(&rest, "\"fact\":\"step\",\"state\":\"%s\",\"line\":%d,\"name\":", state,
		work->plan->steps[step].place.first);
	json_put_text(&rest, work->plan->steps[step].name);
	put_fact(work, step, node->ended_ns ? "{" : "{\"so_far\":1,", node->began_ns, to,
		buf_text(&rest));
}

/* Where others' steps are remembered is shared: under the lock. */
static void say_why(struct build_work *work, int step, const char *why)
{
	auto_buf quoted = BUF_INIT;

	json_put_text(&quoted, why);
	work_fact(work, step, timing_now(), "\"fact\":\"why\",\"text\":%.400s", buf_text(&quoted));
}

void work_tell_why(struct build_work *work, int step)
{
	const char *why = "it is to be done anew";

	if (!work->on_event || work->dry)
		return;
	pthread_mutex_lock(&work->lock);
	if (!work->plan->steps[step].no_cache)
		why = recall_reason(work->recall, step);
	tell(work, step, BUILD_EVENT_WHY, why, strlen(why));
	pthread_mutex_unlock(&work->lock);
	say_why(work, step, why);
}

/* ---- one step ---- */

int work_step(struct build_work *work, int step, struct err *err)
{
	switch (work->plan->steps[step].kind) {
	case BUILD_IMAGE:
		return step_image(work, step, err);
	case BUILD_CONTEXT:
		return step_context(work, step, err);
	case BUILD_HTTP:
		return step_http(work, step, err);
	case BUILD_GIT:
		return step_git(work, step, err);
	case BUILD_RUN:
		return step_run_command(work, step, err);
	case BUILD_COPY:
		return step_copy(work, step, err);
	case BUILD_WORKDIR:
		return step_workdir(work, step, err);
	}
	return err_set(err, ENOTSUP, "build: a step of a kind that is not known");
}

static void end_step(struct build_work *work, int step, int failed)
{
	struct node *node = &work->nodes[step];

	node->ended_ns = timing_now();
	step_fact(work, step, failed ? "failed" : node->state == NODE_CACHED ? "cached" : "done");
	if (!failed) {
		bool cached = node->state == NODE_CACHED;

		node->state = cached ? NODE_CACHED : NODE_DONE;
		tell(work, step, cached ? BUILD_EVENT_CACHED : BUILD_EVENT_DONE, NULL, 0);
		return;
	}
	atomic_store(&work->stop, true);
	work->stale |= failed == -EREMCHG;
	if (failed == -ECANCELED || failed == -EREMCHG) {
		node->state = NODE_LEFT;
		tell(work, step, BUILD_EVENT_LEFT, NULL, 0);
		return;
	}
	node->state = NODE_FAILED;
	if (work->failed_step == BUILD_NONE)
		work->failed_step = step;
	tell(work, step, BUILD_EVENT_FAILED, node->err.text, strlen(node->err.text));
}

/* ---- the workers ---- */

static bool is_done(const struct node *node)
{
	return node->state == NODE_DONE || node->state == NODE_CACHED;
}

static bool is_ready(const struct build_work *work, int step)
{
	const struct build_step *what = &work->plan->steps[step];

	if (work->nodes[step].state != NODE_WAITING)
		return false;
	for (size_t i = 0; i < what->inputs_len; i++)
		if (!is_done(&work->nodes[what->inputs[i]]))
			return false;
	return true;
}

/* BUILD_NONE: nothing now; *more: but there may be later. */
static int next_step(const struct build_work *work, bool *more)
{
	*more = false;
	for (size_t i = 0; i < work->plan->steps_len; i++) {
		if (is_ready(work, (int)i))
			return (int)i;
		*more = *more || work->nodes[i].state == NODE_RUNNING;
	}
	return BUILD_NONE;
}

static void take_step(struct build_work *work, int step)
{
	struct node *node = &work->nodes[step];
	int failed;

	node->state = NODE_RUNNING;
	node->began_ns = timing_now();
	tell(work, step, BUILD_EVENT_STARTED, NULL, 0);
	step_fact(work, step, "running");
	pthread_mutex_unlock(&work->lock);
	failed = work_step(work, step, &node->err);
	pthread_mutex_lock(&work->lock);
	end_step(work, step, failed);
	pthread_cond_broadcast(&work->moved);
}

static void *do_steps(void *arg)
{
	struct build_work *work = arg;

	pthread_mutex_lock(&work->lock);
	for (;;) {
		bool more = false;
		int step;

		if (work_is_canceled(work))
			atomic_store(&work->stop, true);
		step = atomic_load(&work->stop) ? BUILD_NONE : next_step(work, &more);
		if (step != BUILD_NONE)
			take_step(work, step);
		else if (atomic_load(&work->stop) || !more)
			break;
		else
			pthread_cond_wait(&work->moved, &work->lock);
	}
	pthread_mutex_unlock(&work->lock);
	return NULL;
}

static unsigned count_workers(const struct build_work *work)
{
	long there = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n =
		work->request->workers ? work->request->workers : (unsigned)(there < 2 ? 2 : there);

	return n > WORKERS_MAX ? WORKERS_MAX : n;
}

static void announce(struct build_work *work)
{
	for (size_t i = 0; i < work->plan->steps_len; i++)
		work_tell(work, (int)i, BUILD_EVENT_PLAN, NULL, 0);
}

/* Nobody comes back to what was not begun. */
static void leave_the_rest(struct build_work *work)
{
	for (size_t i = 0; i < work->plan->steps_len; i++)
		if (work->nodes[i].state == NODE_WAITING)
			work->nodes[i].state = NODE_LEFT;
}

/* Of steps after others: what a step needs comes before it. */
static void mark_needed(const struct build_work *work, int step, bool *needed)
{
	const struct build_step *what = &work->plan->steps[step];

	if (needed[step])
		return;
	needed[step] = true;
	for (size_t i = 0; i < what->inputs_len; i++)
		mark_needed(work, what->inputs[i], needed);
}

int work_stop_before(struct build_work *work, int step, struct err *err)
{
	auto_free bool *needed = calloc(work->plan->steps_len + 1, sizeof(*needed));
	int base = work->plan->steps[step].base;

	if (!needed)
		return no_memory(err);
	if (base != BUILD_NONE)
		mark_needed(work, base, needed);
	for (size_t i = 0; i < work->plan->steps_len; i++)
		if (!needed[i])
			work->nodes[i].state = NODE_LEFT;
	return 0;
}

int work_run(struct build_work *work, struct err *err)
{
	pthread_t threads[WORKERS_MAX];
	unsigned n = count_workers(work), started = 0;

	work->facts = work->on_event && facts_are_wanted() && !work->dry;
	if (!work->stale)
		announce(work);
	work->stale = false;
	/* One more is this thread itself. */
	while (started + 1 < n && !pthread_create(&threads[started], NULL, do_steps, work))
		started++;
	do_steps(work);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	leave_the_rest(work);
	if (work->failed_step != BUILD_NONE) {
		*err = work->nodes[work->failed_step].err;
		return err->code;
	}
	if (work_is_canceled(work))
		return err_set(err, ECANCELED, "canceled");
	return work->stale ? err_set(err, EREMCHG, "cache: it does not have what it promised") : 0;
}
