/* jobs_track.c - what a job tells, added up: steps of a build, bytes of layers, its last words. */
#include <stdio.h>

#include "core/jobs_own.h"

enum { LAYERS_MAX = 256, STEPS_MAX = 1024 };

struct layer_part {
	char id[20];
	uint64_t done, total;
	bool known; /* how much there is to do */
};

struct job_track {
	struct layer_part layers[LAYERS_MAX];
	size_t layers_len;
	bool over[STEPS_MAX];
};

struct job_track *job_track_new(void)
{
	return calloc(1, sizeof(struct job_track));
}

void job_track_free(struct job_track *track)
{
	free(track);
}

/* ---- layers ---- */

static struct layer_part *layer_of(struct job_track *track, const char *id)
{
	struct layer_part *layer;

	for (size_t i = 0; i < track->layers_len; i++)
		if (strncmp(track->layers[i].id, id, sizeof(layer->id) - 1) == 0)
			return &track->layers[i];
	if (track->layers_len == LAYERS_MAX)
		return NULL;
	layer = &track->layers[track->layers_len++];
	snprintf(layer->id, sizeof(layer->id), "%s", id);
	return layer;
}

/* Words that mean: nothing of it is left to be done. */
static bool is_complete(const char *status)
{
	static const char *const words[] = {"Pull complete", "Already exists", "Pushed",
		"Layer already exists", "Mounted from", "Skipped foreign layer", "Loaded", "Saved"};

	for (size_t i = 0; i < array_len(words); i++)
		if (str_has_prefix(status, words[i]))
			return true;
	return false;
}

static void take_layer(struct job_track *track, const struct job_event *event, struct job *job)
{
	struct layer_part *layer = layer_of(track, event->id);
	bool all_known = true;

	snprintf(job->now, sizeof(job->now), "%s", event->text);
	if (!layer)
		return;
	if (event->total) {
		layer->total = event->total;
		layer->known = true;
	}
	if (event->done > layer->done)
		layer->done = event->done;
	if (is_complete(event->text)) {
		layer->done = layer->total;
		layer->known = true;
	}
	job->done = job->total = 0;
	for (size_t i = 0; i < track->layers_len; i++) {
		job->done += track->layers[i].done;
		job->total += track->layers[i].total;
		all_known = all_known && track->layers[i].known;
	}
	if (!all_known)
		job->total = 0;
}

/* ---- steps ---- */

static void step_over(struct job_track *track, int step, struct job *job)
{
	if (step < 0 || step >= STEPS_MAX || track->over[step])
		return;
	track->over[step] = true;
	job->step++;
}

static void say(struct job *job, const char *text)
{
	size_t len = strcspn(text, "\n");

	if (len)
		snprintf(job->now, sizeof(job->now), "%.*s", (int)(len < 190 ? len : 190), text);
}

void job_track_take(struct job_track *track, const struct job_event *event, struct job *job)
{
	switch (event->kind) {
	case JOB_EVENT_LAYER:
		take_layer(track, event, job);
		return;
	case JOB_EVENT_PLAN:
		job->steps++;
		return;
	case JOB_EVENT_STARTED:
		say(job, event->name);
		return;
	case JOB_EVENT_CACHED:
	case JOB_EVENT_DONE:
		step_over(track, event->step, job);
		return;
	case JOB_EVENT_IMAGE:
		snprintf(job->image, sizeof(job->image), "%s", event->text);
		return;
	case JOB_EVENT_OUTPUT:
	case JOB_EVENT_WHY:
	case JOB_EVENT_LEFT:
	case JOB_EVENT_EXCERPT:
	case JOB_EVENT_WARNING:
		return;
	default:
		say(job, event->text);
		return;
	}
}
