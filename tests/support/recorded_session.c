/* recorded_session.c - what is typed into containers of the recorded world, and what they print. */
#include <errno.h>
#include <string.h>

#include "recorded_private.h"
#include "util/own.h"

struct world_session {
	struct recorded *recorded;
	struct world_sink sink;
};

static struct world_session *open_one(struct world *world, enum session_kind kind, const char *id,
	int rows, int columns, const struct world_sink *sink, struct err *err)
{
	struct recorded *recorded = recorded_of(world);
	struct world_session *session = calloc(1, sizeof(*session));
	int row = recorded_find(recorded, id);

	(void)rows, (void)columns;
	if (kind == SESSION_SHELL && strcmp(recorded->rows[row].c.image, "tls:3") == 0) {
		err_set(err, ENOENT, "there is no shell in this image");
		free(session);
		return NULL;
	}
	buf_addf(&recorded->acts, "%s %s\n", kind == SESSION_SHELL ? "shell" : "attach",
		recorded->rows[row].c.name);
	session->recorded = recorded;
	session->sink = *sink;
	return recorded->session = session;
}

static struct world_session *begin_session(struct recorded *recorded, const struct world_sink *sink)
{
	struct world_session *session = calloc(1, sizeof(*session));

	session->recorded = recorded;
	session->sink = *sink;
	return recorded->session = session;
}

static struct world_session *exec_one(struct world *world, const char *id,
	const struct exec_request *request, const struct world_sink *sink, struct err *err)
{
	struct recorded *recorded = recorded_of(world);

	(void)err;
	buf_addf(&recorded->acts, "exec %s%s%s", recorded->rows[recorded_find(recorded, id)].c.name,
		request->user ? " user=" : "", request->user ? request->user : "");
	for (size_t i = 0; i < request->command.len; i++)
		buf_addf(&recorded->acts, " %s", request->command.v[i]);
	buf_addc(&recorded->acts, '\n');
	return begin_session(recorded, sink);
}

static struct world_session *run_one(struct world *world, const struct container_request *request,
	const struct world_sink *sink, struct err *err)
{
	(void)err;
	buf_addf(&recorded_of(world)->acts, "debug %s pid=%s\n", request->image, request->pid_mode);
	return begin_session(recorded_of(world), sink);
}

static void write_bytes(struct world_session *session, const char *bytes, size_t len)
{
	buf_add(&session->recorded->typed, bytes, len);
}

static void resize_to(struct world_session *session, int rows, int columns)
{
	buf_addf(&session->recorded->acts, "resize %dx%d\n", columns, rows);
}

static void hold_output(struct world_session *session, bool hold)
{
	buf_adds(&session->recorded->acts, hold ? "hold\n" : "release\n");
}

static void leave(struct world_session *session)
{
	buf_adds(&session->recorded->acts, "leave\n");
	session->recorded->session = NULL;
	free(session);
}

const struct world_session_ops recorded_session_ops = {
	.open = open_one,
	.exec = exec_one,
	.run = run_one,
	.write = write_bytes,
	.resize = resize_to,
	.hold = hold_output,
	.leave = leave,
};

/* ---- what the test tells ---- */

void recorded_output(struct recorded *recorded, const char *text)
{
	auto_free char *bytes = strdup(text);
	size_t len = recorded_unescape(bytes);

	recorded->session->sink.output(recorded->session->sink.self, bytes, len);
}

void recorded_end_session(struct recorded *recorded, int exit_code)
{
	auto_free struct world_session *session = take(recorded->session);
	struct session_result result = {.end = SESSION_EXITED, .exit_code = exit_code};

	session->sink.ended(session->sink.self, &result);
}

bool recorded_has_session(const struct recorded *recorded)
{
	return recorded->session != NULL;
}
