#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/filters.h"
#include "cli/form.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	const char *format, *since, *until;
	struct strs filters;
};

static const struct option options[] = {
	{"filter", 'f', OPTION_LIST, "filter", "Filter output based on conditions provided",
		offsetof(struct values, filters)},
	{"format", 0, OPTION_STRING, NULL, "'json' or a Go template of each event",
		offsetof(struct values, format)},
	{"since", 0, OPTION_STRING, NULL, "Show all events created since timestamp",
		offsetof(struct values, since)},
	{"until", 0, OPTION_STRING, NULL, "Stream events until this timestamp",
		offsetof(struct values, until)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct streaming {
	struct cli *cli;
	const struct values *values;
	struct form *form; /* NULL: docker's line */
	uint64_t since_ns, until_ns;
	struct follower *follower;
	uv_timer_t timer;
	bool timed, over;
	int code;
};

/* ---- which ---- */

static bool is_action(const char *value, const void *arg)
{
	const char *action = ((const struct event *)arg)->action;
	size_t len = strlen(value);

	/* "health_status" is also "health_status: healthy". */
	return str_eq(action, value) || (str_has_prefix(action, value) && action[len] == ':');
}

static bool is_type(const char *value, const void *arg)
{
	return str_eq(event_type_name(((const struct event *)arg)->type), value);
}

static bool is_actor(const struct event *event, enum event_type type, const char *value)
{
	const char *name = event_attr(event, "name");

	return event->type == type &&
	       ((*value && str_has_prefix(event->id, value)) || str_eq(name, value));
}

static bool is_container(const char *value, const void *arg)
{
	return is_actor(arg, EVENT_CONTAINER, value);
}

static bool is_image(const char *value, const void *arg)
{
	const struct event *event = arg;

	return is_actor(event, EVENT_IMAGE, value) ||
	       (event->type == EVENT_CONTAINER && str_eq(event_attr(event, "image"), value));
}

static bool is_volume(const char *value, const void *arg)
{
	return is_actor(arg, EVENT_VOLUME, value);
}

static bool is_network(const char *value, const void *arg)
{
	return is_actor(arg, EVENT_NETWORK, value);
}

static bool has_label(const char *value, const void *arg)
{
	const struct event *event = arg;
	auto_strs labels = STRS_INIT;

	for (size_t i = 0; i < event->attr_count; i++)
		strs_addf(&labels, "%s=%s", event->attrs[i].key, event->attrs[i].value);
	return filters_label(&labels, value);
}

static bool is_wanted(const struct streaming *streaming, const struct event *event)
{
	const struct strs *filters = &streaming->values->filters;

	return event->time_ns >= streaming->since_ns &&
	       (!streaming->until_ns || event->time_ns <= streaming->until_ns) &&
	       filters_any(filters, "event", is_action, event) &&
	       filters_any(filters, "type", is_type, event) &&
	       filters_any(filters, "container", is_container, event) &&
	       filters_any(filters, "image", is_image, event) &&
	       filters_any(filters, "volume", is_volume, event) &&
	       filters_any(filters, "network", is_network, event) &&
	       filters_every(filters, "label", has_label, event);
}

/* ---- how ---- */

static void put_line(struct buf *out, const struct event *event)
{
	units_put_local(out, event->time_ns);
	buf_addf(out, " %s %s %s", event_type_name(event->type), event->action, event->id);
	for (size_t i = 0; i < event->attr_count; i++)
		buf_addf(out, "%s%s=%s", i ? ", " : " (", event->attrs[i].key,
			event->attrs[i].value);
	buf_adds(out, event->attr_count ? ")\n" : "\n");
}

/* Docker's event object. Its members are spelled one way in JSON and another in a template. */
static cJSON *object_of(const struct event *event, bool is_template)
{
	cJSON *object = cJSON_CreateObject(), *actor, *attributes;
	const char *image = event_attr(event, "image");
	char nanoseconds[24];

	if (is_template || event->type == EVENT_CONTAINER || event->type == EVENT_IMAGE) {
		cJSON_AddStringToObject(object, is_template ? "Status" : "status", event->action);
		cJSON_AddStringToObject(object, is_template ? "ID" : "id", event->id);
	}
	if (is_template || event->type == EVENT_CONTAINER)
		cJSON_AddStringToObject(object, is_template ? "From" : "from", image ? image : "");
	cJSON_AddStringToObject(object, "Type", event_type_name(event->type));
	cJSON_AddStringToObject(object, "Action", event->action);
	actor = cJSON_AddObjectToObject(object, "Actor");
	cJSON_AddStringToObject(actor, "ID", event->id);
	attributes = cJSON_AddObjectToObject(actor, "Attributes");
	for (size_t i = 0; i < event->attr_count; i++)
		cJSON_AddStringToObject(attributes, event->attrs[i].key, event->attrs[i].value);
	cJSON_AddStringToObject(object, is_template ? "Scope" : "scope", "local");
	cJSON_AddNumberToObject(
		object, is_template ? "Time" : "time", (double)(event->time_ns / 1000000000));
	/* A double has no room for nanoseconds since 1970: kept as digits. */
	snprintf(nanoseconds, sizeof(nanoseconds), "%llu", (unsigned long long)event->time_ns);
	cJSON_AddRawToObject(object, is_template ? "TimeNano" : "timeNano", nanoseconds);
	return object;
}

static void finish(struct streaming *streaming, int code)
{
	if (streaming->over)
		return;
	streaming->over = true;
	streaming->code = code;
	if (streaming->follower)
		engine_unfollow(take(streaming->follower));
	if (streaming->timed)
		uv_close((uv_handle_t *)&streaming->timer, NULL);
}

static void on_event(void *arg, const struct event *event)
{
	struct streaming *streaming = arg;
	struct buf *out = &streaming->cli->out.text;
	struct err err;

	if (streaming->over || !is_wanted(streaming, event))
		return;
	if (!streaming->form) {
		put_line(out, event);
	} else {
		cJSON *object = object_of(event, form_is_template(streaming->form));
		int failed = form_put(streaming->form, object, out, &err);

		cJSON_Delete(object);
		if (failed) {
			finish(streaming, cli_fail(&err, 1));
			return;
		}
	}
	/* A reader of a stream wants each event when it happens. */
	if (streaming->follower ? !output_flush(&streaming->cli->out)
				: !output_flow(&streaming->cli->out))
		finish(streaming, 0);
}

static void on_until(uv_timer_t *timer)
{
	finish(timer->data, 0);
}

static int stream(struct streaming *streaming, struct err *err)
{
	struct cli *cli = streaming->cli;
	uint64_t now = units_now(), from = streaming->values->since ? 0 : UINT64_MAX;

	if (streaming->until_ns && streaming->until_ns <= now)
		return engine_events(cli->engine, 0, on_event, streaming, err);
	streaming->follower = engine_follow(cli->engine, from, on_event, streaming, err);
	if (!streaming->follower)
		return err->code;
	if (streaming->until_ns) {
		uv_timer_init(&cli->loop, &streaming->timer);
		streaming->timer.data = streaming;
		streaming->timed = true;
		uv_timer_start(
			&streaming->timer, on_until, (streaming->until_ns - now) / 1000000 + 1, 0);
	}
	output_flush(&cli->out);
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	return 0;
}

static int read_options(struct streaming *streaming, struct err *err)
{
	static const char *const known[] = {
		"event", "type", "container", "image", "volume", "network", "label", NULL};
	static const char *const later[] = {
		"config", "daemon", "node", "plugin", "scope", "secret", "service", NULL};
	const struct values *values = streaming->values;
	uint64_t now = units_now();

	if (filters_check(&values->filters, known, later, err) < 0)
		return err->code;
	if (values->since && units_time(values->since, now, &streaming->since_ns, err) < 0)
		return err_in(err, "invalid value for \"since\"");
	if (values->until && units_time(values->until, now, &streaming->until_ns, err) < 0)
		return err_in(err, "invalid value for \"until\"");
	if (values->format && *values->format)
		return form_new(values->format, &streaming->form, err);
	return 0;
}

static int watch_events(struct cli *cli, void *data, const struct operands *operands)
{
	struct streaming streaming = {.cli = cli, .values = data};
	struct err err;
	int code = 1;

	(void)operands;
	if (read_options(&streaming, &err) < 0)
		cli_tell(&err);
	else if (cli_open(cli))
		code = stream(&streaming, &err) < 0 ? cli_fail(&err, 1) : streaming.code;
	form_free(streaming.form);
	return code;
}

const struct command command_events = {
	.names = {"events", "system events"},
	.usage = "[OPTIONS]",
	.summary = "Get real time events from the engine",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 0,
	.values_size = sizeof(struct values),
	.run = watch_events,
};
