#include "cli/build_view.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/build_json.h"
#include "cli/build_steps.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/units.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/strs.h"

enum { FRAME_MS = 100, LAST_LINES = 20 };

struct build_view {
	enum build_view_kind kind;
	struct build_steps steps;
	struct build_picture picture; /* tty */
	struct build_json *json;      /* json */
	pthread_mutex_t lock;
	pthread_cond_t over;
	pthread_t painter;
	bool paints, ended;
	int shown; /* plain: the step whose lines stand last; -1: none */
	unsigned numbers;
};

int build_view_kind(const char *word, enum build_view_kind *out, struct err *err)
{
	static const struct {
		const char *word;
		enum build_view_kind kind;
	} words[] = {{"auto", BUILD_VIEW_AUTO}, {"plain", BUILD_VIEW_PLAIN},
		{"tty", BUILD_VIEW_TTY}, {"json", BUILD_VIEW_JSON}, {"rawjson", BUILD_VIEW_JSON},
		{"quiet", BUILD_VIEW_QUIET}};

	for (size_t i = 0; i < array_len(words); i++)
		if (str_eq(word, words[i].word)) {
			*out = words[i].kind;
			return 0;
		}
	return err_set(err, EINVAL,
		"invalid progress mode %.50s: it is one of auto, plain, tty, json and quiet", word);
}

/* ---- plain ---- */

static void put(struct buf *out)
{
	output_write(STDERR_FILENO, buf_text(out), out->len);
}

/* Another step's lines come: the one before goes on later. */
static void turn_to(struct build_view *view, struct buf *out, int step)
{
	const struct build_step_view *before = build_steps_at(&view->steps, view->shown);

	if (view->shown == step)
		return;
	if (before && before->state == BUILD_STATE_RUNNING)
		buf_addf(out, "#%u ...\n\n", before->number);
	view->shown = step;
}

static void put_name(struct build_view *view, struct buf *out, struct build_step_view *step)
{
	if (!step->number)
		step->number = ++view->numbers;
	buf_addf(out, "#%u %s\n", step->number, step->name);
}

static void put_lines(
	struct buf *out, const struct build_step_view *step, const struct build_event *event)
{
	double since = (double)(event->time_ns - step->began_ns) / 1e9;

	for (const char *at = event->text, *end = at + event->text_len; at < end;) {
		const char *line = memchr(at, '\n', (size_t)(end - at));
		size_t len = line ? (size_t)(line - at) : (size_t)(end - at);

		buf_addf(out, "#%u %.3f ", step->number, since);
		buf_add(out, at, len);
		buf_addc(out, '\n');
		at += len + 1;
	}
}

static void plain_step(struct build_view *view, struct buf *out, struct build_step_view *step,
	const struct build_event *event)
{
	switch (event->kind) {
	case BUILD_EVENT_STARTED:
		/* What is known already says so in one go. */
		return;
	case BUILD_EVENT_CACHED:
		put_name(view, out, step);
		buf_addf(out, "#%u CACHED\n\n", step->number);
		view->shown = -1;
		return;
	case BUILD_EVENT_DONE:
		if (!step->number)
			put_name(view, out, step);
		buf_addf(out, "#%u DONE %.1fs\n\n", step->number, (double)event->took_ns / 1e9);
		view->shown = -1;
		return;
	case BUILD_EVENT_FAILED:
		if (!step->number)
			put_name(view, out, step);
		buf_addf(out, "#%u ERROR: %.*s\n", step->number, (int)event->text_len, event->text);
		view->shown = -1;
		return;
	case BUILD_EVENT_LEFT:
		if (step->number)
			buf_addf(out, "#%u CANCELED\n\n", step->number);
		return;
	case BUILD_EVENT_OUTPUT:
		if (!step->number || view->shown != event->step)
			put_name(view, out, step);
		put_lines(out, step, event);
		view->shown = event->step;
		return;
	default:
		return;
	}
}

static void plain(struct build_view *view, const struct build_event *event)
{
	struct build_step_view *step = build_steps_at(&view->steps, event->step);
	auto_buf out = BUF_INIT;

	if (step) {
		if (event->kind != BUILD_EVENT_PLAN && event->kind != BUILD_EVENT_STARTED)
			turn_to(view, &out, event->step);
		plain_step(view, &out, step, event);
	} else if (event->kind == BUILD_EVENT_WARNING) {
		buf_addf(&out, "WARN: %.*s\n", (int)event->text_len, event->text);
	} else if (event->kind == BUILD_EVENT_NOTE) {
		buf_addf(&out, "#0 %.*s\n", (int)event->text_len, event->text);
	}
	if (out.len)
		put(&out);
}

/* ---- a terminal ---- */

static void *paint(void *arg)
{
	struct build_view *view = arg;

	pthread_mutex_lock(&view->lock);
	while (!view->ended) {
		struct timespec until;

		build_picture_draw(&view->picture, &view->steps, false);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += FRAME_MS * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&view->over, &view->lock, &until);
	}
	pthread_mutex_unlock(&view->lock);
	return NULL;
}

/* ---- all ---- */

struct build_view *build_view_new(enum build_view_kind kind, bool brief)
{
	struct build_view *view = calloc(1, sizeof(*view));
	pthread_condattr_t clock;

	if (!view)
		return NULL;
	if (kind == BUILD_VIEW_AUTO)
		kind = isatty(STDERR_FILENO) && !str_eq(getenv("TERM"), "dumb") ? BUILD_VIEW_TTY
										: BUILD_VIEW_PLAIN;
	view->kind = kind;
	view->shown = -1;
	if (kind == BUILD_VIEW_JSON && !(view->json = build_json_new(STDERR_FILENO, brief))) {
		free(view);
		return NULL;
	}
	pthread_mutex_init(&view->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&view->over, &clock);
	pthread_condattr_destroy(&clock);
	build_picture_init(&view->picture);
	return view;
}

/* The painter begins with the first event: the build has entered its namespace by then. */
static void begin_painting(struct build_view *view)
{
	if (view->kind == BUILD_VIEW_TTY && !view->paints)
		view->paints = !pthread_create(&view->painter, NULL, paint, view);
}

void build_view_event(void *arg, const struct build_event *event)
{
	struct build_view *view = arg;

	pthread_mutex_lock(&view->lock);
	build_steps_take(&view->steps, event);
	if (view->kind == BUILD_VIEW_PLAIN)
		plain(view, event);
	else if (view->kind == BUILD_VIEW_JSON)
		build_json_event(view->json, event);
	else if (event->kind == BUILD_EVENT_PLAN)
		begin_painting(view);
	pthread_mutex_unlock(&view->lock);
}

/* What the failed step said last, in its frame. */
static void show_failure(struct build_view *view)
{
	const struct build_step_view *step = build_steps_failed(&view->steps);
	auto_buf out = BUF_INIT;

	if (!step || !step->tail_len)
		return;
	buf_addf(&out, "------\n > %s:\n", step->name);
	build_step_tail(step, LAST_LINES, &out);
	buf_adds(&out, "------\n");
	put(&out);
}

void build_view_end(
	struct build_view *view, const struct build_result *result, const struct err *err)
{
	pthread_mutex_lock(&view->lock);
	view->ended = true;
	pthread_cond_broadcast(&view->over);
	pthread_mutex_unlock(&view->lock);
	if (view->paints)
		pthread_join(view->painter, NULL);
	view->paints = false;
	if (view->kind == BUILD_VIEW_TTY)
		build_picture_draw(&view->picture, &view->steps, true);
	if (view->json)
		build_json_end(view->json, result, err);
	else if (err)
		show_failure(view);
}

void build_view_free(struct build_view *view)
{
	if (!view)
		return;
	build_json_free(view->json);
	build_steps_fini(&view->steps);
	pthread_mutex_destroy(&view->lock);
	pthread_cond_destroy(&view->over);
	free(view);
}
