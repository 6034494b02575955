/* errand.c - see errand.h.
 *
 *     spawn → output and end, in any order → both there → done */
#include "core/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/sh.h"
#include "core/spawn.h"
#include "core/strays.h"
#include "core/timing.h"
#include "util/own.h"

const char errand_script[] = "cd \"$LESSON\" && eval \"$1\"";

enum { LINGER_MS = 300 }; /* what its children still hold of its output is not waited for longer */

struct errand {
	struct errand_events events;
	void *arg;
	uint64_t began_ns;
	struct errand_result result;
	struct buf output;
	int pidfd, leader; /* of its session */
	uv_poll_t ended;
	uv_pipe_t out;
	uv_timer_t linger;
	int open; /* handles that are not closed yet */
	bool has_ended, has_drained, closing, asked;
	char room[16 << 10];
};

static void on_closed(uv_handle_t *handle)
{
	struct errand *errand = handle->data;

	if (--errand->open)
		return;
	errand->result.output = buf_text(&errand->output);
	errand->result.len = errand->output.len;
	errand->events.done(errand->arg, &errand->result);
	own_closep(&errand->pidfd);
	buf_fini(&errand->output);
	free(errand);
}

static void finish(struct errand *errand)
{
	if (errand->closing)
		return;
	errand->closing = true;
	uv_close((uv_handle_t *)&errand->ended, on_closed);
	uv_close((uv_handle_t *)&errand->out, on_closed);
	uv_close((uv_handle_t *)&errand->linger, on_closed);
}

static void on_linger(uv_timer_t *timer)
{
	finish(timer->data);
}

static void look(struct errand *errand)
{
	if (errand->has_ended && errand->has_drained)
		finish(errand);
	else if (errand->has_ended)
		uv_timer_start(&errand->linger, on_linger, LINGER_MS, 0);
}

static void on_ended(uv_poll_t *poll, int status, int events)
{
	struct errand *errand = poll->data;
	struct err err;

	(void)status;
	(void)events;
	uv_poll_stop(poll);
	errand->result.took_ns = timing_now() - errand->began_ns;
	if (spawn_wait(errand->pidfd, &errand->result.exit_code, &err) < 0)
		errand->result.exit_code = 255;
	errand->has_ended = true;
	look(errand);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct errand *errand = handle->data;

	(void)suggested;
	*out = uv_buf_init(errand->room, sizeof(errand->room));
}

static void on_output(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes)
{
	struct errand *errand = stream->data;
	size_t left = ERRAND_OUTPUT_MAX - errand->output.len, len = got > 0 ? (size_t)got : 0;

	if (got < 0) {
		errand->has_drained = true;
		look(errand);
		return;
	}
	errand->result.cut |= len > left;
	buf_add(&errand->output, bytes->base, len > left ? left : len);
	if (len && errand->events.output)
		errand->events.output(errand->arg, bytes->base, len);
}

static int start_shell(
	struct errand *errand, const char *command, const struct strs *env, int to, struct err *err)
{
	auto_strs args = STRS_INIT;
	const struct sh sh = {.script = errand_script,
		.args = &args,
		.env = env,
		.fds = {-1, to, to},
		.session = true};

	strs_add(&args, command);
	return sh_start(&sh, &errand->pidfd, &errand->leader, err);
}

static void watch(struct errand *errand, uv_loop_t *loop, int from)
{
	uv_poll_init(loop, &errand->ended, errand->pidfd);
	uv_pipe_init(loop, &errand->out, 0);
	uv_timer_init(loop, &errand->linger);
	errand->ended.data = errand->out.data = errand->linger.data = errand;
	errand->open = 3;
	uv_pipe_open(&errand->out, from);
	uv_read_start((uv_stream_t *)&errand->out, on_room, on_output);
	uv_poll_start(&errand->ended, UV_READABLE, on_ended);
}

int errand_start(struct engine *engine, const char *command, const struct strs *env,
	const struct errand_events *events, void *arg, struct errand **out, struct err *err)
{
	auto_free struct errand *errand = calloc(1, sizeof(*errand));
	int ends[2];

	if (!errand)
		return err_set(err, ENOMEM, "run a command: out of memory");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "run a command: pipe");
	errand->events = *events;
	errand->arg = arg;
	errand->began_ns = timing_now();
	if (start_shell(errand, command, env, ends[1], err) < 0) {
		close(ends[0]);
		close(ends[1]);
		return err->code;
	}
	close(ends[1]);
	watch(errand, engine->loop, ends[0]);
	*out = take(errand);
	return 0;
}

void errand_cancel(struct errand *errand)
{
	if (!errand->has_ended)
		strays_signal_session(errand->leader, errand->asked ? SIGKILL : SIGINT);
	errand->asked = true;
}
