/* build_look.c - see build_look.h. Reading and acting; build_look_paint.c paints. */
#include <stdio.h>

#include "tui/pane/build_look.h"

#include "tui/pane/replay.h"

enum { EVENTS_AT_ONCE = 200 };

void build_look_close(struct build_look *self)
{
	if (self->told)
		app_world(self->app)->ops->jobs->close(take(self->told));
	story_free(take(self->story));
	buf_fini(&self->text);
	self->id[0] = '\0';
}

void build_look_open(struct build_look *self, struct app *app, const char *id)
{
	struct world *world = app_world(app);

	if (self->app)
		build_look_close(self);
	self->app = app;
	self->err.text[0] = '\0';
	self->list = (struct list){0};
	self->text_of = SIZE_MAX;
	self->picked = self->on_output = false;
	self->more = true;
	outview_init(&self->out);
	self->out.wrap = true; /* what matters of an error stands at its end */
	snprintf(self->id, sizeof(self->id), "%s", id);
	self->story = story_new();
	if (*id && world->ops->jobs->open(world, id, &self->told, &self->err) < 0)
		self->told = NULL;
}

const struct job *build_look_job(const struct build_look *self)
{
	return self->app ? app_job(self->app, self->id) : NULL;
}

const struct story_step *build_look_step(const struct build_look *self)
{
	return self->story && self->list.selected < self->story->steps_len
		       ? &self->story->steps[self->list.selected]
		       : NULL;
}

/* ---- reading ---- */

void build_look_changed(struct build_look *self)
{
	self->more = self->told != NULL;
}

int64_t build_look_deadline(const struct build_look *self)
{
	return self->more && self->told ? app_now_ms(self->app) : -1;
}

/* Where it happens: the step that failed, the one that runs, or the last. */
static void go_where_it_happens(struct build_look *self)
{
	const struct story *story = self->story;
	int at = story_failed(story);

	if (at < 0)
		at = story_running(story);
	if (at < 0)
		at = (int)story->steps_len - 1;
	if (at >= 0 && !self->picked)
		self->list.selected = (size_t)at;
}

/* The state is asked for first: of what is over, nothing more comes after the last event. */
void build_look_tick(struct build_look *self)
{
	const struct world_jobs_ops *ops = app_world(self->app)->ops->jobs;
	const struct job *job = build_look_job(self);
	bool over = job && job_is_over(job);
	struct job_event event;
	int got = 0, n = 0;

	while (n++ < EVENTS_AT_ONCE && (got = ops->next(self->told, &event)) == 1)
		story_take(self->story, &event);
	self->more = got == 1;
	if (got != 1 && over) {
		story_end(self->story);
		ops->close(take(self->told));
	}
	go_where_it_happens(self);
	app_dirty(self->app);
}

/* ---- keys ---- */

static bool move_steps(struct build_look *self, enum action action, int count)
{
	size_t before = self->list.selected;

	self->list.count = self->story->steps_len;
	if (!list_move(&self->list, action, count))
		return false;
	self->picked = true;
	if (self->list.selected != before)
		self->out.follow = true;
	return true;
}

static void on_search(void *arg, const char *typed, bool done)
{
	struct build_look *self = arg;

	snprintf(self->out.search, sizeof(self->out.search), "%.119s", typed);
	if (done && *typed &&
		!outview_search(&self->out, buf_text(&self->text), self->text.len, false))
		app_toast(self->app, ROLE_WARN, "Not found: %s", typed);
	app_dirty(self->app);
}

static bool act_on_output(struct build_look *self, enum action action, int count)
{
	switch (action) {
	case ACTION_SEARCH:
		app_prompt(self->app, "Search: ", "", on_search, self);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		if (!outview_search(&self->out, buf_text(&self->text), self->text.len,
			    action == ACTION_PREVIOUS))
			app_toast(self->app, ROLE_WARN, "Not found: %s", self->out.search);
		return true;
	case ACTION_FOLLOW:
	case ACTION_WRAP:
	case ACTION_LEFT:
	case ACTION_RIGHT:
		return outview_act(&self->out, action, count);
	default:
		return self->on_output && outview_act(&self->out, action, count);
	}
}

static bool act_on_job(struct build_look *self, const struct job *job, enum action action)
{
	const struct story_step *step = build_look_step(self);

	switch (action) {
	case ACTION_SHELL:
		build_shell_before(self->app, job, step);
		return true;
	case ACTION_EDIT:
		build_edit(self->app, job, step ? step->line : 0);
		return true;
	case ACTION_RERUN:
		build_again(self->app, job, self->picked ? step : NULL);
		return true;
	case ACTION_END:
	case ACTION_CANCEL:
		app_cancel_job(self->app, job->id);
		return true;
	case ACTION_LAYERS:
		build_layers(self->app, job);
		return true;
	case ACTION_LAUNCH:
		replay_job(self->app, job, step ? (unsigned)self->list.selected + 1 : 0);
		return true;
	default:
		return false;
	}
}

bool build_look_act(struct build_look *self, enum action action, int count)
{
	const struct job *job = build_look_job(self);

	if (!self->story)
		return false;
	if (action == ACTION_FOCUS) {
		self->on_output = !self->on_output;
		return true;
	}
	if (action == ACTION_BACK && self->on_output) {
		self->on_output = false;
		return true;
	}
	return act_on_output(self, action, count) || move_steps(self, action, count) ||
	       (job && act_on_job(self, job, action));
}
