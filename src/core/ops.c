/* ops.c - the verbs of engine.h, each as what it does before, during and after its talk with the
 * shim. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/groups.h"
#include "core/op.h"
#include "core/ops_talk.h"
#include "core/request.h"
#include "core/trash.h"
#include "util/own.h"

/* ---- shared halves ---- */

static int find(struct op *op, struct err *err)
{
	return engine_find_row(op->engine, op->who, &op->number, &op->row, err);
}

static int find_running(struct op *op, struct err *err)
{
	int failed = find(op, err);

	if (failed)
		return failed;
	return lifecycle_connect(op->engine, op->number, &op->row, &op->fd, err);
}

/* DONE carries a code and, after a failure, a sentence. */
bool ops_hear_done(struct op *op, const struct wire_head *head, const char *payload)
{
	struct wire_done done;

	if (head->type != WIRE_DONE || head->len < sizeof(done))
		return false;
	memcpy(&done, payload, sizeof(done));
	/* It does not run: not yet, or no more. The row tells which. */
	op->looks_again = done.code == -ESRCH && op_may_look_again(op);
	if (done.code < 0 && !op->looks_again)
		err_set(&op->err, done.code, "%.*s", (int)(head->len - sizeof(done)),
			payload + sizeof(done));
	return true;
}

static void say_hello(struct op *op, uint32_t want)
{
	struct wire_hello hello = {.version = WIRE_VERSION, .want = want};

	channel_send(op->channel, WIRE_HELLO, &hello, sizeof(hello));
}

/* ---- create, start ---- */

static int create(struct op *op, struct err *err)
{
	struct created created = {.plan = BUF_INIT};
	int failed = lifecycle_create(op->engine, op->request, &created, NULL, err);

	op->row = created.row;
	buf_fini(&created.plan);
	return failed;
}

struct op *engine_create(
	struct engine *engine, const struct container_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "create", .prepare = create};
	struct op *op = op_new(NULL);

	if (!op || !(op->request = request_copy(request))) {
		free(op);
		return NULL;
	}
	return op_start(engine, &verb, op, done, arg);
}

static int start(struct op *op, struct err *err)
{
	int failed = find(op, err);

	if (failed)
		return failed;
	failed = launch_container(
		op->engine, op->number, &op->row, NULL, NULL, NULL, &op->launched, err);
	if (failed == -EALREADY)
		return err_forgive(err); /* that is what was asked for */
	if (!failed)
		op->fd = take_fd(&op->launched.client_fd);
	return failed;
}

static bool hear_started(struct op *op, const struct wire_head *head, const char *payload)
{
	struct wire_failed failed;

	if (head->type == WIRE_STARTED || head->type == WIRE_EXIT)
		return true;
	if (head->type != WIRE_FAILED || head->len < sizeof(failed))
		return false;
	memcpy(&failed, payload, sizeof(failed));
	op->exit_code = failed.exit;
	err_set(&op->err, failed.code ? failed.code : -EIO, "%.*s",
		(int)(head->len - sizeof(failed)), payload + sizeof(failed));
	return true;
}

static int save_trace(struct op *op, struct err *err)
{
	(void)err;
	launch_save_trace(op->engine, op->row.id, &op->launched);
	return 0;
}

struct op *engine_start(struct engine *engine, const char *who, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {
		.doing = "start", .prepare = start, .hear = hear_started, .finish = save_trace};

	return op_start(engine, &verb, op_new(who), done, arg);
}

/* ---- stop, restart, kill, pause, unpause ---- */

int ops_find_to_stop(struct op *op, struct err *err)
{
	int failed = find(op, err);

	if (failed || !row_is_monitored(&op->row))
		return failed; /* stopped already: that is what was asked for */
	failed = lifecycle_connect(op->engine, op->number, &op->row, &op->fd, err);
	if (failed == -ESRCH)
		return err_forgive(err);
	return failed;
}

void ops_say_stop(struct op *op)
{
	struct wire_stop stop = {
		.signal = op->signal, .timeout_ms = op->timeout_ms, .is_kill = op->is_kill};

	say_hello(op, 0);
	channel_send(op->channel, WIRE_STOP, &stop, sizeof(stop));
}

static int timeout_ms(int timeout_s)
{
	if (timeout_s == INT_MIN)
		return -2;
	if (timeout_s < 0)
		return -1;
	return timeout_s > INT_MAX / 1000 ? INT_MAX : timeout_s * 1000;
}

struct op *engine_stop(struct engine *engine, const char *who, int signal, int timeout_s,
	op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "stop",
		.prepare = ops_find_to_stop,
		.say = ops_say_stop,
		.hear = ops_hear_done,
		.again = true};
	struct op *op = op_new(who);

	if (op) {
		op->signal = signal;
		op->timeout_ms = timeout_ms(timeout_s);
	}
	return op_start(engine, &verb, op, done, arg);
}

static int find_to_restart(struct op *op, struct err *err)
{
	int failed = find(op, err);

	if (failed)
		return failed;
	failed = lifecycle_connect(op->engine, op->number, &op->row, &op->fd, err);
	if (failed != -ESRCH)
		return failed;
	err_forgive(err);
	return start(op, err);
}

/* A stopped container was launched by prepare and answers STARTED; a running one is told, and
 * answers DONE. */
static void say_restart(struct op *op)
{
	struct wire_stop stop = {.signal = op->signal, .timeout_ms = op->timeout_ms};

	if (op->launched.trace)
		return;
	say_hello(op, 0);
	channel_send(op->channel, WIRE_RESTART, &stop, sizeof(stop));
}

static bool hear_restarted(struct op *op, const struct wire_head *head, const char *payload)
{
	return op->launched.trace ? hear_started(op, head, payload)
				  : ops_hear_done(op, head, payload);
}

struct op *engine_restart(struct engine *engine, const char *who, int signal, int timeout_s,
	op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "restart",
		.prepare = find_to_restart,
		.say = say_restart,
		.hear = hear_restarted,
		.again = true,
		.finish = save_trace};
	struct op *op = op_new(who);

	if (op) {
		op->signal = signal;
		op->timeout_ms = timeout_ms(timeout_s);
	}
	return op_start(engine, &verb, op, done, arg);
}

static int find_to_kill(struct op *op, struct err *err)
{
	int failed = find(op, err);

	if (failed)
		return failed;
	if (!row_is_monitored(&op->row) && op->losses)
		return 0; /* it ended while it was told to */
	if (!row_is_monitored(&op->row))
		return err_set(err, ESRCH, "cannot kill container: %s: container %s is not running",
			op->who, op->row.id);
	return lifecycle_connect(op->engine, op->number, &op->row, &op->fd, err);
}

/* SIGKILL is a stop without patience, so that its answer comes when the container is gone. */
static void say_kill(struct op *op)
{
	struct wire_signal signal = {.signal = op->signal, .by_hand = 1};

	if (op->signal == SIGKILL) {
		op->timeout_ms = 0;
		op->is_kill = true;
		ops_say_stop(op);
		return;
	}
	say_hello(op, 0);
	channel_send(op->channel, WIRE_SIGNAL, &signal, sizeof(signal));
}

struct op *engine_kill(
	struct engine *engine, const char *who, int signal, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "kill",
		.prepare = find_to_kill,
		.say = say_kill,
		.hear = ops_hear_done,
		.again = true};
	struct op *op = op_new(who);

	if (op)
		op->signal = signal;
	return op_start(engine, &verb, op, done, arg);
}

static void say_pause(struct op *op)
{
	say_hello(op, 0);
	channel_send(op->channel, WIRE_PAUSE, NULL, 0);
}

static int find_pausable(struct op *op, struct err *err)
{
	const struct cgroup_layout *layout;
	int failed = find_running(op, err);

	if (!failed)
		failed = groups_layout(op->engine, &layout, err);
	if (!failed && !cgroup_freeze_file(layout) && cgroup_lent_why(layout))
		failed = err_set(err, ENOTSUP, "%s", cgroup_lent_why(layout));
	return failed;
}

struct op *engine_pause(struct engine *engine, const char *who, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "pause",
		.prepare = find_pausable,
		.say = say_pause,
		.hear = ops_hear_done,
		.again = true};

	return op_start(engine, &verb, op_new(who), done, arg);
}

static void say_unpause(struct op *op)
{
	say_hello(op, 0);
	channel_send(op->channel, WIRE_UNPAUSE, NULL, 0);
}

struct op *engine_unpause(struct engine *engine, const char *who, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "unpause",
		.prepare = find_running,
		.say = say_unpause,
		.hear = ops_hear_done,
		.again = true};

	return op_start(engine, &verb, op_new(who), done, arg);
}

/* ---- remove, rename ---- */

static int find_to_remove(struct op *op, struct err *err)
{
	int failed = find(op, err);

	if (failed || !row_is_monitored(&op->row))
		return failed;
	if (!op->force && op->row.state.status == ROW_PAUSED)
		return err_set(err, EBUSY,
			"cannot remove container \"%s\": container is paused and must be unpaused first",
			op->who);
	if (!op->force)
		return err_set(err, EBUSY,
			"cannot remove container \"%s\": container is running: stop the container before removing or force remove",
			op->who);
	failed = lifecycle_connect(op->engine, op->number, &op->row, &op->fd, err);
	if (failed == -ESRCH)
		return err_forgive(err);
	return failed;
}

static int remove_now(struct op *op, struct err *err)
{
	int failed =
		lifecycle_remove(op->engine, op->number, &op->row, REMOVAL_WAIT, op->volumes, err);

	trash_collect(op->engine);
	return failed;
}

static void say_end(struct op *op)
{
	op->signal = SIGKILL;
	op->timeout_ms = 0;
	op->is_kill = true;
	ops_say_stop(op);
}

struct op *engine_remove(struct engine *engine, const char *who, bool force, bool volumes,
	op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "remove",
		.prepare = find_to_remove,
		.say = say_end,
		.hear = ops_hear_done,
		.again = true,
		.finish = remove_now};
	struct op *op = op_new(who);

	if (op) {
		op->force = force;
		op->volumes = volumes;
	}
	return op_start(engine, &verb, op, done, arg);
}

static int rename_now(struct op *op, struct err *err)
{
	int failed = find(op, err);

	return failed ? failed : lifecycle_rename(op->engine, op->number, &op->row, op->name, err);
}

struct op *engine_rename(
	struct engine *engine, const char *who, const char *name, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "rename", .prepare = rename_now};
	struct op *op = op_new(who);

	if (op && !(op->name = strdup(*name == '/' ? name + 1 : name))) {
		free(op->who);
		free(op);
		op = NULL;
	}
	return op_start(engine, &verb, op, done, arg);
}

/* ---- wait ---- */

static int find_to_wait(struct op *op, struct err *err)
{
	int failed = find(op, err);

	if (failed)
		return failed;
	op->exit_code = op->row.state.exit_code;
	if (!row_is_monitored(&op->row))
		return 0;
	failed = lifecycle_connect(op->engine, op->number, &op->row, &op->fd, err);
	if (failed != -ESRCH)
		return failed;
	/* It ended after the row was read: how, only the row of now knows. */
	err_forgive(err);
	failed = roster_find(op->engine->roster, op->row.id, &op->number, &op->row, err);
	if (!failed)
		op->exit_code = op->row.state.exit_code;
	return failed;
}

static void say_wait(struct op *op)
{
	say_hello(op, WIRE_WANT_EXIT);
}

static bool hear_exit(struct op *op, const struct wire_head *head, const char *payload)
{
	struct wire_exit ended;

	if (head->type != WIRE_EXIT || head->len < sizeof(ended))
		return false;
	memcpy(&ended, payload, sizeof(ended));
	op->exit_code = ended.code;
	return op->next_exit || !ended.restarting;
}

struct op *engine_wait(
	struct engine *engine, const char *who, bool next_exit, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "wait",
		.looks = true,
		.prepare = find_to_wait,
		.say = say_wait,
		.hear = hear_exit,
		.again = true};
	struct op *op = op_new(who);

	if (op)
		op->next_exit = next_exit;
	return op_start(engine, &verb, op, done, arg);
}
