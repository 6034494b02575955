/* job.c - one job that is no build: its layers, each with how far it is, and what it says. */
#include <stdio.h>

#include "tui/jobtext.h"
#include "tui/pane/build_look.h"
#include "tui/pane/replay.h"
#include "tui/story.h"
#include "tui/widget/outview.h"

enum { EVENTS_AT_ONCE = 300 };

struct job_pane {
	struct pane pane;
	char id[JOB_ID_SIZE];
	struct world_job *told; /* NULL: all of it is read */
	struct err err;
	struct story *story;
	struct outview out;
	bool more;
};

static struct job_pane *of(struct pane *pane)
{
	return container_of(pane, struct job_pane, pane);
}

/* ---- reading ---- */

static void job_changed(struct pane *pane, enum world_noun noun)
{
	if (noun == WORLD_JOBS)
		of(pane)->more = of(pane)->told != NULL;
}

static int64_t job_deadline(struct pane *pane)
{
	return of(pane)->more && of(pane)->told ? app_now_ms(pane->app) : -1;
}

static void job_tick(struct pane *pane)
{
	struct job_pane *self = of(pane);
	const struct world_jobs_ops *ops = app_world(pane->app)->ops->jobs;
	const struct job *job = app_job(pane->app, self->id);
	bool over = job && job_is_over(job);
	struct job_event event;
	int got = 0, n = 0;

	while (n++ < EVENTS_AT_ONCE && (got = ops->next(self->told, &event)) == 1)
		story_take(self->story, &event);
	self->more = got == 1;
	if (got != 1 && over)
		ops->close(take(self->told));
	app_dirty(pane->app);
}

/* ---- painting ---- */

static void paint_title(const struct job_pane *self, const struct job *job, struct canvas canvas)
{
	struct job_look sign = jobtext_state(job);
	char name[JOBTEXT_MAX], span[FIGURE_MAX], right[60];

	snprintf(right, sizeof(right), "%s %s  %s", canvas_glyph(canvas, sign.glyph), sign.word,
		jobtext_took(job, app_real_ns(self->pane.app), span));
	canvas_cut(canvas, 1, 0, canvas.w - text_width(right) - 3, ROLE_TITLE,
		jobtext_name(job, name));
	canvas_right(
		canvas, canvas.w - text_width(right) - 1, 0, text_width(right), sign.role, right);
}

static void paint_progress(const struct job_pane *self, const struct job *job, struct canvas canvas)
{
	char text[JOBTEXT_MAX], eta[JOBTEXT_MAX];
	int x = 1;

	if (job_is_over(job)) {
		canvas_cut(canvas, 1, 0, canvas.w - 2,
			job->state == JOB_FAILED ? ROLE_BAD : ROLE_TEXT,
			job->state == JOB_LOST       ? "Killed before it could say how it ended."
			: job->state == JOB_CANCELED ? job_leaves(job->kind)
			: *self->story->error        ? self->story->error
						     : job->now);
		return;
	}
	if (jobtext_part(job) >= 0) {
		canvas_meter(canvas, x, 0, 24, ROLE_BUSY, jobtext_part(job));
		x += 25;
	}
	x = canvas_text(canvas, x, 0, ROLE_BUSY, jobtext_progress(job, text)) + 2;
	canvas_cut(canvas, x, 0, canvas.w - x, ROLE_DIM,
		jobtext_eta(job, app_real_ns(self->pane.app), eta));
}

static bool is_over(const struct story_layer *layer)
{
	static const char *const words[] = {"Pull complete", "Already exists", "Pushed",
		"Layer already exists", "Mounted", "Saved", "Skipped"};

	for (size_t i = 0; i < array_len(words); i++)
		if (strncmp(layer->status, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

static void paint_layer(struct canvas canvas, const struct story_layer *layer)
{
	char done[FIGURE_MAX], total[FIGURE_MAX];
	bool over = is_over(layer);
	int x = 16, bar = canvas.w >= 100 ? 30 : 16;

	canvas_cut(canvas, 1, 0, 13, ROLE_DIM, layer->id);
	canvas_cut(canvas, x, 0, 22, over ? ROLE_OK : ROLE_TEXT, layer->status);
	x += 23;
	if (layer->total && !over && canvas.w > x + bar + 14) {
		canvas_meter(
			canvas, x, 0, bar, ROLE_BUSY, (double)layer->done / (double)layer->total);
		x += bar + 1;
	}
	if (layer->total && over)
		canvas_text(canvas, x, 0, ROLE_TEXT, format_bytes(layer->total, total));
	else if (layer->total)
		canvas_textf(canvas, x, 0, ROLE_TEXT, "%s/%s", format_bytes(layer->done, done),
			format_bytes(layer->total, total));
	else if (layer->done)
		canvas_text(canvas, x, 0, ROLE_TEXT, format_bytes(layer->done, done));
}

static void job_paint(struct pane *pane, struct canvas canvas)
{
	struct job_pane *self = of(pane);
	const struct job *job = app_job(pane->app, self->id);
	int layers = (int)self->story->layers_len, room = canvas.h * 2 / 3, y = 3;
	auto_buf command = BUF_INIT;

	if (!job || *self->err.text) {
		canvas_cut(canvas, 1, 0, canvas.w - 2, ROLE_DIM,
			job ? self->err.text : "This job was forgotten.");
		return;
	}
	paint_title(self, job, canvas_sub(canvas, 0, 0, canvas.w, 1));
	paint_progress(self, job, canvas_sub(canvas, 0, 1, canvas.w, 1));
	jobtext_command(job, &command);
	canvas_rule(canvas, 2, ROLE_BORDER, ROLE_INFO, buf_text(&command));
	for (int i = layers > room ? layers - room : 0; i < layers; i++, y++)
		paint_layer(canvas_sub(canvas, 0, y, canvas.w, 1), &self->story->layers[i]);
	y += layers > 0;
	outview_paint(&self->out, canvas_sub(canvas, 1, y, canvas.w - 2, canvas.h - y),
		buf_text(&self->story->said), self->story->said.len);
	app_see_job(pane->app, self->id);
}

/* ---- keys ---- */

static bool job_act(struct pane *pane, enum action action, int count)
{
	struct job_pane *self = of(pane);
	const struct job *job = app_job(pane->app, self->id);

	if (action == ACTION_END || action == ACTION_CANCEL) {
		app_cancel_job(pane->app, self->id);
		return true;
	}
	if (job && action == ACTION_LAUNCH) {
		replay_job(pane->app, job, 0);
		return true;
	}
	if (job && action == ACTION_RERUN) {
		build_again(pane->app, job, NULL);
		return true;
	}
	return outview_act(&self->out, action, count);
}

static void job_hints(struct pane *pane, struct canvas canvas)
{
	const struct job *job = app_job(pane->app, of(pane)->id);
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = 1;

	if (job && !job_is_over(job))
		x = hint(pane, room, x, ACTION_END, "cancel");
	else if (job)
		x = hint(pane, room, x, ACTION_RERUN, "again");
	if (!replay_why_not_job(job))
		x = hint(pane, room, x, ACTION_LAUNCH, "timeline");
	hint(pane, room, x, ACTION_JOBS, "jobs");
}

static void job_free(struct pane *pane)
{
	struct job_pane *self = of(pane);

	if (self->told)
		app_world(pane->app)->ops->jobs->close(self->told);
	story_free(self->story);
	free(self);
}

static bool job_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct job *job = app_job(pane->app, of(pane)->id);

	return job && jobtext_copies(job, nth, what, text);
}

static const char *job_why_not(struct pane *pane, enum action action)
{
	const struct job *job = app_job(pane->app, of(pane)->id);

	return action == ACTION_LAUNCH ? replay_why_not_job(job) : jobtext_why_not(job, action);
}

static void job_subject(struct pane *pane, struct strs *names)
{
	strs_add(names, of(pane)->id);
}

static const struct pane_ops job_ops = {
	.title = "Job",
	.context = CONTEXT_JOB,
	.paint = job_paint,
	.act = job_act,
	.why_not = job_why_not,
	.subject = job_subject,
	.copies = job_copies,
	.hints = job_hints,
	.deadline = job_deadline,
	.tick = job_tick,
	.changed = job_changed,
	.free = job_free,
};

struct pane *job_new(struct app *app, const char *id)
{
	struct world *world = app_world(app);
	struct job_pane *self = calloc(1, sizeof(*self));

	if (!self || !(self->story = story_new())) {
		free(self);
		return NULL;
	}
	self->pane = (struct pane){.ops = &job_ops, .app = app};
	self->more = true;
	outview_init(&self->out);
	self->out.wrap = true;
	snprintf(self->id, sizeof(self->id), "%s", id);
	if (world->ops->jobs->open(world, id, &self->told, &self->err) < 0)
		self->told = NULL;
	return &self->pane;
}
