/* session.c - the streams of a container or an exec'd process, from the client's side.
 *
 *     PREPARE ──▶ TALKING ──▶ REMOVING ──▶ ENDED
 *     (pool:      (loop:      (pool: an      `ended` is called,
 *      create,     frames)     auto-remove    the memory goes
 *      launch,                 container)
 *      connect)
 *
 * A failure in PREPARE goes straight to ENDED. What the caller writes before TALKING is kept and
 * sent then. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel.h"
#include "core/engine_own.h"
#include "core/exec.h"
#include "core/lifecycle.h"
#include "core/process.h"
#include "core/request.h"
#include "util/own.h"

enum session_state { SESSION_PREPARE, SESSION_TALKING, SESSION_REMOVING, SESSION_ENDED };

/* More than this in the socket's queue, and the writer is asked to wait. */
enum { INPUT_QUEUE_MAX = 256 << 10 };

struct session {
	struct engine *engine;
	enum session_state state;
	const struct session_events *events;
	void *arg;
	struct session_options options;
	struct work work;
	int (*prepare)(struct session *session, struct err *err);
	struct channel *channel;
	int fd;
	struct err err;
	/* what it is about */
	char *who;
	struct container_request *request;
	struct exec_request exec;
	char exec_id[65];
	unsigned number;
	struct row row;
	struct launched launched;
	/* how it goes */
	struct timing timing;
	bool alone;   /* nobody wants its streams: started, then left */
	bool removes; /* we remove the container after its exit */
	bool output_paused, input_ended, want_ready;
	struct buf early; /* input written before there was a channel */
	struct session_result result;
};

static void session_step(struct session *session);

static void session_free(struct session *session)
{
	own_closep(&session->fd);
	launched_fini(&session->launched);
	request_free(session->request);
	exec_request_fini(&session->exec);
	buf_fini(&session->early);
	free((char *)session->exec.user);
	free((char *)session->exec.workdir);
	free(session->who);
	free(session);
}

static uint32_t wanted(const struct session *session)
{
	uint32_t want = WIRE_WANT_EXIT;

	if (session->options.want_stdin)
		want |= WIRE_WANT_STDIN;
	if (session->options.want_stdout)
		want |= WIRE_WANT_STDOUT;
	if (session->options.want_stderr)
		want |= WIRE_WANT_STDERR;
	if (session->removes)
		want |= WIRE_WANT_REMOVE;
	if (session->engine->inline_work) /* a command copies into a pipe or a file: every byte
					     counts */
		want |= WIRE_WANT_ALL;
	return want;
}

static struct wire_hello hello(const struct session *session)
{
	return (struct wire_hello){
		.version = WIRE_VERSION,
		.want = wanted(session),
		.rows = (uint16_t)session->options.rows,
		.columns = (uint16_t)session->options.columns,
	};
}

/* ---- PREPARE: on the pool ---- */

static struct timing *clocks(struct session *session)
{
	return session->engine->quiet ? NULL : &session->timing;
}

static int launch(struct session *session, const struct buf *plan, struct err *err)
{
	struct wire_hello greeting;
	int failed;

	session->removes = !session->alone && session->row.state.flags & ROW_AUTO_REMOVE;
	greeting = hello(session);
	failed = launch_container(session->engine, session->number, &session->row, plan,
		session->alone ? NULL : &greeting, clocks(session), &session->launched, err);
	if (!failed)
		session->fd = take_fd(&session->launched.client_fd);
	return failed;
}

/* A container that was made only to be run at once goes again when it cannot even be launched. */
static int prepare_run(struct session *session, struct err *err)
{
	struct created created = {.plan = BUF_INIT};
	int failed =
		lifecycle_create(session->engine, session->request, &created, clocks(session), err);
	struct err ignored;

	session->number = created.number;
	session->row = created.row;
	if (!failed)
		failed = launch(session, &created.plan, err);
	if (failed && session->request->auto_remove)
		lifecycle_remove(session->engine, session->number, &session->row, REMOVAL_WAIT,
			true, &ignored);
	buf_fini(&created.plan);
	return failed;
}

static int prepare_start(struct session *session, struct err *err)
{
	int failed = engine_find_row(
		session->engine, session->who, &session->number, &session->row, err);

	if (!failed)
		failed = launch(session, NULL, err);
	if (failed != -EALREADY)
		return failed;
	/* As docker: nothing to start, attached all the same. */
	err_forgive(err);
	session->removes = false;
	return lifecycle_connect(
		session->engine, session->number, &session->row, &session->fd, err);
}

static int prepare_attach(struct session *session, struct err *err)
{
	static const char *const refusals[] = {
		[ROW_CREATED] = "cannot attach to a stopped container, start it first",
		[ROW_EXITED] = "cannot attach to a stopped container, start it first",
		[ROW_DEAD] = "cannot attach to a stopped container, start it first",
		[ROW_PAUSED] = "cannot attach to a paused container, unpause it first",
		[ROW_RESTARTING] =
			"cannot attach to a restarting container, wait until it is running",
		[ROW_STARTING] = NULL,
	};
	int failed = engine_find_row(
		session->engine, session->who, &session->number, &session->row, err);

	if (failed)
		return failed;
	if (session->row.state.status < array_len(refusals) && refusals[session->row.state.status])
		return err_set(err, ESRCH, "%s", refusals[session->row.state.status]);
	return lifecycle_connect(
		session->engine, session->number, &session->row, &session->fd, err);
}

static int prepare_exec(struct session *session, struct err *err)
{
	int failed = engine_find_row(
		session->engine, session->who, &session->number, &session->row, err);

	if (failed)
		return failed;
	if (session->row.state.status == ROW_PAUSED)
		return err_set(err, EBUSY,
			"Container %s is paused, unpause the container before exec", session->who);
	failed = lifecycle_connect(
		session->engine, session->number, &session->row, &session->fd, err);
	if (failed)
		return failed;
	return exec_send(session->engine, &session->row, &session->exec,
		session->alone ? 0 : wanted(session), session->options.rows,
		session->options.columns, session->fd, session->exec_id, err);
}

static void run_prepare(struct work *work)
{
	struct session *session = container_of(work, struct session, work);

	/* What was forgiven on the way left its sentence. */
	if (!session->prepare(session, &session->err))
		session->err.code = 0;
}

static void fail(struct session *session, int exit_code)
{
	session->result = (struct session_result){
		.end = SESSION_FAILED, .exit_code = exit_code, .err = &session->err};
	session->state = SESSION_ENDED;
}

static void prepared(struct work *work)
{
	struct session *session = container_of(work, struct session, work);

	if (session->state == SESSION_ENDED) { /* detached meanwhile */
		session_step(session);
		return;
	}
	if (session->err.code < 0)
		fail(session, session->request ? 125 : 1);
	else
		session->state = SESSION_TALKING;
	session_step(session);
}

/* ---- TALKING ---- */

static void talk_over(struct session *session, enum session_end end, int exit_code)
{
	bool over = end == SESSION_EXITED || end == SESSION_FAILED;

	channel_close(session->channel);
	session->channel = NULL;
	session->result = (struct session_result){
		.end = end,
		.exit_code = exit_code,
		.err = session->err.code < 0 ? &session->err : NULL,
	};
	launch_save_trace(session->engine, session->row.id, &session->launched);
	session->state = session->removes && over ? SESSION_REMOVING : SESSION_ENDED;
	session_step(session);
}

static void hear_welcome(struct session *session, const char *payload, size_t len)
{
	struct wire_welcome welcome = {0};

	memcpy(&welcome, payload, len < sizeof(welcome) ? len : sizeof(welcome));
	if (session->events->joined)
		session->events->joined(session->arg, welcome.clients);
}

static void hear_started(struct session *session, const char *payload, size_t len)
{
	struct wire_started started = {0};

	memcpy(&started, payload, len < sizeof(started) ? len : sizeof(started));
	launch_save_trace(session->engine, session->row.id, &session->launched);
	if (session->events->started)
		session->events->started(session->arg,
			session->exec_id[0] ? session->exec_id : session->row.id, started.pid);
	if (session->alone && session->state == SESSION_TALKING)
		talk_over(session, SESSION_DETACHED, 0);
}

/* The container ended under an exec that had not begun. */
static void not_running(struct session *session)
{
	err_set(&session->err, ESRCH, "container %s is not running", session->row.id);
	talk_over(session, SESSION_FAILED, 1);
}

/* A pid namespace whose init is dead answers a clone with ENOMEM. */
static bool is_for_want_of_container(const struct session *session, int code)
{
	return code == -ESRCH || (code == -ENOMEM && !process_is_alive(&session->row.state.init));
}

static void hear_failed(struct session *session, const char *payload, size_t len)
{
	struct wire_failed failed = {.code = -EIO, .exit = 125};
	size_t text = len < sizeof(failed) ? len : sizeof(failed);

	memcpy(&failed, payload, text);
	if (session->exec_id[0] && is_for_want_of_container(session, failed.code)) {
		not_running(session);
		return;
	}
	err_set(&session->err, failed.code ? failed.code : -EIO, "%.*s", (int)(len - text),
		payload + text);
	talk_over(session, SESSION_FAILED, failed.exit);
}

static void hear_exit(struct session *session, const char *payload, size_t len)
{
	struct wire_exit ended = {0};

	memcpy(&ended, payload, len < sizeof(ended) ? len : sizeof(ended));
	if (!ended.restarting)
		talk_over(session, SESSION_EXITED, ended.code);
}

static void on_frame(void *arg, const struct wire_head *head, const char *payload)
{
	struct session *session = arg;

	switch (head->type) {
	case WIRE_STDOUT:
	case WIRE_STDERR:
		if (session->events->output)
			session->events->output(session->arg,
				head->type == WIRE_STDOUT ? SESSION_STDOUT : SESSION_STDERR,
				payload, head->len);
		return;
	case WIRE_WELCOME:
		hear_welcome(session, payload, head->len);
		return;
	case WIRE_STARTED:
		hear_started(session, payload, head->len);
		return;
	case WIRE_FAILED:
		hear_failed(session, payload, head->len);
		return;
	case WIRE_EXIT:
		hear_exit(session, payload, head->len);
		return;
	case WIRE_DROPPED:
		err_set(&session->err, EOVERFLOW,
			"output came faster than it was read; the process goes on running");
		talk_over(session, SESSION_DROPPED, 0);
		return;
	}
}

static void on_broken(void *arg, int code)
{
	struct session *session = arg;
	struct row row;
	unsigned number;

	(void)code;
	/* A shim hangs up without a word on whom it had not answered yet when its container ended.
	 */
	if (engine_find_row(session->engine, session->row.id, &number, &row, NULL) < 0) {
		err_set(&session->err, ENOENT, "container %s was removed", session->row.name);
		talk_over(session, SESSION_LOST, 255);
	} else if (row.state.status != ROW_EXITED || row.state.flags & ROW_CODE_LOST) {
		err_set(&session->err, ECONNRESET, "the monitor of %s went away",
			session->row.name);
		talk_over(session, SESSION_LOST, 255);
	} else if (session->exec_id[0]) {
		not_running(session);
	} else {
		talk_over(session, SESSION_EXITED, row.state.exit_code);
	}
}

static void on_drained(void *arg)
{
	struct session *session = arg;

	if (!session->want_ready)
		return;
	session->want_ready = false;
	if (session->events->input_ready)
		session->events->input_ready(session->arg);
}

static void send_early(struct session *session)
{
	for (size_t at = 0; at < session->early.len; at += WIRE_PAYLOAD_MAX) {
		size_t left = session->early.len - at;

		channel_send(session->channel, WIRE_STDIN, session->early.data + at,
			left < WIRE_PAYLOAD_MAX ? left : WIRE_PAYLOAD_MAX);
	}
	buf_fini(&session->early);
	if (session->input_ended)
		channel_send(session->channel, WIRE_STDIN_END, NULL, 0);
}

static void talk(struct session *session)
{
	static const struct channel_events events = {
		.frame = on_frame, .broken = on_broken, .drained = on_drained};
	struct wire_hello greeting = hello(session);

	if (channel_open(session->engine->loop, take_fd(&session->fd), &events, session,
		    &session->channel, &session->err) < 0) {
		fail(session, 125);
		session_step(session);
		return;
	}
	/* A launch was greeted before it was born, an exec says what it wants itself. */
	if (!session->launched.trace && !session->exec_id[0])
		channel_send(session->channel, WIRE_HELLO, &greeting, sizeof(greeting));
	send_early(session);
	channel_pause(session->channel, session->output_paused);
}

/* ---- REMOVING, ENDED ---- */

static void run_remove(struct work *work)
{
	struct session *session = container_of(work, struct session, work);
	struct err ignored;

	lifecycle_remove(
		session->engine, session->number, &session->row, REMOVAL_OURS, true, &ignored);
}

static void removed(struct work *work)
{
	struct session *session = container_of(work, struct session, work);

	session->state = SESSION_ENDED;
	session_step(session);
}

static void session_step(struct session *session)
{
	switch (session->state) {
	case SESSION_PREPARE:
		engine_work(session->engine, &session->work, run_prepare, prepared);
		return;
	case SESSION_TALKING:
		talk(session);
		return;
	case SESSION_REMOVING:
		engine_work(session->engine, &session->work, run_remove, removed);
		return;
	case SESSION_ENDED:
		session->events->ended(session->arg, &session->result);
		session_free(session);
		return;
	}
}

/* ---- the façade ---- */

static struct session *session_new(struct engine *engine, const char *who,
	const struct session_options *options, const struct session_events *events, void *arg)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->engine = engine;
	session->events = events;
	session->arg = arg;
	session->fd = -1;
	session->launched = (struct launched)LAUNCHED_INIT;
	session->alone = !options;
	if (options)
		session->options = *options;
	session->who = strdup(who ? who : "");
	if (session->who)
		return session;
	free(session);
	return NULL;
}

/* Attaching, too: what is typed into a container changes it. */
static int prepare_nothing(struct session *session, struct err *err)
{
	(void)session;
	return err_set(err, EROFS, "read-only session: nothing can be run or attached to");
}

static struct session *session_begin(
	struct session *session, int (*prepare)(struct session *, struct err *))
{
	if (!session)
		return NULL;
	session->prepare = session->engine->read_only ? prepare_nothing : prepare;
	/* A command's clock starts with its process, a screen's with the key. */
	session->timing.began_ns =
		session->engine->inline_work ? session->engine->began_ns : timing_now();
	session->state = SESSION_PREPARE;
	session_step(session);
	return session;
}

struct session *engine_run(struct engine *engine, const struct container_request *request,
	const struct session_options *options, const struct session_events *events, void *arg)
{
	struct session *session = session_new(engine, NULL, options, events, arg);

	if (session && !(session->request = request_copy(request))) {
		session_free(session);
		return NULL;
	}
	return session_begin(session, prepare_run);
}

struct session *engine_start_attached(struct engine *engine, const char *who,
	const struct session_options *options, const struct session_events *events, void *arg)
{
	return session_begin(session_new(engine, who, options, events, arg), prepare_start);
}

struct session *engine_attach(struct engine *engine, const char *who,
	const struct session_options *options, const struct session_events *events, void *arg)
{
	return session_begin(session_new(engine, who, options, events, arg), prepare_attach);
}

struct session *engine_exec(struct engine *engine, const char *who,
	const struct exec_request *request, const struct session_options *options,
	const struct session_events *events, void *arg)
{
	struct session *session = session_new(engine, who, options, events, arg);

	if (!session)
		return NULL;
	session->alone = request->detach;
	session->exec = *request;
	session->exec.command = session->exec.env = (struct strs)STRS_INIT;
	strs_copy(&session->exec.command, &request->command);
	strs_copy(&session->exec.env, &request->env);
	session->exec.user = request->user ? strdup(request->user) : NULL;
	session->exec.workdir = request->workdir ? strdup(request->workdir) : NULL;
	return session_begin(session, prepare_exec);
}

bool session_write(struct session *session, const char *data, size_t len)
{
	if (session->state == SESSION_PREPARE) {
		buf_add(&session->early, data, len);
		return session->early.len < INPUT_QUEUE_MAX;
	}
	while (len && session->channel) {
		size_t part = len < WIRE_PAYLOAD_MAX ? len : WIRE_PAYLOAD_MAX;

		channel_send(session->channel, WIRE_STDIN, data, part);
		data += part;
		len -= part;
	}
	session->want_ready =
		session->channel && channel_queued(session->channel) > INPUT_QUEUE_MAX;
	return !session->want_ready;
}

void session_end_input(struct session *session)
{
	if (!session->input_ended && session->channel)
		channel_send(session->channel, WIRE_STDIN_END, NULL, 0);
	session->input_ended = true;
}

void session_resize(struct session *session, unsigned rows, unsigned columns)
{
	struct wire_size size = {.rows = (uint16_t)rows, .columns = (uint16_t)columns};

	session->options.rows = rows;
	session->options.columns = columns;
	if (session->channel)
		channel_send(session->channel, WIRE_RESIZE, &size, sizeof(size));
}

void session_signal(struct session *session, int signal)
{
	struct wire_signal message = {.signal = signal};

	if (session->channel)
		channel_send(session->channel, WIRE_SIGNAL, &message, sizeof(message));
}

void session_pause_output(struct session *session, bool pause)
{
	session->output_paused = pause;
	if (session->channel)
		channel_pause(session->channel, pause);
}

static void nothing(struct work *work)
{
	(void)work;
}

void session_detach(struct session *session)
{
	if (session->state > SESSION_TALKING)
		return;
	session->result = (struct session_result){.end = SESSION_DETACHED};
	if (session->state == SESSION_TALKING) {
		channel_close(session->channel);
		session->channel = NULL;
		session->state = SESSION_ENDED;
		work_start(session->engine->loop, &session->work, true, nothing, prepared);
		return;
	}
	session->state = SESSION_ENDED; /* told when prepare is done */
}
