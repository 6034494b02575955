/* build_look.h - one build as it is seen: what it is, its steps, and what the selected one said.
 *
 * Stands in a pane of its own, and beside the list of builds. Steps and output are below each
 * other, or side by side where there is room. */
#ifndef TUI_PANE_BUILD_LOOK_H
#define TUI_PANE_BUILD_LOOK_H

#include "tui/pane/pane.h"
#include "tui/story.h"
#include "tui/widget/list.h"
#include "tui/widget/outview.h"

struct build_look {
	struct app *app;
	char id[JOB_ID_SIZE]; /* "": of none */
	struct world_job *told;
	struct err err; /* why it cannot be read */
	struct story *story;
	struct list list;   /* of its steps */
	struct outview out; /* on the selected one's output */
	struct buf text;    /* what that shows */
	size_t text_of;     /* the step that it is made of, */
	size_t text_len;    /* when that had said so much */
	bool picked;    /* somebody chose a step: what happens elsewhere does not move the cursor */
	bool on_output; /* keys move the output */
	bool more;      /* there may be more to read */
};

/* Zeroed is none; another one's place is taken. */
void build_look_open(struct build_look *self, struct app *app, const char *id);
void build_look_close(struct build_look *self);
void build_look_changed(struct build_look *self); /* jobs have told something */
int64_t build_look_deadline(const struct build_look *self);
void build_look_tick(struct build_look *self);

void build_look_paint(struct build_look *self, struct canvas canvas, bool whole);
/* Steps, output, shell, edit, rerun, cancel, layers; false: none of it. */
bool build_look_act(struct build_look *self, enum action action, int count);
const struct job *build_look_job(const struct build_look *self); /* NULL: it is gone */

/* ---- build_look_paint.c, for build_look.c ---- */

const struct story_step *build_look_step(const struct build_look *self); /* NULL: none */

/* ---- build_deeds.c: what is done about a build ---- */

void build_shell_before(struct app *app, const struct job *job, const struct story_step *step);
/* From a step on, or as it was asked for (NULL). */
void build_again(struct app *app, const struct job *job, const struct story_step *step);
void build_edit(struct app *app, const struct job *job, int line);
void build_layers(struct app *app, const struct job *job);

#endif
