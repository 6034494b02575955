#include "core/op.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/request.h"
#include "core/spawn.h"
#include "util/own.h"

enum { LOSSES_MAX = 50, LOSS_PAUSE_US = 1000 };

static void op_step(struct op *op);

struct op *op_new(const char *who)
{
	struct op *op = calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	op->fd = op->pidfd = op->out_fd = -1;
	op->launched = (struct launched)LAUNCHED_INIT;
	op->who = strdup(who ? who : "");
	if (op->who)
		return op;
	free(op);
	return NULL;
}

void op_free(struct op *op)
{
	own_closep(&op->fd);
	own_closep(&op->pidfd);
	own_closep(&op->out_fd);
	strs_fini(&op->args);
	strs_fini(&op->labels);
	strs_fini(&op->options);
	strs_fini(&op->platforms);
	strs_fini(&op->prune.labels);
	strs_fini(&op->prune.lacks);
	strs_fini(&op->prune.fields);
	buf_fini(&op->lines);
	launched_fini(&op->launched);
	request_free(op->request);
	network_request_free(op->network);
	update_free(op->update);
	free(op->who);
	free(op->name);
	free(op);
}

struct op *op_new_prune(const struct prune_request *request)
{
	struct op *op = op_new(NULL);

	if (!op)
		return NULL;
	op->prune = (struct prune_request){.all = request->all,
		.until_ns = request->until_ns,
		.keep_bytes = request->keep_bytes};
	strs_copy(&op->prune.labels, &request->labels);
	strs_copy(&op->prune.lacks, &request->lacks);
	strs_copy(&op->prune.fields, &request->fields);
	if (!strs_failed(&op->prune.labels) && !strs_failed(&op->prune.lacks) &&
		!strs_failed(&op->prune.fields))
		return op;
	op_free(op);
	return NULL;
}

/* ---- blocking halves ---- */

static void run_half(struct work *work)
{
	struct op *op = container_of(work, struct op, work);
	int failed;

	if (op->losses)
		usleep(op->losses * LOSS_PAUSE_US);
	failed = op->state == OP_PREPARE ? op->verb->prepare(op, &op->err)
					 : op->verb->finish(op, &op->err);
	/* What was forgiven on the way left its sentence. */
	if (!failed)
		op->err.code = 0;
}

static void half_done(struct work *work)
{
	struct op *op = container_of(work, struct op, work);

	if (op->state == OP_FINISH || op->err.code < 0)
		op->state = OP_DONE;
	else if (op->fd >= 0)
		op->state = OP_TALK;
	else if (op->pidfd >= 0)
		op->state = OP_CHILD;
	else
		op->state = op->verb->finish ? OP_FINISH : OP_DONE;
	op_step(op);
}

/* ---- the talk ---- */

bool op_may_look_again(struct op *op)
{
	return op->verb->again && !op->launched.trace && op->losses++ < LOSSES_MAX;
}

static void talk_over(struct op *op)
{
	channel_close(op->channel);
	op->channel = NULL;
	if (op->looks_again) {
		op->looks_again = false;
		op->state = OP_PREPARE;
		op_step(op);
		return;
	}
	op->state = op->err.code < 0 || !op->verb->finish ? OP_DONE : OP_FINISH;
	op_step(op);
}

static void on_frame(void *arg, const struct wire_head *head, const char *payload)
{
	struct op *op = arg;

	if (op->verb->hear(op, head, payload))
		talk_over(op);
}

static void on_broken(void *arg, int code)
{
	struct op *op = arg;

	(void)code;
	op->looks_again = op_may_look_again(op);
	if (!op->looks_again)
		err_set(&op->err, ECONNRESET, "the monitor of %s went away", op->row.name);
	talk_over(op);
}

static void talk(struct op *op)
{
	static const struct channel_events events = {.frame = on_frame, .broken = on_broken};

	if (channel_open(op->engine->loop, take_fd(&op->fd), &events, op, &op->channel, &op->err) <
		0) {
		op->state = OP_DONE;
		op_step(op);
		return;
	}
	if (op->verb->say)
		op->verb->say(op);
}

/* ---- a child ---- */

static void child_gone(uv_handle_t *handle)
{
	struct op *op = container_of((uv_poll_t *)handle, struct op, child);

	op->state = OP_DONE;
	op_step(op);
}

static void on_child(uv_poll_t *child, int status, int events)
{
	struct op *op = container_of(child, struct op, child);

	(void)status;
	(void)events;
	spawn_wait(op->pidfd, &op->exit_code, &op->err);
	if (op->canceled)
		err_set(&op->err, ECANCELED, "canceled");
	uv_close((uv_handle_t *)child, child_gone);
}

static void wait_for_child(struct op *op)
{
	uv_poll_init(op->engine->loop, &op->child, op->pidfd);
	uv_poll_start(&op->child, UV_READABLE, on_child);
}

/* ---- the end ---- */

static void finish(struct op *op)
{
	struct op_result result = {.id = op->row.id[0] ? op->row.id : NULL,
		.exit_code = op->exit_code,
		.lines = buf_text(&op->lines),
		.bytes = op->bytes};

	if (op->err.code < 0)
		result.err = &op->err;
	if (op->done)
		op->done(op->arg, &result);
	op_free(op);
}

static void op_step(struct op *op)
{
	if (op->canceled && op->state != OP_DONE && op->state != OP_CHILD && op->err.code >= 0) {
		err_set(&op->err, ECANCELED, "canceled");
		op->state = OP_DONE;
	}
	switch (op->state) {
	case OP_PREPARE:
	case OP_FINISH:
		engine_work(op->engine, &op->work, run_half, half_done);
		return;
	case OP_TALK:
		talk(op);
		return;
	case OP_CHILD:
		wait_for_child(op);
		if (op->canceled)
			syscall(SYS_pidfd_send_signal, op->pidfd, SIGINT, NULL, 0);
		return;
	case OP_DONE:
		finish(op);
		return;
	}
}

static int refuse(struct op *op, struct err *err)
{
	(void)op;
	return err_set(err, EROFS, "read-only session: nothing was changed");
}

struct op *op_start(struct engine *engine, const struct op_verb *verb, struct op *op,
	op_done_fn done, void *arg)
{
	static const struct op_verb refused = {.prepare = refuse};

	if (!op)
		return NULL;
	if (engine->read_only && !verb->looks)
		verb = &refused;
	op->engine = engine;
	op->verb = verb;
	op->done = done;
	op->arg = arg;
	op->state = OP_PREPARE;
	engine_work(engine, &op->work, run_half, half_done);
	return op;
}

static void nothing(struct work *work)
{
	(void)work;
}

static void canceled(struct work *work)
{
	op_step(container_of(work, struct op, work));
}

void op_cancel(struct op *op)
{
	if (op->canceled)
		return;
	op->canceled = true;
	if (op->state == OP_CHILD)
		syscall(SYS_pidfd_send_signal, op->pidfd, SIGINT, NULL, 0);
	/* A blocking half is short and runs to its end; a talk is left at once, its done comes a
	 * turn later. */
	if (op->state != OP_TALK || !op->channel)
		return;
	err_set(&op->err, ECANCELED, "canceled");
	channel_close(op->channel);
	op->channel = NULL;
	op->state = OP_DONE;
	work_start(op->engine->loop, &op->work, true, nothing, canceled);
}
