#include "core/monitors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lifecycle.h"
#include "core/policy.h"
#include "core/process.h"
#include "util/own.h"

enum {
	SOON_MS = 50,      /* a monitor writes its name a moment after its birth */
	SELDOM_MS = 30000, /* what was killed without having been a monitor: nobody tells of it */
};

struct watched {
	struct monitors *monitors;
	uv_poll_t poll;
	int pidfd;
	unsigned number;
	struct row_process shim;
};

struct monitors {
	struct engine *engine;
	const struct monitors_events *events;
	void *arg;
	struct follower *follower;
	uv_timer_t look;
	struct watched **of; /* by row number; NULL: nobody */
	unsigned room;
	unsigned handles; /* not closed yet */
	bool is_closing, is_soon;
};

static void look(struct monitors *monitors);

static void one_less(struct monitors *monitors)
{
	if (--monitors->handles)
		return;
	monitors->events->closed(monitors->arg);
	free(monitors->of);
	free(monitors);
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct watched *watched = container_of((uv_poll_t *)handle, struct watched, poll);
	struct monitors *monitors = watched->monitors;

	close(watched->pidfd);
	free(watched);
	one_less(monitors);
}

static void let_go(struct monitors *monitors, unsigned number)
{
	struct watched *watched = monitors->of[number];

	monitors->of[number] = NULL;
	if (watched)
		uv_close((uv_handle_t *)&watched->poll, on_poll_closed);
}

static void on_look(uv_timer_t *timer)
{
	look(container_of(timer, struct monitors, look));
}

static void look_soon(struct monitors *monitors)
{
	if (monitors->is_closing || monitors->is_soon)
		return;
	monitors->is_soon = true;
	uv_timer_start(&monitors->look, on_look, SOON_MS, SELDOM_MS);
}

/* ---- one row ---- */

static void say(struct monitors *monitors, const struct buf *report)
{
	const char *text = buf_text(report), *end;
	char line[400];

	for (; (end = strchr(text, '\n')); text = end + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		monitors->events->said(monitors->arg, line);
	}
}

static bool is_up(const struct row *row)
{
	return row->use == ROW_USED && row_is_monitored(row);
}

/* Whoever noticed first may have been somebody else: a ps repairs too, and starts nothing. */
static void monitor_is_gone(struct monitors *monitors, unsigned number)
{
	auto_buf report = BUF_INIT;
	struct row row;

	if (roster_read(monitors->engine->roster, number, &row) < 0)
		return;
	if (is_up(&row) && !process_is_alive(&row.state.shim)) {
		lifecycle_repair(monitors->engine, number, &row, &report);
		say(monitors, &report);
		if (roster_read(monitors->engine->roster, number, &row) < 0)
			return;
	}
	if (policy_wants_restart(&row))
		monitors->events->lost(monitors->arg, &row);
	look_soon(monitors);
}

static void on_gone(uv_poll_t *poll, int status, int events)
{
	struct watched *watched = container_of(poll, struct watched, poll);
	struct monitors *monitors = watched->monitors;
	unsigned number = watched->number;

	(void)status;
	(void)events;
	let_go(monitors, number);
	monitor_is_gone(monitors, number);
}

static bool make_room(struct monitors *monitors, unsigned number)
{
	unsigned room = number + 64;
	struct watched **grown;

	if (number < monitors->room)
		return true;
	grown = realloc(monitors->of, room * sizeof(struct watched *));
	if (!grown)
		return false;
	memset(grown + monitors->room, 0, (room - monitors->room) * sizeof(struct watched *));
	monitors->of = grown;
	monitors->room = room;
	return true;
}

static void watch(struct monitors *monitors, unsigned number, const struct row_process *shim)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	if (!watched)
		return;
	*watched = (struct watched){.monitors = monitors, .number = number, .shim = *shim};
	watched->pidfd = process_open(shim);
	if (watched->pidfd < 0) {
		free(watched);
		monitor_is_gone(monitors, number);
		return;
	}
	uv_poll_init(monitors->engine->loop, &watched->poll, watched->pidfd);
	uv_poll_start(&watched->poll, UV_READABLE, on_gone);
	monitors->of[number] = watched;
	monitors->handles++;
}

static bool is_watched(const struct monitors *monitors, unsigned number, const struct row *row)
{
	const struct watched *watched = monitors->of[number];

	return watched && watched->shim.pid == row->state.shim.pid &&
	       watched->shim.start == row->state.shim.start;
}

static void look_at(struct monitors *monitors, unsigned number)
{
	struct row row;

	if (roster_read(monitors->engine->roster, number, &row) < 0)
		return;
	engine_correct_row(monitors->engine, number, &row);
	if (!is_up(&row) || is_watched(monitors, number, &row))
		return;
	let_go(monitors, number);
	if (row.state.shim.pid)
		watch(monitors, number, &row.state.shim);
	else
		look_soon(monitors);
}

/* ---- all of them ---- */

static void look(struct monitors *monitors)
{
	unsigned last = roster_last(monitors->engine->roster);

	monitors->is_soon = false;
	for (unsigned i = 1; i <= last && make_room(monitors, i); i++)
		look_at(monitors, i);
}

static void on_event(void *arg, const struct event *event)
{
	if (event->type == EVENT_CONTAINER && strcmp(event->action, "start") == 0)
		look_soon(arg);
}

static void on_look_closed(uv_handle_t *handle)
{
	one_less(container_of((uv_timer_t *)handle, struct monitors, look));
}

int monitors_open(struct engine *engine, const struct monitors_events *events, void *arg,
	struct monitors **out, struct err *err)
{
	struct monitors *monitors = calloc(1, sizeof(*monitors));

	if (!monitors)
		return err_set(err, ENOMEM, "watch over containers: out of memory");
	monitors->engine = engine;
	monitors->events = events;
	monitors->arg = arg;
	monitors->follower = engine_follow(engine, UINT64_MAX, on_event, monitors, err);
	if (!monitors->follower) {
		free(monitors);
		return err->code;
	}
	uv_timer_init(engine->loop, &monitors->look);
	monitors->handles = 1;
	uv_timer_start(&monitors->look, on_look, 0, SELDOM_MS);
	*out = monitors;
	return 0;
}

void monitors_close(struct monitors *monitors)
{
	monitors->is_closing = true;
	engine_unfollow(monitors->follower);
	for (unsigned i = 0; i < monitors->room; i++)
		let_go(monitors, i);
	uv_close((uv_handle_t *)&monitors->look, on_look_closed);
}
