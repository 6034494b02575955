#include "core/op.h"

#include <stdlib.h>
#include <string.h>

#include "core/request.h"
#include "util/own.h"

static void op_step(struct op *op);

struct op *op_new(const char *who)
{
	struct op *op = calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	op->fd = -1;
	op->launched = (struct launched)LAUNCHED_INIT;
	op->who = strdup(who ? who : "");
	if (op->who)
		return op;
	free(op);
	return NULL;
}

static void op_free(struct op *op)
{
	own_closep(&op->fd);
	launched_fini(&op->launched);
	request_free(op->request);
	free(op->who);
	free(op->name);
	free(op);
}

/* ---- blocking halves ---- */

static void run_half(struct work *work)
{
	struct op *op = container_of(work, struct op, work);

	if (op->state == OP_PREPARE)
		op->verb->prepare(op, &op->err);
	else
		op->verb->finish(op, &op->err);
}

static void half_done(struct work *work)
{
	struct op *op = container_of(work, struct op, work);

	if (op->state == OP_PREPARE)
		op->state = op->err.code < 0 ? OP_DONE : op->fd >= 0 ? OP_TALK : op->verb->finish ? OP_FINISH : OP_DONE;
	else
		op->state = OP_DONE;
	op_step(op);
}

/* ---- the talk ---- */

static void talk_over(struct op *op)
{
	channel_close(op->channel);
	op->channel = NULL;
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
	if (op->verb->lost)
		op->verb->lost(op, &op->err);
	else
		err_set(&op->err, ECONNRESET, "the monitor of %s went away", op->row.name);
	talk_over(op);
}

static void talk(struct op *op)
{
	static const struct channel_events events = {.frame = on_frame, .broken = on_broken};

	if (channel_open(op->engine->loop, take_fd(&op->fd), &events, op, &op->channel, &op->err) < 0) {
		op->state = OP_DONE;
		op_step(op);
		return;
	}
	if (op->verb->say)
		op->verb->say(op);
}

/* ---- the end ---- */

static void finish(struct op *op)
{
	struct op_result result = {.id = op->row.id[0] ? op->row.id : NULL, .exit_code = op->exit_code};

	if (op->err.code < 0)
		result.err = &op->err;
	if (op->done)
		op->done(op->arg, &result);
	op_free(op);
}

static void op_step(struct op *op)
{
	if (op->canceled && op->state != OP_DONE && op->err.code >= 0) {
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
	case OP_DONE:
		finish(op);
		return;
	}
}

struct op *op_start(struct engine *engine, const struct op_verb *verb, struct op *op, op_done_fn done, void *arg)
{
	if (!op)
		return NULL;
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
	/* A blocking half is short and runs to its end; a talk is left at once, its done comes a turn later. */
	if (op->state != OP_TALK || !op->channel)
		return;
	err_set(&op->err, ECANCELED, "canceled");
	channel_close(op->channel);
	op->channel = NULL;
	op->state = OP_DONE;
	work_start(op->engine->loop, &op->work, true, nothing, canceled);
}
