/* What monitors, pulls and builds recorded, and the timelines that are made of it: whatever is in
 * such a file, a timeline lies within its whole, in order, and lends no text that is not there. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct timeline *timeline)
{
	uint64_t last = 0;

	for (size_t i = 0; i < timeline->count; i++) {
		const struct timeline_span *span = &timeline->spans[i];

		if (span->from_ns < last || span->to_ns < span->from_ns ||
			span->to_ns > timeline->total_ns || !span->words || !span->calls ||
			!span->proof || span->lane >= timeline->lanes.len)
			abort();
		last = span->from_ns;
	}
}

static void look_at(struct timeline *timeline, bool found)
{
	cJSON *json;

	if (found && !timeline->failed) {
		check(timeline);
		json = timeline_json(timeline);
		cJSON_Delete(json);
	}
	timeline_fini(timeline);
}

/* The first byte says whether it goes on, and which step is looked at. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct timeline_subject subject = {.name = "web", .root = "/store"};
	struct timeline timeline = {0};
	auto_facts facts = {0};

	if (size < 1)
		return 0;
	subject.running = data[0] & 1;
	subject.now_ns = (uint64_t)data[0] << 32;
	facts_parse(&facts, (const char *)data + 1, size - 1);
	look_at(&timeline, timeline_of_stop(&subject, &facts, &timeline));
	look_at(&timeline, timeline_of_restart(&subject, &facts, &timeline));
	look_at(&timeline, timeline_of_pull(&subject, &facts, &timeline));
	look_at(&timeline, timeline_of_build(&subject, &facts, 0, &timeline));
	look_at(&timeline, timeline_of_build(&subject, &facts, data[0] >> 1, &timeline));
	return 0;
}
