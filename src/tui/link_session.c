/* link_session.c - what is typed into containers, and what they print. */
#include "tui/link_private.h"

struct world_session {
	struct world_sink sink; /* self NULL: nobody listens any more */
	struct session *session;
};

static void on_output(void *arg, enum session_stream stream, const char *data, size_t len)
{
	struct world_session *session = arg;

	(void)stream;
	if (session->sink.self)
		session->sink.output(session->sink.self, data, len);
}

static void on_ended(void *arg, const struct session_result *result)
{
	auto_free struct world_session *session = arg;

	if (session->sink.self)
		session->sink.ended(session->sink.self, result);
}

static void on_joined(void *arg, unsigned others)
{
	struct world_session *session = arg;

	if (session->sink.self && session->sink.joined)
		session->sink.joined(session->sink.self, others);
}

static const struct session_events session_events = {
	.joined = on_joined, .output = on_output, .ended = on_ended};

static struct session_options options_for(int rows, int columns)
{
	return (struct session_options){.want_stdin = true,
		.want_stdout = true,
		.want_stderr = true,
		.rows = (unsigned)rows,
		.columns = (unsigned)columns};
}

static struct world_session *session_new(const struct world_sink *sink, struct err *err)
{
	struct world_session *session = calloc(1, sizeof(*session));

	err_set(err, ENOMEM, "out of memory");
	if (session)
		session->sink = *sink;
	return session;
}

/* With what the engine began for it, or NULL. */
static struct world_session *begun(struct world_session *made, struct session *session)
{
	auto_free struct world_session *kept = made;

	kept->session = session;
	return session ? take(kept) : NULL;
}

static struct world_session *begin_exec(struct world *world, const char *id,
	const struct exec_request *request, const struct world_sink *sink, struct err *err)
{
	struct session_options options = options_for(24, 80);
	struct world_session *session = session_new(sink, err);

	return session ? begun(session, engine_exec(link_of(world)->engine, id, request, &options,
						&session_events, session))
		       : NULL;
}

static struct world_session *begin_run(struct world *world, const struct container_request *request,
	const struct world_sink *sink, struct err *err)
{
	struct session_options options = options_for(24, 80);
	struct world_session *session = session_new(sink, err);

	return session ? begun(session, engine_run(link_of(world)->engine, request, &options,
						&session_events, session))
		       : NULL;
}

static struct world_session *open_shell(
	struct world *world, const char *id, const struct world_sink *sink, struct err *err)
{
	struct world_session *session;
	struct exec_request request;
	char shell[256];

	if (engine_find_shell(link_of(world)->engine, id, shell, sizeof(shell), err) < 0) {
		if (err->code == -ENOENT)
			err_set(err, ENOENT, "there is no shell in this image");
		return NULL;
	}
	exec_request_init(&request);
	strs_add(&request.command, shell);
	request.tty = request.stdin_open = true;
	session = begin_exec(world, id, &request, sink, err);
	exec_request_fini(&request);
	return session;
}

static struct world_session *begin(struct world *world, enum session_kind kind, const char *id,
	int rows, int columns, const struct world_sink *sink, struct err *err)
{
	struct session_options options = options_for(rows, columns);
	struct world_session *session;

	if (kind == SESSION_SHELL)
		return open_shell(world, id, sink, err);
	session = session_new(sink, err);
	return session ? begun(session, engine_attach(link_of(world)->engine, id, &options,
						&session_events, session))
		       : NULL;
}

static void write_session(struct world_session *session, const char *bytes, size_t len)
{
	session_write(session->session, bytes, len);
}

static void resize_session(struct world_session *session, int rows, int columns)
{
	session_resize(session->session, (unsigned)rows, (unsigned)columns);
}

static void hold_session(struct world_session *session, bool hold)
{
	session_pause_output(session->session, hold);
}

static void leave_session(struct world_session *session)
{
	session->sink.self = NULL;
	session_detach(session->session);
}

const struct world_session_ops link_session_ops = {
	.open = begin,
	.exec = begin_exec,
	.run = begin_run,
	.write = write_session,
	.resize = resize_session,
	.hold = hold_session,
	.leave = leave_session,
};
