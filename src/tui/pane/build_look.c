/* build_look.c - see build_look.h. Reading and acting; build_look_paint.c paints. */
#include <stdio.h>

#include "tui/pane/build_look.h"

enum { EVENTS_AT_ONCE = 200 };

void build_look_close(struct build_look *look)
{
	if (look->told)
		app_world(look->app)->ops->jobs->close(take(look->told));
	story_free(take(look->story));
	buf_fini(&look->text);
	look->id[0] = '\0';
}

void build_look_open(struct build_look *look, struct app *app, const char *id)
{
	struct world *world = app_world(app);

	if (look->app)
		build_look_close(look);
	look->app = app;
	look->err.text[0] = '\0';
	look->list = (struct list){0};
	look->text_of = SIZE_MAX;
	look->picked = look->on_output = false;
	look->more = true;
	outview_init(&look->out);
	snprintf(look->id, sizeof(look->id), "%s", id);
	look->story = story_new();
	if (*id && world->ops->jobs->open(world, id, &look->told, &look->err) < 0)
		look->told = NULL;
}

const struct job *build_look_job(const struct build_look *look)
{
	return look->app ? app_job(look->app, look->id) : NULL;
}

const struct story_step *build_look_step(const struct build_look *look)
{
	return look->story && look->list.selected < look->story->steps_len
		       ? &look->story->steps[look->list.selected]
		       : NULL;
}

/* ---- reading ---- */

void build_look_changed(struct build_look *look)
{
	look->more = look->told != NULL;
}

int64_t build_look_deadline(const struct build_look *look)
{
	return look->more && look->told ? app_now_ms(look->app) : -1;
}

/* Where it happens: the step that failed, the one that runs, or the last. */
static void go_where_it_happens(struct build_look *look)
{
	const struct story *story = look->story;
	int at = story_failed(story);

	if (at < 0)
		at = story_running(story);
	if (at < 0)
		at = (int)story->steps_len - 1;
	if (at >= 0 && !look->picked)
		look->list.selected = (size_t)at;
}

/* The state is asked for first: of what is over, nothing more comes after the last event. */
void build_look_tick(struct build_look *look)
{
	const struct world_jobs_ops *ops = app_world(look->app)->ops->jobs;
	const struct job *job = build_look_job(look);
	bool over = job && job_is_over(job);
	struct job_event event;
	int got = 0, n = 0;

	while (n++ < EVENTS_AT_ONCE && (got = ops->next(look->told, &event)) == 1)
		story_take(look->story, &event);
	look->more = got == 1;
	if (got != 1 && over) {
		story_end(look->story);
		ops->close(take(look->told));
	}
	go_where_it_happens(look);
	app_dirty(look->app);
}

/* ---- keys ---- */

static bool move_steps(struct build_look *look, enum action action, int count)
{
	size_t before = look->list.selected;

	look->list.count = look->story->steps_len;
	if (!list_move(&look->list, action, count))
		return false;
	look->picked = true;
	if (look->list.selected != before)
		look->out.follow = true;
	return true;
}

static void on_search(void *arg, const char *typed, bool done)
{
	struct build_look *look = arg;

	snprintf(look->out.search, sizeof(look->out.search), "%.119s", typed);
	if (done && *typed &&
		!outview_search(&look->out, buf_text(&look->text), look->text.len, false))
		app_toast(look->app, ROLE_WARN, "Not found: %s", typed);
	app_dirty(look->app);
}

static bool act_on_output(struct build_look *look, enum action action, int count)
{
	switch (action) {
	case ACTION_SEARCH:
		app_prompt(look->app, "Search: ", "", on_search, look);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		if (!outview_search(&look->out, buf_text(&look->text), look->text.len,
			    action == ACTION_PREVIOUS))
			app_toast(look->app, ROLE_WARN, "Not found: %s", look->out.search);
		return true;
	case ACTION_FOLLOW:
	case ACTION_WRAP:
	case ACTION_LEFT:
	case ACTION_RIGHT:
		return outview_act(&look->out, action, count);
	default:
		return look->on_output && outview_act(&look->out, action, count);
	}
}

static bool act_on_job(struct build_look *look, const struct job *job, enum action action)
{
	const struct story_step *step = build_look_step(look);

	switch (action) {
	case ACTION_SHELL:
		build_shell_before(look->app, job, step);
		return true;
	case ACTION_EDIT:
		build_edit(look->app, job, step ? step->line : 0);
		return true;
	case ACTION_RERUN:
		build_again(look->app, job, look->picked ? step : NULL);
		return true;
	case ACTION_END:
		app_cancel_job(look->app, job->id);
		return true;
	case ACTION_LAYERS:
		build_layers(look->app, job);
		return true;
	default:
		return false;
	}
}

bool build_look_act(struct build_look *look, enum action action, int count)
{
	const struct job *job = build_look_job(look);

	if (!look->story)
		return false;
	if (action == ACTION_FOCUS || (action == ACTION_OPEN && !look->on_output)) {
		look->on_output = !look->on_output;
		return true;
	}
	if (action == ACTION_BACK && look->on_output) {
		look->on_output = false;
		return true;
	}
	return act_on_output(look, action, count) || move_steps(look, action, count) ||
	       (job && act_on_job(look, job, action));
}
