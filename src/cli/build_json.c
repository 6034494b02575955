#include "cli/build_json.h"

#include <stdio.h>

#include <cjson/cJSON.h>

#include "cli/output.h"
#include "cli/units.h"

enum { BRIEF_MAX = 2 << 20, TAIL_MAX = 8192 };

/* What a step has said. */
struct said {
	uint64_t bytes;
	struct buf tail; /* of what was left out */
};

struct build_json {
	int fd;
	bool brief;
	struct said *said;
	size_t steps;
};

static const char *const kind_names[] = {
	[BUILD_EVENT_PLAN] = "plan",
	[BUILD_EVENT_STARTED] = "started",
	[BUILD_EVENT_WHY] = "why",
	[BUILD_EVENT_CACHED] = "cached",
	[BUILD_EVENT_DONE] = "completed",
	[BUILD_EVENT_FAILED] = "error",
	[BUILD_EVENT_LEFT] = "canceled",
	[BUILD_EVENT_OUTPUT] = "log",
	[BUILD_EVENT_NOTE] = "note",
	[BUILD_EVENT_PROGRESS] = "progress",
	[BUILD_EVENT_WARNING] = "warning",
};

struct build_json *build_json_new(int fd, bool brief)
{
	struct build_json *json = calloc(1, sizeof(*json));

	if (json) {
		json->fd = fd;
		json->brief = brief;
	}
	return json;
}

void build_json_free(struct build_json *json)
{
	if (!json)
		return;
	for (size_t i = 0; i < json->steps; i++)
		buf_fini(&json->said[i].tail);
	free(json->said);
	free(json);
}

static void put_line(const struct build_json *json, cJSON *line)
{
	auto_free char *words = cJSON_PrintUnformatted(line);
	auto_buf out = BUF_INIT;

	cJSON_Delete(line);
	buf_addf(&out, "%s\n", words ? words : "");
	output_write(json->fd, buf_text(&out), out.len);
}

static cJSON *begin(const char *event, uint64_t time_ns)
{
	cJSON *line = cJSON_CreateObject();
	auto_buf time = BUF_INIT;

	units_put_time(&time, time_ns);
	cJSON_AddStringToObject(line, "event", event);
	cJSON_AddStringToObject(line, "time", buf_text(&time));
	return line;
}

static void add_inputs(cJSON *line, const struct build_event *event)
{
	cJSON *inputs = cJSON_AddArrayToObject(line, "inputs");

	for (size_t i = 0; i < event->inputs_len; i++)
		cJSON_AddItemToArray(inputs, cJSON_CreateNumber(event->inputs[i]));
}

static void put_event(const struct build_json *json, const struct build_event *event)
{
	cJSON *line = begin(kind_names[event->kind], event->time_ns);
	auto_buf text = BUF_INIT;

	if (event->step >= 0)
		cJSON_AddNumberToObject(line, "step", event->step);
	/* Who keeps it knows the rest from the plan. */
	if (event->step >= 0 && !(json->brief && event->kind == BUILD_EVENT_OUTPUT)) {
		cJSON_AddStringToObject(line, "name", event->name);
		cJSON_AddStringToObject(line, "digest", event->digest);
		cJSON_AddNumberToObject(line, "line", event->line);
	}
	if (event->kind == BUILD_EVENT_PLAN)
		add_inputs(line, event);
	if (event->took_ns)
		cJSON_AddNumberToObject(line, "took", (double)event->took_ns / 1e9);
	if (event->text) {
		buf_add(&text, event->text, event->text_len);
		cJSON_AddStringToObject(line, "text", buf_text(&text));
	}
	put_line(json, line);
}

/* ---- what is left out ---- */

static struct said *said_by(struct build_json *json, int step)
{
	size_t wanted = (size_t)step + 1;
	struct said *more;

	if (step < 0)
		return NULL;
	if (wanted <= json->steps)
		return &json->said[step];
	more = reallocarray(json->said, wanted, sizeof(*more));
	if (!more)
		return NULL;
	memset(more + json->steps, 0, (wanted - json->steps) * sizeof(*more));
	json->said = more;
	json->steps = wanted;
	return &json->said[step];
}

/* True: it is too much, and only its end is remembered. */
static bool leave_out(struct build_json *json, const struct build_event *event)
{
	struct said *said = said_by(json, event->step);

	if (!said || !json->brief)
		return false;
	said->bytes += event->text_len;
	if (said->bytes <= BRIEF_MAX)
		return false;
	buf_add(&said->tail, event->text, event->text_len);
	if (said->tail.len > 2 * TAIL_MAX)
		buf_drop(&said->tail, said->tail.len - TAIL_MAX);
	return true;
}

/* From the first whole line of the end that was remembered. */
static void tell_left_out(struct build_json *json, const struct build_event *event)
{
	struct said *said = said_by(json, event->step);
	struct build_event last = *event;
	auto_buf text = BUF_INIT;
	const char *from;

	if (!said || !said->tail.len)
		return;
	from = said->bytes - BRIEF_MAX > said->tail.len ? strchr(buf_text(&said->tail), '\n')
							: NULL;
	from = from ? from + 1 : buf_text(&said->tail);
	buf_addf(&text, "[what came after the first %d MiB is left out, but for its end]\n%s",
		BRIEF_MAX >> 20, from);
	last.kind = BUILD_EVENT_OUTPUT;
	last.took_ns = 0;
	last.text = buf_text(&text);
	last.text_len = text.len;
	put_event(json, &last);
	buf_clear(&said->tail);
}

/* ---- all ---- */

void build_json_event(struct build_json *json, const struct build_event *event)
{
	if (event->kind == BUILD_EVENT_OUTPUT && leave_out(json, event))
		return;
	if (event->kind == BUILD_EVENT_DONE || event->kind == BUILD_EVENT_FAILED ||
		event->kind == BUILD_EVENT_LEFT)
		tell_left_out(json, event);
	put_event(json, event);
}

static void put_text(const struct build_json *json, const char *event, const char *text)
{
	cJSON *line;

	if (!*text)
		return;
	line = begin(event, units_now());
	cJSON_AddStringToObject(line, "text", text);
	put_line(json, line);
}

void build_json_end(
	struct build_json *json, const struct build_result *result, const struct err *err)
{
	if (err)
		put_text(json, "excerpt", buf_text(&result->excerpt));
	put_text(json, err ? "failed" : "image", err ? err->text : result->image);
}
