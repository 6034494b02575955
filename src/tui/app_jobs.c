/* app_jobs.c - see app_jobs.h. */
#include <stddef.h>
#include <stdio.h>

#include "tui/app_private.h"
#include "tui/jobtext.h"
#include "tui/widget/sheet.h"

/* ---- the list ---- */

struct job *const *app_jobs(const struct app *app, size_t *count)
{
	*count = app->jobs.n;
	return app->jobs.v;
}

const struct job *app_job(const struct app *app, const char *id)
{
	for (size_t i = 0; i < app->jobs.n; i++)
		if (strcmp(app->jobs.v[i]->id, id) == 0)
			return app->jobs.v[i];
	return NULL;
}

static bool was_under_way(const struct app_jobs *jobs, const char *id)
{
	for (size_t i = 0; i < jobs->noted; i++)
		if (strcmp(jobs->under_way[i], id) == 0)
			return true;
	return false;
}

static void tell_end(struct app *app, const struct job *job)
{
	struct job_look sign = jobtext_state(job);
	char name[JOBTEXT_MAX], span[FIGURE_MAX];
	uint64_t took = jobtext_elapsed(job, 0);
	enum role role = job->state == JOB_FAILED ? ROLE_BAD : sign.role;

	if (strcmp(app->jobs.told, job->id) == 0)
		app->toast_until_ms = 0; /* that it was begun */
	if (job->state == JOB_DONE)
		app_tell(app, role, "%s done in %s", jobtext_name(job, name),
			jobtext_span(took, span));
	else if (job->state == JOB_FAILED)
		app_tell(app, role, "%s failed: %s", jobtext_name(job, name), job->now);
	else if (job->state == JOB_CANCELED)
		app_tell(app, role, "%s canceled; %s", jobtext_name(job, name),
			job_leaves(job->kind));
	else
		app_tell(app, role, "%s was killed: how it ended is not known",
			jobtext_name(job, name));
}

static void compare(struct app *app)
{
	struct app_jobs *jobs = &app->jobs;

	for (size_t i = 0; i < jobs->n; i++)
		if (job_is_over(jobs->v[i]) && was_under_way(jobs, jobs->v[i]->id))
			tell_end(app, jobs->v[i]);
	jobs->noted = 0;
	for (size_t i = 0; i < jobs->n && jobs->noted < JOBS_NOTED; i++)
		if (!job_is_over(jobs->v[i]))
			memcpy(jobs->under_way[jobs->noted++], jobs->v[i]->id, JOB_ID_SIZE);
}

void app_jobs_read(struct app *app)
{
	struct app_jobs *jobs = &app->jobs;
	struct world *world = app->world;
	bool more = false;
	struct err err;

	jobs->stale = false;
	if (!world->ops->jobs ||
		world->ops->jobs->list(world, &jobs->v, &jobs->n, &more, &err) < 0) {
		jobs->n = 0;
		return;
	}
	jobs->stale = more;
	compare(app);
	app->dirty = true;
	if (*jobs->shows && app_job(app, jobs->shows)) {
		char id[JOB_ID_SIZE];

		memcpy(id, jobs->shows, sizeof(id));
		jobs->shows[0] = '\0';
		app_show_job(app, id);
	}
}

static bool anything_runs(const struct app *app)
{
	return app->jobs.noted > 0;
}

int64_t app_jobs_deadline(const struct app *app)
{
	if (app->jobs.stale)
		return app->now_ms;
	/* What is shown of it grows each second. */
	return anything_runs(app) ? app->now_ms + 1000 - app->now_ms % 1000 : -1;
}

void app_jobs_tick(struct app *app)
{
	if (app->jobs.stale)
		app_jobs_read(app);
	if (anything_runs(app))
		app->dirty = true;
}

/* ---- the line ---- */

static int paint_one(struct canvas canvas, int x, const struct job *job, uint64_t real_ns)
{
	struct job_look sign = jobtext_state(job);
	char name[JOBTEXT_MAX], progress[JOBTEXT_MAX], eta[JOBTEXT_MAX], span[FIGURE_MAX];

	x = canvas_text(canvas, x, 0, sign.role, canvas_glyph(canvas, sign.glyph)) + 1;
	x = canvas_text(canvas, x, 0, ROLE_TEXT, jobtext_name(job, name)) + 1;
	if (job_is_over(job))
		return canvas_text(canvas, x, 0, sign.role, sign.word) + 3;
	if (job->state == JOB_QUEUED)
		return canvas_text(canvas, x, 0, sign.role, "waits for its turn") + 3;
	if (jobtext_part(job) >= 0 && canvas.w >= 120) {
		canvas_meter(canvas, x, 0, 10, ROLE_BUSY, jobtext_part(job));
		x += 11;
	}
	if (*jobtext_progress(job, progress))
		x = canvas_text(canvas, x, 0, ROLE_BUSY, progress) + 1;
	x = canvas_text(canvas, x, 0, ROLE_TEXT, jobtext_took(job, real_ns, span)) + 1;
	if (canvas.w >= 100 && *jobtext_eta(job, real_ns, eta))
		x = canvas_text(canvas, x, 0, ROLE_DIM, eta) + 1;
	return x + 2;
}

/* What runs comes first; then what ended and nobody has looked at. */
void app_jobs_paint(struct app *app, struct canvas canvas)
{
	const char *key = keymap_label(app->keymap, ACTION_JOBS);
	struct canvas room = canvas_sub(canvas, 0, 0, canvas.w - 9, 1);
	size_t shown = 0;
	int x = 1;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < app->jobs.n && x < room.w - 12; i++) {
			const struct job *job = app->jobs.v[i];

			if (job_is_over(job) != (pass == 1) || (pass == 1 && job->seen))
				continue;
			x = paint_one(room, x, job, app->real_ns);
			shown++;
		}
	if (!shown)
		return;
	x = canvas_text(canvas, canvas.w - 8, 0, ROLE_KEY, key);
	canvas_text(canvas, x + 1, 0, ROLE_DIM, "jobs");
}

/* ---- answers ---- */

struct app_wait {
	struct app_wait *next;
	max_align_t memory[];
};

void *app_wait(struct app *app, size_t size)
{
	struct app_wait *wait = calloc(1, sizeof(*wait) + size);

	if (!wait)
		return NULL;
	wait->next = app->jobs.waits;
	app->jobs.waits = wait;
	return wait->memory;
}

void app_answered(struct app *app, void *waited)
{
	struct app_wait **at = &app->jobs.waits, *wait;

	while (*at && (*at)->memory != waited)
		at = &(*at)->next;
	wait = *at;
	if (!wait)
		return;
	*at = wait->next;
	free(wait);
}

void app_jobs_fini(struct app *app)
{
	while (app->jobs.waits)
		app_answered(app, app->jobs.waits->memory);
}

/* ---- starting, ending ---- */

struct starting {
	struct app *app;
	bool shows;
	char kind[24];
};

static void on_started(void *arg, const char *id, const struct err *err)
{
	struct starting *starting = arg;
	struct app *app = starting->app;

	app->jobs.stale = true;
	if (err)
		app_toast(app, ROLE_BAD, "%s: %s", starting->kind, err->text);
	else if (starting->shows) {
		snprintf(app->jobs.shows, sizeof(app->jobs.shows), "%s", id);
		app->toast_until_ms = 0; /* how the one before it ended is over */
	} else {
		app_toast(app, ROLE_INFO, "%s goes on in a process of its own: %s shows it",
			starting->kind, keymap_label(app->keymap, ACTION_JOBS));
		snprintf(app->jobs.told, sizeof(app->jobs.told), "%s", id);
	}
	app_answered(app, starting);
}

static void note_command(struct app *app, const char *const *args)
{
	auto_buf line = BUF_INIT;

	buf_adds(&line, "davit");
	for (; *args; args++) {
		buf_addc(&line, ' ');
		sheet_quote(&line, *args);
	}
	app_did(app, "%s", buf_text(&line));
}

int app_start_job(
	struct app *app, const char *dir, const char *const *args, bool shows, struct err *err)
{
	struct starting *starting;

	if (app->read_only)
		return err_set(err, EPERM, "A read-only session starts nothing");
	if (job_check(args, err) < 0)
		return err->code;
	starting = app_wait(app, sizeof(*starting));
	if (!starting)
		return err_set(err, ENOMEM, "out of memory");
	starting->app = app;
	starting->shows = shows;
	snprintf(starting->kind, sizeof(starting->kind), "%s", args[0]);
	note_command(app, args);
	if (app->world->ops->jobs->start(app->world, dir, args, on_started, starting) == 0)
		return 0;
	app_answered(app, starting);
	return err_set(err, ENOMEM, "out of memory");
}

static void on_cancel(struct app *app, void *arg, int index)
{
	const char *id = arg;
	struct err err;

	if (index != 1)
		return;
	if (app->world->ops->jobs->cancel(app->world, id, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	else
		app_toast(app, ROLE_INFO, "Told to end; killed when it has not in 10 s");
	app->jobs.stale = true;
}

/* A line each: "finished steps stay in the build cache", "nothing is tagged". */
static void split_leaves(const char *text, struct strs *out)
{
	while (*text) {
		size_t len = strcspn(text, ";");

		strs_addf(out, "  %.*s", (int)len, text);
		text += len + (text[len] == ';');
		text += strspn(text, " ");
	}
}

void app_cancel_job(struct app *app, const char *id)
{
	static const struct choice choices[] = {{'n', "Let it go on"}, {'y', "End it"}};
	const struct job *job = app_job(app, id);
	char title[JOBTEXT_MAX + 20], name[JOBTEXT_MAX], same[60];
	const char *lines[5] = {"What it leaves:"};
	auto_strs leaves = STRS_INIT;
	size_t n = 1;
	struct pane *dialog;
	char *copy;

	if (!job || job_is_over(job)) {
		app_toast(app, ROLE_INFO, "It has ended already");
		return;
	}
	snprintf(same, sizeof(same), "davit jobs cancel %s", id);
	if (app_refuses(app, same))
		return;
	snprintf(title, sizeof(title), "End %s?", jobtext_name(job, name));
	split_leaves(job_leaves(job->kind), &leaves);
	for (size_t i = 0; i < leaves.len && n < array_len(lines) - 2; i++)
		lines[n++] = leaves.v[i];
	lines[n++] = "";
	lines[n++] = same;
	snprintf(same, sizeof(same), "Same as: davit jobs cancel %s", id);
	copy = strdup(id);
	dialog = copy ? dialog_new(app, title, lines, n, choices, array_len(choices), 0, on_cancel,
				copy)
		      : NULL;
	if (!dialog)
		free(copy);
	app_push(app, dialog);
}

void app_see_job(struct app *app, const char *id)
{
	const struct job *job = app_job(app, id);

	if (!job || job->seen || !job_is_over(job))
		return;
	app->world->ops->jobs->see(app->world, id);
	app->jobs.stale = true;
}

void app_forget_job(struct app *app, const char *id)
{
	struct err err;

	if (app->world->ops->jobs->forget(app->world, id, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	app->jobs.stale = true;
}

/* ---- showing ---- */

/* Nobody is taken away from what he is typing in, or from a terminal. */
static bool is_in_the_middle(const struct app *app)
{
	return app->prompting || app->top->ops->whole || app->top->ops->overlay;
}

void app_show_job(struct app *app, const char *id)
{
	const struct job *job = app_job(app, id);

	if (!job || is_in_the_middle(app))
		return;
	if (strcmp(job->kind, "build") != 0) {
		app_push(app, job_new(app, id));
		return;
	}
	app_go_to_view(app, ACTION_BUILDS);
	app_push(app, build_new(app, id));
}

void app_show_layers(struct app *app, const char *id, const char *name)
{
	app_push(app, image_files_new(app, id, name));
}
