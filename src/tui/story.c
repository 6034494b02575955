/* story.c - see story.h. */
#include <stdio.h>

#include "tui/story.h"
#include "util/strs.h"

enum { NOTICEABLE_NS = 100000000 };

struct story *story_new(void)
{
	return calloc(1, sizeof(struct story));
}

void story_free(struct story *story)
{
	if (!story)
		return;
	for (size_t i = 0; i < story->steps_len; i++) {
		free(story->steps[i].name);
		buf_fini(&story->steps[i].text);
	}
	free(story->steps);
	free(story->layers);
	buf_fini(&story->said);
	buf_fini(&story->excerpt);
	free(story);
}

/* Keeps the end, from a line's beginning on. True: something was dropped. */
static bool keep_end(struct buf *text)
{
	const char *from;

	if (text->len <= 2 * STORY_TEXT_MAX)
		return false;
	from = memchr(text->data + text->len - STORY_TEXT_MAX, '\n', STORY_TEXT_MAX);
	buf_drop(text, from ? (size_t)(from + 1 - text->data) : text->len - STORY_TEXT_MAX);
	return true;
}

static void add_line(struct story *story, const char *prefix, const char *text)
{
	if (!*text)
		return;
	buf_addf(&story->said, "%s%s\n", prefix, text);
	keep_end(&story->said);
}

/* ---- steps ---- */

static struct story_step *step_at(struct story *story, int step)
{
	size_t wanted = (size_t)step + 1;
	struct story_step *more;

	if (step < 0 || step >= STORY_STEPS_MAX)
		return NULL;
	if (wanted <= story->steps_len)
		return &story->steps[step];
	more = reallocarray(story->steps, wanted, sizeof(*more));
	if (!more)
		return NULL;
	memset(more + story->steps_len, 0, (wanted - story->steps_len) * sizeof(*more));
	story->steps = more;
	story->steps_len = wanted;
	return &story->steps[step];
}

static void end_step(struct story_step *step, enum step_state state, const struct job_event *event)
{
	step->state = state;
	step->took_ns = event->took_ns;
}

/* "FROM alpine:3.20@sha256:…" as it was written: 64 digits tell nobody anything in a list. */
static char *without_digests(const char *name)
{
	char *copy = strdup(name), *at = copy;

	while (at && (at = strstr(at, "@sha256:")))
		if (str_is_hex(at + 8, 64))
			memmove(at, at + 8 + 64, strlen(at + 8 + 64) + 1);
		else
			at++;
	return copy;
}

static void take_step(struct story_step *step, const struct job_event *event)
{
	switch (event->kind) {
	case JOB_EVENT_PLAN:
		free(step->name);
		step->name = without_digests(event->name);
		step->line = event->line;
		return;
	case JOB_EVENT_STARTED:
		step->state = STEP_RUNNING;
		step->began_ns = event->time_ns;
		return;
	case JOB_EVENT_WHY:
		snprintf(step->why, sizeof(step->why), "%s", event->text);
		return;
	case JOB_EVENT_CACHED:
		end_step(step, STEP_CACHED, event);
		return;
	case JOB_EVENT_DONE:
		end_step(step, STEP_DONE, event);
		return;
	case JOB_EVENT_FAILED:
		end_step(step, STEP_FAILED, event);
		return;
	case JOB_EVENT_LEFT:
		end_step(step, STEP_LEFT, event);
		return;
	case JOB_EVENT_OUTPUT:
	case JOB_EVENT_NOTE:
		buf_adds(&step->text, event->text);
		if (event->kind == JOB_EVENT_NOTE)
			buf_addc(&step->text, '\n');
		step->cut = keep_end(&step->text) || step->cut;
		return;
	default:
		return;
	}
}

/* ---- layers ---- */

static struct story_layer *layer_at(struct story *story, const char *id)
{
	struct story_layer *more;

	for (size_t i = 0; i < story->layers_len; i++)
		if (strncmp(story->layers[i].id, id, sizeof(more->id) - 1) == 0)
			return &story->layers[i];
	if (story->layers_len == STORY_LAYERS_MAX)
		return NULL;
	more = reallocarray(story->layers, story->layers_len + 1, sizeof(*more));
	if (!more)
		return NULL;
	story->layers = more;
	more += story->layers_len++;
	*more = (struct story_layer){.done = 0};
	snprintf(more->id, sizeof(more->id), "%s", id);
	return more;
}

static void take_layer(struct story *story, const struct job_event *event)
{
	struct story_layer *layer = layer_at(story, event->id);

	if (!layer)
		return;
	snprintf(layer->status, sizeof(layer->status), "%s", event->text);
	layer->done = event->done;
	if (event->total)
		layer->total = event->total;
}

/* ---- all ---- */

void story_take(struct story *story, const struct job_event *event)
{
	struct story_step *step = step_at(story, event->step);

	if (step)
		take_step(step, event);
	if (event->step >= 0) /* or of one more than there is room for */
		return;
	switch (event->kind) {
	case JOB_EVENT_LAYER:
		take_layer(story, event);
		return;
	case JOB_EVENT_ERROR:
		snprintf(story->error, sizeof(story->error), "%s", event->text);
		return;
	case JOB_EVENT_EXCERPT:
		buf_clear(&story->excerpt);
		buf_adds(&story->excerpt, event->text);
		return;
	case JOB_EVENT_IMAGE:
		snprintf(story->image, sizeof(story->image), "%s", event->text);
		return;
	case JOB_EVENT_NOTE:
		snprintf(story->note, sizeof(story->note), "%s", event->text);
		add_line(story, "", event->text);
		return;
	case JOB_EVENT_WARNING:
		add_line(story, "Warning: ", event->text);
		return;
	default:
		add_line(story, "", event->text);
		return;
	}
}

void story_end(struct story *story)
{
	for (size_t i = 0; i < story->steps_len; i++) {
		struct story_step *step = &story->steps[i];

		if (step->state == STEP_WAITING || step->state == STEP_RUNNING)
			step->state = STEP_LEFT;
	}
}

/* ---- questions ---- */

int story_failed(const struct story *story)
{
	for (size_t i = 0; i < story->steps_len; i++)
		if (story->steps[i].state == STEP_FAILED)
			return (int)i;
	return -1;
}

int story_running(const struct story *story)
{
	for (size_t i = story->steps_len; i-- > 0;)
		if (story->steps[i].state == STEP_RUNNING)
			return (int)i;
	return -1;
}

int story_broke(const struct story *story)
{
	for (size_t i = 0; i < story->steps_len; i++)
		if (*story->steps[i].why)
			return (int)i;
	return -1;
}

size_t story_over(const struct story *story)
{
	size_t over = 0;

	for (size_t i = 0; i < story->steps_len; i++)
		over += story->steps[i].state == STEP_CACHED || story->steps[i].state == STEP_DONE;
	return over;
}

int story_slowest(const struct story *story)
{
	int slowest = -1;

	for (size_t i = 0; i < story->steps_len; i++) {
		const struct story_step *step = &story->steps[i];

		if (step->took_ns >= NOTICEABLE_NS &&
			(slowest < 0 || step->took_ns > story->steps[slowest].took_ns))
			slowest = (int)i;
	}
	return slowest;
}
