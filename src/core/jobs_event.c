/* jobs_event.c - a line that a job told becomes an event.
 *
 * Three kinds of lines come: docker's objects ({"status":…,"id":…,"progressDetail":…}), a build's
 * ({"event":…,"step":…}), and anything else, which is text. Text from strangers is inside JSON
 * strings, so it never makes an event of its own. */
#include <stdio.h>
#include <time.h>

#include "core/jobs_own.h"
#include "util/json.h"

enum { TEXT_MAX = 8192 };

struct job_parser {
	cJSON *json; /* what the last event lends from */
	char text[TEXT_MAX];
};

struct job_parser *job_parser_new(void)
{
	return calloc(1, sizeof(struct job_parser));
}

void job_parser_free(struct job_parser *parser)
{
	if (!parser)
		return;
	cJSON_Delete(parser->json);
	free(parser);
}

/* "2026-03-02T14:05:00.123456789Z"; 0: it is none. */
static uint64_t read_time(const char *text)
{
	struct tm tm = {0};
	unsigned nanoseconds;
	int year, month, end = 0;
	time_t seconds;

	if (!text ||
		sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%9uZ%n", &year, &month, &tm.tm_mday,
			&tm.tm_hour, &tm.tm_min, &tm.tm_sec, &nanoseconds, &end) != 7 ||
		!end || text[end])
		return 0;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	seconds = timegm(&tm);
	return seconds < 0 ? 0 : (uint64_t)seconds * 1000000000 + nanoseconds;
}

static int read_int(const cJSON *json, const char *key, int otherwise)
{
	uint64_t number;

	return json_size(json, key, &number) && number < INT32_MAX ? (int)number : otherwise;
}

static void read_inputs(const cJSON *json, struct job_event *event)
{
	const cJSON *input;

	cJSON_ArrayForEach(input, json_array(json, "inputs"))
		if (cJSON_IsNumber(input) && event->inputs_len < JOB_INPUTS_MAX)
			event->inputs[event->inputs_len++] = input->valueint;
}

static bool read_build(const cJSON *json, struct job_event *event)
{
	static const struct {
		const char *name;
		enum job_event_kind kind;
	} kinds[] = {{"plan", JOB_EVENT_PLAN}, {"started", JOB_EVENT_STARTED},
		{"why", JOB_EVENT_WHY}, {"cached", JOB_EVENT_CACHED}, {"completed", JOB_EVENT_DONE},
		{"error", JOB_EVENT_FAILED}, {"canceled", JOB_EVENT_LEFT},
		{"log", JOB_EVENT_OUTPUT}, {"note", JOB_EVENT_NOTE}, {"warning", JOB_EVENT_WARNING},
		{"excerpt", JOB_EVENT_EXCERPT}, {"image", JOB_EVENT_IMAGE},
		{"failed", JOB_EVENT_ERROR}};
	const char *name = json_str(json, "event");
	const cJSON *took = json_get(json, "took");
	size_t i = 0;

	while (i < array_len(kinds) && !str_eq(kinds[i].name, name))
		i++;
	if (i == array_len(kinds))
		return false;
	event->kind = kinds[i].kind;
	event->time_ns = read_time(json_str(json, "time"));
	event->step = read_int(json, "step", -1);
	event->line = read_int(json, "line", 0);
	event->id = json_str_or(json, "digest", "");
	event->name = json_str_or(json, "name", "");
	event->text = json_str_or(json, "text", "");
	if (cJSON_IsNumber(took) && took->valuedouble > 0 && took->valuedouble < 1e9)
		event->took_ns = (uint64_t)(took->valuedouble * 1e9);
	read_inputs(json, event);
	return true;
}

static bool read_docker(const cJSON *json, struct job_event *event)
{
	const char *status = json_str(json, "status"), *error = json_str(json, "error"),
		   *warning = json_str(json, "warning");
	const cJSON *detail = json_object(json, "progressDetail");

	event->id = json_str_or(json, "id", "");
	event->kind = error ? JOB_EVENT_ERROR : warning ? JOB_EVENT_WARNING : JOB_EVENT_MESSAGE;
	event->text = error ? error : warning ? warning : status;
	if (!event->text)
		return false;
	if (event->kind != JOB_EVENT_MESSAGE || !*event->id)
		return true;
	event->kind = JOB_EVENT_LAYER;
	json_size(detail, "current", &event->done);
	json_size(detail, "total", &event->total);
	return true;
}

static void plain(struct job_parser *parser, const char *line, size_t len, struct job_event *event)
{
	bool ours = len > 7 && memcmp(line, "davit: ", 7) == 0;

	*event = (struct job_event){.kind = ours ? JOB_EVENT_ERROR : JOB_EVENT_LINE,
		.id = "",
		.name = "",
		.step = -1,
		.text = parser->text};
	line += ours ? 7 : 0;
	len -= ours ? 7 : 0;
	snprintf(parser->text, sizeof(parser->text), "%.*s",
		(int)(len < TEXT_MAX ? len : TEXT_MAX - 1), line);
}

void job_parse(struct job_parser *parser, const char *line, size_t len, struct job_event *event)
{
	struct err ignored;

	cJSON_Delete(take(parser->json));
	if (len && *line == '{' && json_parse(line, len, &parser->json, &ignored) == 0) {
		*event = (struct job_event){.id = "", .name = "", .text = "", .step = -1};
		if (read_build(parser->json, event) || read_docker(parser->json, event))
			return;
	}
	plain(parser, line, len, event);
}
