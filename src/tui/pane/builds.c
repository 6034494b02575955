/* builds.c - the builds there were and are, the newest first, and beside them the selected one. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/job_fields.h"
#include "tui/jobtext.h"
#include "tui/pane/build_form.h"
#include "tui/pane/build_look.h"
#include "tui/pane/replay.h"

enum { BESIDE = 120, LIST = 54, SETTLE_MS = 120 };

struct builds {
	struct pane pane;
	struct list list;
	struct filter *filter;
	char selected[JOB_ID_SIZE];
	struct build_look look; /* of the selected one, where there is room */
	int64_t look_at_ms;     /* when it is looked at: not while the cursor is passing by; -1 */
	bool beside;
};

static struct builds *of(struct pane *pane)
{
	return container_of(pane, struct builds, pane);
}

/* ---- rows ---- */

static bool passes(const struct builds *view, const struct job *job)
{
	return strcmp(job->kind, "build") == 0 &&
	       (!view->filter || filter_meets(view->filter, job, app_real_ns(view->pane.app)));
}

/* The first that passes from place `*at` in the list of jobs on, and behind it; NULL: no more. */
static const struct job *next_row(const struct builds *view, size_t *at)
{
	size_t count;
	struct job *const *jobs = app_jobs(view->pane.app, &count);

	while (*at < count) {
		const struct job *job = jobs[(*at)++];

		if (passes(view, job))
			return job;
	}
	return NULL;
}

static const struct job *row_at(const struct builds *view, size_t n, size_t *at)
{
	const struct job *job;

	*at = 0;
	do
		job = next_row(view, at);
	while (job && n--);
	return job;
}

static size_t count_rows(const struct builds *view, size_t *all)
{
	size_t count, shown = 0;
	struct job *const *jobs = app_jobs(view->pane.app, &count);

	*all = 0;
	for (size_t i = 0; i < count; i++) {
		*all += strcmp(jobs[i]->kind, "build") == 0;
		shown += passes(view, jobs[i]);
	}
	return shown;
}

static const struct job *selected(const struct builds *view)
{
	size_t at;

	return row_at(view, view->list.selected, &at);
}

static void note_selected(struct builds *view)
{
	const struct job *job = selected(view);

	if (!job || strcmp(job->id, view->selected) == 0)
		return;
	memcpy(view->selected, job->id, sizeof(view->selected));
	view->look_at_ms = app_now_ms(view->pane.app) + SETTLE_MS;
}

/* The cursor stays on its build, whatever comes above it. */
static void find_selected(struct builds *view, size_t height)
{
	const struct job *job;
	size_t place = 0, shown = 0, found = SIZE_MAX;

	for (; (job = next_row(view, &place)); shown++)
		if (strcmp(job->id, view->selected) == 0)
			found = shown;
	list_fit(&view->list, shown, height);
	if (found != SIZE_MAX)
		list_select(&view->list, found);
	note_selected(view);
}

/* ---- painting ---- */

static void paint_row(
	const struct builds *view, struct canvas canvas, const struct job *job, bool at)
{
	struct job_look sign = jobtext_state(job);
	uint64_t real = app_real_ns(view->pane.app);
	char progress[JOBTEXT_MAX], span[FIGURE_MAX], when[FIGURE_MAX];
	int right = canvas.w - 16, x = 13;
	const char *name = *job->what ? job->what : job->dir;

	canvas_text(canvas, 2, 0, sign.role, canvas_glyph(canvas, sign.glyph));
	canvas_text(canvas, 4, 0, sign.role, sign.word);
	if (!job_is_over(job) && *jobtext_progress(job, progress))
		right -= text_width(progress) + 1;
	canvas_name(canvas, x, 0, right - x - 1, ROLE_TEXT, name);
	if (!job_is_over(job))
		canvas_text(canvas, right, 0, ROLE_BUSY, jobtext_progress(job, progress));
	canvas_right(canvas, canvas.w - 16, 0, 8, ROLE_TEXT, jobtext_took(job, real, span));
	canvas_right(
		canvas, canvas.w - 8, 0, 7, ROLE_DIM, format_moment(job->asked_ns, real, when));
	if (!at)
		return;
	canvas_text(canvas, 0, 0, ROLE_KEY, ">");
	canvas_bar(canvas, 0, ROLE_SELECTION);
	canvas_cursor(canvas, 0, 0, false);
}

static void paint_empty(const struct builds *view, struct canvas canvas)
{
	static const char *const lines[] = {"from a folder, a Dockerfile or a git URL",
		"Builds typed at a prompt (davit build) are listed here, too."};
	int y = canvas.h / 3;

	canvas_text(canvas, 4, y, ROLE_TITLE,
		view->filter ? "No build passes the filter." : "No builds yet.");
	canvas_text(canvas, 4, y + 2, ROLE_KEY,
		keymap_label_in(app_keymap(view->pane.app), CONTEXT_BUILDS, ACTION_BUILD));
	canvas_cut(canvas, 8, y + 2, canvas.w - 9, ROLE_TEXT, "build an image");
	for (size_t i = 0; i < array_len(lines); i++)
		canvas_cut(canvas, 8, y + 3 + (int)i, canvas.w - 9, ROLE_DIM, lines[i]);
}

static void paint_list(struct builds *view, struct canvas canvas)
{
	struct canvas rows = canvas_sub(canvas, 0, 2, canvas.w, canvas.h - 2);
	size_t all, shown = count_rows(view, &all), place;
	const struct job *job;

	if (view->filter)
		canvas_textf(canvas, 1, 0, ROLE_TITLE, "%zu of %zu builds", shown, all);
	else
		canvas_textf(canvas, 1, 0, ROLE_TITLE, "%zu build%s", all, all == 1 ? "" : "s");
	if (!shown) {
		paint_empty(view, rows);
		return;
	}
	canvas_text(canvas, 4, 1, ROLE_DIM, "STATE");
	canvas_text(canvas, 13, 1, ROLE_DIM, "IMAGE");
	canvas_right(canvas, canvas.w - 16, 1, 8, ROLE_DIM, "TIME");
	canvas_right(canvas, canvas.w - 8, 1, 7, ROLE_DIM, "BEGUN");
	find_selected(view, rows.h > 0 ? (size_t)rows.h : 0);
	job = row_at(view, view->list.top, &place);
	for (int y = 0; y < rows.h && job; y++, job = next_row(view, &place)) {
		size_t n = view->list.top + (size_t)y;

		app_hot_row(&view->pane, canvas_sub(rows, 0, y, rows.w, 1), n, view->list.selected);
		paint_row(view, canvas_sub(rows, 0, y, rows.w, 1), job, n == view->list.selected);
	}
}

static void builds_paint(struct pane *pane, struct canvas canvas)
{
	struct builds *view = of(pane);
	int list = canvas.w >= 180 ? 70 : LIST;

	if (app_trouble(pane->app)) {
		canvas_cut(canvas, 1, 1, canvas.w - 2, ROLE_BAD, app_trouble(pane->app));
		return;
	}
	view->beside = canvas.w >= BESIDE;
	paint_list(view, canvas_sub(canvas, 0, 0, view->beside ? list : canvas.w, canvas.h));
	if (!view->beside)
		return;
	canvas_vline(canvas, list, 0, canvas.h, ROLE_BORDER);
	if (*view->look.id && strcmp(view->look.id, view->selected) == 0)
		build_look_paint(&view->look,
			canvas_sub(canvas, list + 1, 0, canvas.w - list - 1, canvas.h), false);
}

/* ---- acting ---- */

static void on_filter(void *arg, const char *text, bool done)
{
	struct builds *view = arg;

	(void)done;
	app_set_filter(view->pane.app, &job_fields, text, &view->filter);
}

static const void *any_row(const void *app, size_t index)
{
	size_t count;
	struct job *const *jobs = app_jobs(app, &count);

	return index < count ? jobs[index] : NULL;
}

static void on_forget(struct app *app, void *arg, int index)
{
	if (index == 1)
		app_forget_job(app, arg);
}

static void ask_to_forget(struct app *app, const struct job *job)
{
	static const struct choice choices[] = {{'n', "Keep it"}, {'y', "Forget it"}};
	const char *lines[] = {"Its record and what it said go; its image and the cache stay.", "",
		"Same as: davit jobs rm"};
	char title[JOBTEXT_MAX + 20], name[JOBTEXT_MAX];
	struct pane *dialog;
	char *copy;

	if (!job_is_over(job)) {
		app_cancel_job(app, job->id);
		return;
	}
	snprintf(title, sizeof(title), "Forget %s?", jobtext_name(job, name));
	copy = strdup(job->id);
	dialog = copy ? dialog_new(app, title, lines, array_len(lines), choices, array_len(choices),
				0, on_forget, copy)
		      : NULL;
	if (!dialog)
		free(copy);
	app_push(app, dialog);
}

/* The step that the look beside stands at, when it is of this build. */
static const struct story_step *step_of(const struct builds *view, const struct job *job)
{
	return strcmp(view->look.id, job->id) == 0 ? build_look_step(&view->look) : NULL;
}

static bool act_on(struct builds *view, const struct job *job, enum action action)
{
	struct app *app = view->pane.app;
	const struct story_step *step = step_of(view, job);

	switch (action) {
	case ACTION_SHELL:
		if (step)
			build_shell_before(app, job, step);
		else
			app_push(app, build_new(app, job->id));
		return true;
	case ACTION_EDIT:
		build_edit(app, job, step ? step->line : 0);
		return true;
	case ACTION_RERUN:
		build_again(app, job, NULL);
		return true;
	case ACTION_END:
		app_cancel_job(app, job->id);
		return true;
	case ACTION_LAYERS:
		build_layers(app, job);
		return true;
	case ACTION_LAUNCH:
		replay_job(app, job, 0);
		return true;
	case ACTION_OPEN:
		app_push(app, build_new(app, job->id));
		return true;
	case ACTION_REMOVE:
		ask_to_forget(app, job);
		return true;
	default:
		return false;
	}
}

static bool builds_act(struct pane *pane, enum action action, int count)
{
	struct builds *view = of(pane);
	const struct job *job;

	find_selected(view, view->list.height);
	if (list_move(&view->list, action, count)) {
		note_selected(view);
		return true;
	}
	job = selected(view);
	if (action == ACTION_BUILD) {
		app_push(pane->app, build_form_new(pane->app, job));
		return true;
	}
	if (action == ACTION_FILTER) {
		app_prompt_filter(pane->app, &job_fields,
			view->filter ? filter_text(view->filter) : "",
			&(struct filter_rows){any_row, pane->app}, on_filter, view);
		return true;
	}
	if (action == ACTION_BACK && view->filter) {
		on_filter(view, "", true);
		return true;
	}
	return job && act_on(view, job, action);
}

static void builds_hints(struct pane *pane, struct canvas canvas)
{
	const struct job *job = selected(of(pane));
	struct canvas room = hint_ends(pane, canvas, of(pane)->filter ? "show all" : "quit");
	int x = 1;

	if (job) {
		x = hint(pane, room, x, ACTION_OPEN, "open");
		x = job_is_over(job) ? hint(pane, room, x, ACTION_RERUN, "again")
				     : hint(pane, room, x, ACTION_END, "cancel");
		if (*job->image)
			x = hint(pane, room, x, ACTION_LAYERS, "layers");
		x = hint(pane, room, x, ACTION_EDIT, "edit");
		x = hint(pane, room, x, ACTION_REMOVE, "forget");
	}
	x = hint(pane, room, x, ACTION_BUILD, "build");
	hint(pane, room, x, ACTION_FILTER, "filter");
}

/* ---- the one beside ---- */

static int64_t builds_deadline(struct pane *pane)
{
	struct builds *view = of(pane);

	if (!view->beside)
		return -1;
	if (view->look_at_ms >= 0)
		return view->look_at_ms;
	return *view->look.id ? build_look_deadline(&view->look) : -1;
}

static void builds_tick(struct pane *pane)
{
	struct builds *view = of(pane);

	if (view->look_at_ms >= 0) {
		view->look_at_ms = -1;
		build_look_open(&view->look, pane->app, view->selected);
	} else {
		build_look_tick(&view->look);
	}
	app_dirty(pane->app);
}

static void builds_changed(struct pane *pane, enum world_noun noun)
{
	if (noun == WORLD_JOBS && *of(pane)->look.id)
		build_look_changed(&of(pane)->look);
}

static void builds_free(struct pane *pane)
{
	struct builds *view = of(pane);

	if (view->look.app)
		build_look_close(&view->look);
	filter_free(view->filter);
	free(view);
}

static const char *builds_why_not(struct pane *pane, enum action action)
{
	return jobtext_why_not(selected(of(pane)), action);
}

static bool builds_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct job *job = selected(of(pane));

	return job && jobtext_copies(job, nth, what, text);
}

static void builds_subject(struct pane *pane, struct strs *names)
{
	const struct job *job = selected(of(pane));

	if (job)
		strs_add(names, job->id);
}

static const struct pane_ops builds_ops = {
	.title = "Builds",
	.context = CONTEXT_BUILDS,
	.paint = builds_paint,
	.act = builds_act,
	.why_not = builds_why_not,
	.subject = builds_subject,
	.copies = builds_copies,
	.hints = builds_hints,
	.deadline = builds_deadline,
	.tick = builds_tick,
	.changed = builds_changed,
	.free = builds_free,
};

struct pane *builds_new(struct app *app)
{
	struct builds *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view->pane = (struct pane){.ops = &builds_ops, .app = app};
	view->look_at_ms = -1;
	return &view->pane;
}
