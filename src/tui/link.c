/* link.c - see link.h. */
#include <cjson/cJSON.h>
#include <limits.h>

#include "tui/link_record.h"
#include "util/redact.h"

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

int link_put_json(struct cJSON *object, struct buf *json, struct err *err)
{
	char *text = cJSON_Print(object);

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

/* Whoever looks over a shoulder sees the screen, too; the command line prints all of it. */
static void hide_secrets(cJSON *object)
{
	cJSON *config = cJSON_GetObjectItem(object, "Config");

	redact_strings(cJSON_GetObjectItem(config, "Env"));
	redact_strings(cJSON_GetObjectItem(config, "Cmd"));
	redact_strings(cJSON_GetObjectItem(config, "Entrypoint"));
	redact_strings(cJSON_GetObjectItem(object, "Args"));
}

static int inspect(
	struct world *world, bool image, const char *who, struct buf *json, struct err *err)
{
	struct engine *engine = link_of(world)->engine;
	struct cJSON *object;
	int rc = image ? engine_image_inspect(engine, who, &object, err)
		       : engine_container_inspect(engine, who, &object, err);

	if (rc < 0)
		return rc;
	hide_secrets(object);
	return link_put_json(object, json, err);
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
	link_record_fini(&deed->record);
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
	const struct err *err = result->err;
	uint64_t ticket = deed->ticket;
	struct err refused;

	/* A full disk may answer the same, and that is another story. */
	if (err && err->code == -EROFS && engine_is_read_only(deed->link->engine) &&
		deed->record.command) {
		err_set(&refused, EROFS,
			"Read-only session: nothing was changed. Elsewhere: davit %s",
			deed->record.command);
		err = &refused;
	}
	if (listener->outcome)
		listener->outcome(
			listener->self, ticket, deed->note, !result->err && deed->record.undo);
	link_record_add(deed, result);
	link_deed_free(deed);
	if (listener->done)
		listener->done(listener->self, ticket, err);
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
	case VERB_CREATE:
	case VERB_RESTORE:
	case VERB_UNDO:
	case VERB_RENAME:
	case VERB_UPDATE:
	case VERB_TAG:
	case VERB_COUNT:
		break;
	}
	return NULL;
}

static void record(struct deed *deed, enum verb verb, const char *id, int signal)
{
	static const struct {
		const char *what, *undo;
	} verbs[VERB_COUNT] = {
		[VERB_START] = {"start", NULL},
		[VERB_STOP] = {"stop", "start"},
		[VERB_RESTART] = {"restart", NULL},
		[VERB_PAUSE] = {"pause", "unpause"},
		[VERB_UNPAUSE] = {"unpause", "pause"},
		[VERB_KILL] = {"kill", NULL},
		[VERB_REMOVE] = {"remove", NULL},
	};
	struct container room;
	const char *name = link_record_name(deed->link, id, &room);

	if (verb == VERB_KILL)
		link_record_as(
			deed, EVENT_CONTAINER, "kill", id, name, "kill -s %d %s", signal, name);
	else
		link_record_as(deed, EVENT_CONTAINER, verbs[verb].what, id, name, "%s %s",
			verb == VERB_REMOVE ? "rm -f" : verbs[verb].what, name);
	if (verbs[verb].undo)
		link_record_undo(deed, "%s %s", verbs[verb].undo, id);
}

static int act(struct world *world, enum verb verb, const char *id, int signal, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);

	if (!deed)
		return -ENOMEM;
	deed->lives_on = verb == VERB_STOP;
	record(deed, verb, id, signal);
	return link_deed_begun(deed, begin(link->engine, deed, verb, id, signal));
}

static int remove_image(struct world *world, const char *who, uint64_t ticket)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, ticket);

	if (!deed)
		return -ENOMEM;
	link_record_untag(deed, who);
	return link_deed_begun(
		deed, engine_image_remove(link->engine, who, false, link_deed_done, deed));
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
	if (event->type == EVENT_CONTAINER && strcmp(event->action, "destroy") == 0)
		link_jobs_tidy(link);
	if (event->type == EVENT_IMAGE)
		listener->changed(listener->self, WORLD_IMAGES);
	if (event->type == EVENT_VOLUME || event->type == EVENT_NETWORK ||
		event->type == EVENT_CONTAINER)
		listener->changed(listener->self, WORLD_RESOURCES);
	listener->happened(listener->self, event);
}

static const struct world_ops engine_ops = {
	.container = &link_container_ops,
	.image = &link_image_ops,
	.layers = &link_layers_ops,
	.hood = &link_hood_ops,
	.timeline = &link_timeline_ops,
	.figure = &link_figure_ops,
	.lesson = &link_lesson_ops,
	.command = &link_command_ops,
	.safety = &link_safety_ops,
	.resources = &link_resources_ops,
	.containers = read_containers,
	.images = read_images,
	.stats = read_stats,
	.inspect = inspect,
	.grace = grace,
	.events = read_events,
	.act = act,
	.remove_image = remove_image,
	.jobs = &link_jobs_ops,
	.log = &link_log_ops,
	.session = &link_session_ops,
};

struct link *link_new(struct engine *engine, uv_loop_t *loop)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->world.ops = &engine_ops;
	link->engine = engine;
	link->loop = loop;
	return link;
}

void link_stop(struct link *link)
{
	link->world.listener = (struct world_listener){0};
	if (link->follower)
		engine_unfollow(take(link->follower));
	if (link->actions)
		engine_unfollow(take(link->actions));
	link_jobs_stop(link);
	/* The container's monitor goes on stopping it; what else is under way takes milliseconds.
	 */
	for (struct deed *deed = link->deeds; deed; deed = deed->next) {
		deed->made = NULL;
		deed->answer = NULL;
		if (deed->lives_on)
			op_cancel(deed->op);
	}
}

void link_free(struct link *link)
{
	if (link)
		strs_fini(&link->leftovers);
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
