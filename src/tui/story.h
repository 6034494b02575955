/* story.h - all that one job told, made of its events as they come: steps of a build with their
 * output, layers of a transfer, and lines.
 *
 * Of what a step says the end is kept: a screen's worth many times over, not megabytes. */
#ifndef TUI_STORY_H
#define TUI_STORY_H

#include "core/engine.h"
#include "util/own.h"

enum { STORY_TEXT_MAX = 128 << 10, STORY_STEPS_MAX = 1024, STORY_LAYERS_MAX = 256 };

enum step_state {
	STEP_WAITING,
	STEP_RUNNING,
	STEP_CACHED,
	STEP_DONE,
	STEP_FAILED,
	STEP_LEFT, /* canceled, or never begun */
};

struct story_step {
	char *name;
	enum step_state state;
	int line; /* of the file; 0: it stands in none */
	uint64_t began_ns, took_ns;
	char why[200];   /* half a sentence: why it was not known from before */
	struct buf text; /* what it said, the end of it */
	bool cut;        /* there was more before */
};

struct story_layer {
	char id[20], status[40];
	uint64_t done, total;
};

struct story {
	struct story_step *steps;
	size_t steps_len, layers_len;
	struct story_layer *layers;
	struct buf said;    /* lines for people, warnings among them, the end of it */
	char error[500];    /* why it failed; "": it did not, or did not say */
	struct buf excerpt; /* lines of the file that failed */
	char image[80];     /* "sha256:…" that came of it */
	char note[200];     /* what is done before the steps */
};

struct story *story_new(void); /* NULL: out of memory */
void story_free(struct story *story);
own_define(story)
void story_take(struct story *story, const struct job_event *event);
/* Nothing more will come: what was under way was left. */
void story_end(struct story *story);

/* Its index, or -1: the one that failed; the last one that runs; the first that was done anew. */
int story_failed(const struct story *story);
int story_running(const struct story *story);
int story_broke(const struct story *story);
size_t story_over(const struct story *story); /* steps that are done or known */
/* The step that took longest of those that are over; -1 when none took a tenth of a second. */
int story_slowest(const struct story *story);

#endif
