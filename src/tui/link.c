/* link.c - see link.h. */
#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>

#include "tui/link_private.h"

struct world_log {
	struct link *link;
	struct log_reader *reader;
};

struct world_session {
	struct world_sink sink; /* self NULL: nobody listens any more */
	struct session *session;
	struct engine *engine;
	char image[80]; /* that goes with it, or "" */
};

/* ---- reading ---- */

int link_no_engine(struct err *err)
{
	return err_set(err, ENOTCONN, "the store is not open");
}

static int read_containers(
	struct world *world, struct container **out, size_t *count, struct err *err)
{
	struct link *link = link_of(world);

	return link->engine ? engine_containers(link->engine, out, count, err)
			    : link_no_engine(err);
}

static int read_images(
	struct world *world, struct image_entry **out, size_t *count, struct err *err)
{
	struct link *link = link_of(world);

	return link->engine ? engine_images(link->engine, out, count, err) : link_no_engine(err);
}

static int read_stats(struct world *world, const char *id, struct container_stats *out)
{
	struct err err;

	return engine_stats(link_of(world)->engine, id, out, &err);
}

static int inspect(
	struct world *world, bool image, const char *who, struct buf *json, struct err *err)
{
	struct engine *engine = link_of(world)->engine;
	struct cJSON *object;
	char *text;
	int rc;

	rc = image ? engine_image_inspect(engine, who, &object, err)
		   : engine_container_inspect(engine, who, &object, err);
	if (rc < 0)
		return rc;
	text = cJSON_Print(object);
	cJSON_Delete(object);
	if (!text)
		return err_set(err, ENOMEM, "out of memory");
	/* Tabs would be eight columns each; after a colon, a blank is enough. What a string holds
	 * is escaped: every tab is cJSON's. */
	for (const char *at = text; *at; at++)
		if (*at == '\t')
			buf_adds(json, at > text && at[-1] == ':' ? " " : "  ");
		else
			buf_addc(json, *at);
	free(text);
	return buf_failed(json) ? err_set(err, ENOMEM, "out of memory") : 0;
}

static int grace(struct world *world, const char *id)
{
	enum { ORDINARY_S = 10 };
	const struct cJSON *seconds;
	struct cJSON *object;
	struct err err;
	int wait = ORDINARY_S;

	if (engine_container_inspect(link_of(world)->engine, id, &object, &err) < 0)
		return ORDINARY_S;
	seconds = cJSON_GetObjectItem(cJSON_GetObjectItem(object, "Config"), "StopTimeout");
	if (cJSON_IsNumber(seconds))
		wait = seconds->valueint;
	cJSON_Delete(object);
	return wait;
}

static int read_events(struct world *world, event_fn on_event, void *arg, struct err *err)
{
	struct link *link = link_of(world);

	return link->engine ? engine_events(link->engine, 0, on_event, arg, err)
			    : link_no_engine(err);
}

/* ---- acting ---- */

void link_deed_free(struct deed *deed)
{
	struct deed **at = &deed->link->deeds;

	while (*at != deed)
		at = &(*at)->next;
	*at = deed->next;
	free(deed);
}

struct deed *link_deed_new(struct link *link, uint64_t ticket)
{
	struct deed *deed = calloc(1, sizeof(*deed));

	if (!deed)
		return NULL;
	deed->link = link;
	deed->ticket = ticket;
	deed->next = link->deeds;
	link->deeds = deed;
	return deed;
}

int link_deed_begun(struct deed *deed, struct op *op)
{
	deed->op = op;
	if (op)
		return 0;
	link_deed_free(deed);
	return -ENOMEM;
}

void link_deed_done(void *arg, const struct op_result *result)
{
	struct deed *deed = arg;
	const struct world_listener *listener = &deed->link->world.listener;
	uint64_t ticket = deed->ticket;

	link_deed_free(deed);
	if (listener->done)
		listener->done(listener->self, ticket, result->err);
}

static struct op *begin(
	struct engine *engine, struct deed *deed, enum verb verb, const char *id, int signal)
{
	switch (verb) {
	case VERB_START:
		return engine_start(engine, id, link_deed_done, deed);
	case VERB_STOP:
		return engine_stop(engine, id, 0, INT_MIN, link_deed_done, deed);
	case VERB_RESTART:
		return engine_restart(engine, id, 0, INT_MIN, link_deed_done, deed);
	case VERB_PAUSE:
		return engine_pause(engine, id, link_deed_done, deed);
	case VERB_UNPAUSE:
		return engine_unpause(engine, id, link_deed_done, deed);
	case VERB_KILL:
		return engine_kill(engine, id, signal, link_deed_done, deed);
	case VERB_REMOVE:
		return engine_remove(engine, id, signal == 1, false, link_deed_done, deed);
	case VERB_COUNT:
		break;
	}
	return NULL;
}

static int act(struct world *world, enum verb verb, const char *id, int signal, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);

	if (!deed)
		return -ENOMEM;
	deed->lives_on = verb == VERB_STOP;
	return link_deed_begun(deed, begin(link->engine, deed, verb, id, signal));
}

static int remove_image(struct world *world, const char *who, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);

	if (!deed)
		return -ENOMEM;
	return link_deed_begun(
		deed, engine_image_remove(link->engine, who, false, link_deed_done, deed));
}

/* ---- logs ---- */

static void on_more(void *arg, bool ended)
{
	struct world_log *log = arg;
	const struct world_listener *listener = &log->link->world.listener;

	(void)ended;
	if (listener->log_grew)
		listener->log_grew(listener->self, log);
}

static int log_open(struct world *world, const char *id, struct world_log **out, struct err *err)
{
	struct log_options options = {.tail = -1, .want_stdout = true, .want_stderr = true};
	auto_free struct world_log *log = calloc(1, sizeof(*log));
	int rc;

	if (!log)
		return err_set(err, ENOMEM, "out of memory");
	log->link = link_of(world);
	rc = engine_logs(log->link->engine, id, &options, &log->reader, err);
	if (rc < 0)
		return rc;
	rc = log_follow(log->reader, on_more, log);
	if (rc < 0) {
		log_close(log->reader);
		return err_set(err, rc, "log of %.12s: %s", id, err_name(rc));
	}
	*out = take(log);
	return 0;
}

static int next_piece(struct world_log *log, struct log_piece *out)
{
	return log_next(log->reader, out);
}

static int previous_piece(struct world_log *log, struct log_piece *out)
{
	return log_previous(log->reader, out);
}

static void seek(struct world_log *log, uint64_t offset)
{
	log_seek(log->reader, offset);
}

static void close_log(struct world_log *log)
{
	log_close(log->reader);
	free(log);
}

/* ---- sessions ---- */

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

	if (*session->image)
		engine_image_remove(session->engine, session->image, false, NULL, NULL);
	if (session->sink.self)
		session->sink.ended(session->sink.self, result);
}

static struct session *open_shell(struct engine *engine, const char *id,
	const struct session_options *options, const struct session_events *events, void *arg,
	struct err *err)
{
	struct exec_request request;
	struct session *session;
	char shell[256];

	if (engine_find_shell(engine, id, shell, sizeof(shell), err) < 0) {
		if (err->code == -ENOENT)
			err_set(err, ENOENT, "there is no shell in this image");
		return NULL;
	}
	exec_request_init(&request);
	strs_add(&request.command, shell);
	request.tty = request.stdin_open = true;
	session = engine_exec(engine, id, &request, options, events, arg);
	exec_request_fini(&request);
	return session;
}

/* As after a step of a build that failed: see docs/build.md. */
static struct session *open_image(struct engine *engine, const char *image,
	const struct session_options *options, const struct session_events *events, void *arg)
{
	struct container_request request;
	struct session *session;

	container_request_init(&request);
	request.image = image;
	request.tty = request.stdin_open = request.stdin_once = request.auto_remove = true;
	request.stop_timeout = INT_MIN;
	request.has_entrypoint = true;
	strs_add(&request.command, "/bin/sh");
	session = engine_run(engine, &request, options, events, arg);
	container_request_fini(&request);
	return session;
}

static struct session *open_kind(enum session_kind kind, const char *id,
	const struct session_options *options, struct world_session *session, struct err *err)
{
	static const struct session_events events = {.output = on_output, .ended = on_ended};

	switch (kind) {
	case SESSION_SHELL:
		return open_shell(session->engine, id, options, &events, session, err);
	case SESSION_IMAGE:
		snprintf(session->image, sizeof(session->image), "%s", id);
		return open_image(session->engine, id, options, &events, session);
	case SESSION_ATTACH:
		break;
	}
	return engine_attach(session->engine, id, options, &events, session);
}

static struct world_session *session_open(struct world *world, enum session_kind kind,
	const char *id, int rows, int columns, const struct world_sink *sink, struct err *err)
{
	struct session_options options = {.want_stdin = true,
		.want_stdout = true,
		.want_stderr = true,
		.rows = (unsigned)rows,
		.columns = (unsigned)columns};
	auto_free struct world_session *session = calloc(1, sizeof(*session));

	if (!session) {
		err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	session->sink = *sink;
	err_set(err, ENOMEM, "out of memory");
	session->engine = link_of(world)->engine;
	session->session = open_kind(kind, id, &options, session, err);
	return session->session ? take(session) : NULL;
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

/* ---- events ---- */

static void on_event(void *arg, const struct event *event)
{
	struct link *link = arg;
	const struct world_listener *listener = &link->world.listener;

	if (!listener->self)
		return;
	if (event->type == EVENT_CONTAINER)
		listener->changed(listener->self, WORLD_CONTAINERS);
	if (event->type == EVENT_IMAGE)
		listener->changed(listener->self, WORLD_IMAGES);
	listener->happened(listener->self, event);
}

static const struct world_ops engine_ops = {
	.container = &link_container_ops,
	.jobs = &link_jobs_ops,
	.containers = read_containers,
	.images = read_images,
	.stats = read_stats,
	.inspect = inspect,
	.grace = grace,
	.events = read_events,
	.act = act,
	.remove_image = remove_image,
	.log_open = log_open,
	.log_next = next_piece,
	.log_previous = previous_piece,
	.log_seek = seek,
	.log_close = close_log,
	.session_open = session_open,
	.session_write = write_session,
	.session_resize = resize_session,
	.session_hold = hold_session,
	.session_leave = leave_session,
};

struct link *link_new(struct engine *engine)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->world.ops = &engine_ops;
	link->engine = engine;
	setenv("DAVIT_SCREEN", "1", 1); /* what our jobs do is told as the screen's */
	return link;
}

void link_stop(struct link *link)
{
	link->world.listener = (struct world_listener){0};
	if (link->follower)
		engine_unfollow(take(link->follower));
	link_jobs_stop(link);
	/* The container's monitor goes on stopping it; what else is under way takes milliseconds.
	 */
	for (struct deed *deed = link->deeds; deed; deed = deed->next) {
		deed->made = NULL;
		if (deed->lives_on)
			op_cancel(deed->op);
	}
}

void link_free(struct link *link)
{
	free(link);
}

struct world *link_world(struct link *link)
{
	return &link->world;
}

int link_follow(struct link *link, struct err *err)
{
	link->follower = engine_follow(link->engine, UINT64_MAX, on_event, link, err);
	return link->follower ? 0 : err->code;
}
