#include "core/timeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

void timeline_fini(struct timeline *timeline)
{
	strs_fini(&timeline->lanes);
	strs_fini(&timeline->text);
	free(timeline->spans);
	*timeline = (struct timeline){0};
}

static const struct timeline_span empty = {.words = "", .calls = "", .proof = ""};

struct timeline_span *timeline_span(
	struct timeline *timeline, unsigned lane, uint64_t from_ns, uint64_t to_ns)
{
	static _Thread_local struct timeline_span nobodys;
	struct timeline_span *span = &nobodys, *more;

	/* Powers of two: grown whenever it is one. */
	if (!(timeline->count & (timeline->count - 1))) {
		more = reallocarray(
			timeline->spans, timeline->count ? timeline->count * 2 : 1, sizeof(*more));
		timeline->failed |= !more;
		timeline->spans = more ? more : timeline->spans;
	}
	if (!timeline->failed)
		span = &timeline->spans[timeline->count++];
	*span = empty;
	span->lane = lane;
	span->from_ns = from_ns;
	span->to_ns = to_ns > from_ns ? to_ns : from_ns;
	return span;
}

struct timeline_span *timeline_open_span(
	struct timeline *timeline, unsigned lane, uint64_t from_ns, uint64_t now_ns)
{
	struct timeline_span *span = timeline_span(timeline, lane, from_ns, now_ns);

	span->open = true;
	timeline->open = true;
	return span;
}

const char *timeline_say(struct timeline *timeline, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	strs_give(&timeline->text, text);
	timeline->failed |= strs_failed(&timeline->text);
	return text && !timeline->failed ? text : "";
}

/* ---- ending it ---- */

/* Walks them once: what is waited for is whatever moves on from where all before have ended. */
static void mark_awaited(struct timeline *timeline)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < timeline->count; i++) {
		struct timeline_span *span = &timeline->spans[i];

		span->awaited = span->to_ns > covered && span->to_ns > span->from_ns;
		if (span->to_ns > covered)
			covered = span->to_ns;
	}
}

/* Records are nearly in order already, and what begins at once stays as it was told. */
static void sort(struct timeline *timeline)
{
	struct timeline_span *v = timeline->spans;

	for (size_t i = 1; i < timeline->count; i++) {
		struct timeline_span span = v[i];
		size_t at = i;

		while (at && v[at - 1].from_ns > span.from_ns) {
			v[at] = v[at - 1];
			at--;
		}
		v[at] = span;
	}
}

void timeline_end(struct timeline *timeline, uint64_t began_ns, bool awaited)
{
	sort(timeline);
	if (!began_ns && timeline->count)
		began_ns = timeline->spans[0].from_ns;
	for (size_t i = 0; i < timeline->count; i++) {
		struct timeline_span *span = &timeline->spans[i];

		span->from_ns -= span->from_ns < began_ns ? span->from_ns : began_ns;
		span->to_ns -= span->to_ns < began_ns ? span->to_ns : began_ns;
		if (span->due_ns)
			span->due_ns -= span->due_ns < began_ns ? span->due_ns : began_ns;
		if (span->to_ns > timeline->total_ns)
			timeline->total_ns = span->to_ns;
	}
	if (awaited)
		mark_awaited(timeline);
	timeline->title = timeline->title ? timeline->title : "";
	timeline->summary = timeline->summary ? timeline->summary : "";
}

/* ---- as JSON ---- */

static double us(uint64_t ns)
{
	return (double)ns / 1000.0;
}

static void add_span(cJSON *to, const struct timeline *timeline, const struct timeline_span *span)
{
	cJSON *item = cJSON_CreateObject();

	cJSON_AddStringToObject(item, "Lane",
		span->lane < timeline->lanes.len ? timeline->lanes.v[span->lane] : "");
	cJSON_AddNumberToObject(item, "FromUs", us(span->from_ns));
	cJSON_AddNumberToObject(item, "TookUs", us(span->to_ns - span->from_ns));
	cJSON_AddBoolToObject(item, "Open", span->open);
	if (span->due_ns)
		cJSON_AddNumberToObject(item, "DueUs", us(span->due_ns));
	if (span->done || span->total) {
		cJSON_AddNumberToObject(item, "Bytes", (double)span->done);
		cJSON_AddNumberToObject(item, "TotalBytes", (double)span->total);
	}
	cJSON_AddBoolToObject(item, "Awaited", span->awaited);
	cJSON_AddNumberToObject(item, "Result", span->result);
	cJSON_AddStringToObject(item, "Words", span->words);
	cJSON_AddStringToObject(item, "Calls", span->calls);
	cJSON_AddStringToObject(item, "Proof", span->proof);
	cJSON_AddItemToArray(to, item);
}

cJSON *timeline_json(const struct timeline *timeline)
{
	cJSON *object = cJSON_CreateObject(), *lanes, *spans;

	cJSON_AddStringToObject(object, "Kind", timeline_kind_name(timeline->kind));
	cJSON_AddStringToObject(object, "Title", timeline->title);
	cJSON_AddStringToObject(object, "Summary", timeline->summary);
	cJSON_AddNumberToObject(object, "AtUs", us(timeline->at_ns));
	cJSON_AddNumberToObject(object, "TotalUs", us(timeline->total_ns));
	cJSON_AddBoolToObject(object, "Open", timeline->open);
	lanes = cJSON_AddArrayToObject(object, "Lanes");
	for (size_t i = 0; i < timeline->lanes.len; i++)
		cJSON_AddItemToArray(lanes, cJSON_CreateString(timeline->lanes.v[i]));
	spans = cJSON_AddArrayToObject(object, "Spans");
	for (size_t i = 0; i < timeline->count; i++)
		add_span(spans, timeline, &timeline->spans[i]);
	return object;
}

/* ---- words ---- */

const char *timeline_kind_name(enum timeline_kind kind)
{
	static const char *const names[] = {
		[TIMELINE_LAUNCH] = "launch",
		[TIMELINE_STOP] = "stop",
		[TIMELINE_RESTART] = "restart",
		[TIMELINE_PULL] = "pull",
		[TIMELINE_BUILD] = "build",
	};

	return kind < TIMELINE_KINDS ? names[kind] : "";
}

const char *timeline_time(uint64_t ns, char out[24])
{
	static const struct {
		double least, divisor;
		const char *unit;
	} units[] = {{60e9, 60e9, "min"}, {1e9, 1e9, "s"}, {1e6, 1e6, "ms"}, {0, 1e3, "µs"}};
	double value = (double)ns;
	size_t i = 0;

	while (value < units[i].least)
		i++;
	value /= units[i].divisor;
	snprintf(out, 24, "%.*f %s",
		value >= 99.95   ? 0
		: value >= 9.995 ? 1
				 : 2,
		value, units[i].unit);
	return out;
}
