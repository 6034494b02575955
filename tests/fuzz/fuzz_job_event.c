/* What a job told, a line an event, and what is made of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/jobs_own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct job_event *event)
{
	if (!event->id || !event->name || !event->text || event->inputs_len > JOB_INPUTS_MAX ||
		event->step < -1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_of(job_parser) struct job_parser *parser = job_parser_new();
	auto_of(job_track) struct job_track *track = job_track_new();
	const char *at = (const char *)data, *end = at + size;
	struct job job = {0}, record = {0};
	struct job_event event;
	struct err err;

	if (!parser || !track)
		return 0;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop ? stop : end;
		job_parse(parser, at, (size_t)(stop - at), &event);
		check(&event);
		job_track_take(track, &event, &job);
		if (job.step > job.steps + 1024)
			abort();
		at = stop + 1;
	}
	job_record_read((const char *)data, size, &record, &err);
	strs_fini(&record.args);
	return 0;
}
