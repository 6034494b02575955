/* jobs.c - all jobs over whatever is shown: how far they are, and how those ended that nobody has
 * looked at. */
#include <stdio.h>

#include "tui/jobtext.h"
#include "tui/pane/pane.h"
#include "tui/widget/list.h"

enum { SHOWN_MAX = 60 };

struct jobs_pane {
	struct pane pane;
	struct list list;
	char selected[JOB_ID_SIZE];
	char kept[SHOWN_MAX][JOB_ID_SIZE]; /* seen while this was open: they stay listed */
	size_t kept_len;
};

static struct jobs_pane *of(struct pane *pane)
{
	return container_of(pane, struct jobs_pane, pane);
}

static bool is_kept(const struct jobs_pane *self, const char *id)
{
	for (size_t i = 0; i < self->kept_len; i++)
		if (strcmp(self->kept[i], id) == 0)
			return true;
	return false;
}

/* What runs first, then what ended. */
static const struct job *row_at(const struct jobs_pane *self, size_t n)
{
	size_t count;
	struct job *const *jobs = app_jobs(self->pane.app, &count);

	for (int over = 0; over < 2; over++)
		for (size_t i = 0; i < count; i++)
			if (job_is_over(jobs[i]) == (over == 1) &&
				(!over || !jobs[i]->seen || is_kept(self, jobs[i]->id)) && n-- == 0)
				return jobs[i];
	return NULL;
}

static size_t count_rows(const struct jobs_pane *self)
{
	size_t n = 0;

	while (n < SHOWN_MAX && row_at(self, n))
		n++;
	return n;
}

static void find_selected(struct jobs_pane *self, size_t height)
{
	const struct job *job;

	list_fit(&self->list, count_rows(self), height);
	for (size_t i = 0; *self->selected && (job = row_at(self, i)); i++)
		if (strcmp(job->id, self->selected) == 0)
			list_select(&self->list, i);
	job = row_at(self, self->list.selected);
	if (job)
		memcpy(self->selected, job->id, sizeof(self->selected));
}

/* ---- painting ---- */

static void paint_state(struct canvas canvas, int x, const struct job *job, uint64_t real_ns)
{
	char text[JOBTEXT_MAX], eta[JOBTEXT_MAX];
	double part = jobtext_part(job);

	if (job_is_over(job)) {
		canvas_cut(canvas, x, 0, canvas.w - x, ROLE_DIM,
			job->state == JOB_LOST ? "killed before it could say how it ended"
					       : job->now);
		return;
	}
	if (job->canceled) {
		canvas_cut(canvas, x, 0, canvas.w - x, ROLE_WARN, "told to end");
		return;
	}
	if (part >= 0 && canvas.w - x >= 44) {
		canvas_meter(canvas, x, 0, 16, ROLE_BUSY, part);
		x += 17;
	}
	if (*jobtext_progress(job, text)) {
		canvas_cut(canvas, x, 0, canvas.w - x, ROLE_BUSY, text);
		x += text_width(text) + 2;
	}
	canvas_cut(canvas, x, 0, canvas.w - x, ROLE_DIM,
		*jobtext_eta(job, real_ns, eta) ? eta : job->now);
}

static void paint_row(
	const struct jobs_pane *self, struct canvas canvas, const struct job *job, bool at)
{
	struct job_look sign = jobtext_state(job);
	uint64_t real = app_real_ns(self->pane.app);
	int name = canvas.w / 3 > 44 ? 44 : canvas.w / 3;
	char text[JOBTEXT_MAX], span[FIGURE_MAX];

	canvas_text(canvas, 2, 0, sign.role, canvas_glyph(canvas, sign.glyph));
	canvas_text(canvas, 4, 0, sign.role, sign.word);
	canvas_name(canvas, 13, 0, name - 1, ROLE_TEXT, jobtext_name(job, text));
	canvas_right(canvas, 13 + name, 0, 7, ROLE_TEXT, jobtext_took(job, real, span));
	paint_state(canvas, 22 + name, job, real);
	if (!at)
		return;
	canvas_text(canvas, 0, 0, ROLE_KEY, ">");
	canvas_bar(canvas, 0, ROLE_SELECTION);
	canvas_cursor(canvas, 0, 0, false);
}

static void keep_seen(struct jobs_pane *self, const struct job *job)
{
	if (!job_is_over(job) || job->seen || self->kept_len == SHOWN_MAX)
		return;
	memcpy(self->kept[self->kept_len++], job->id, JOB_ID_SIZE);
	app_see_job(self->pane.app, job->id);
}

static void paint_empty(struct canvas canvas, const struct keymap *keymap)
{
	struct canvas text = canvas_sub(canvas, 2, 0, canvas.w - 3, canvas.h);
	char keys[120];
	int y = canvas_wrap(text, 0, ROLE_TEXT, "Nothing is under way, and every end was seen.");

	y += canvas_wrap(
		text, y, ROLE_DIM, "What takes long runs here, and goes on without the screen.");
	snprintf(keys, sizeof(keys), "%s builds an image; %s in Images pulls one.",
		keymap_label(keymap, ACTION_BUILD), keymap_label(keymap, ACTION_PULL));
	canvas_wrap(text, y, ROLE_DIM, keys);
}

static void jobs_paint(struct pane *pane, struct canvas canvas)
{
	struct jobs_pane *self = of(pane);
	size_t count = count_rows(self);
	int w = canvas.w < 60 ? canvas.w : canvas.w - 4,
	    rows = count    ? (int)count
		   : w < 60 ? 6
			    : 3,
	    h = rows + 4;
	struct canvas box, inside;

	w = w > 150 ? 150 : w;
	h = h > canvas.h ? canvas.h : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, "Jobs");
	inside = canvas_sub(box, 1, 2, w - 2, h - 4);
	if (!count) {
		paint_empty(inside, app_keymap(pane->app));
		return;
	}
	find_selected(self, inside.h > 0 ? (size_t)inside.h : 0);
	for (int y = 0; y < inside.h; y++) {
		size_t n = self->list.top + (size_t)y;
		const struct job *job = row_at(self, n);

		if (!job)
			break;
		app_hot_row(
			&self->pane, canvas_sub(inside, 0, y, inside.w, 1), n, self->list.selected);
		paint_row(
			self, canvas_sub(inside, 0, y, inside.w, 1), job, n == self->list.selected);
		keep_seen(self, job);
	}
}

/* ---- keys ---- */

static bool jobs_act(struct pane *pane, enum action action, int count)
{
	struct jobs_pane *self = of(pane);
	struct app *app = pane->app;
	const struct job *job;
	char id[JOB_ID_SIZE];

	find_selected(self, self->list.height);
	if (list_move(&self->list, action, count)) {
		job = row_at(self, self->list.selected);
		if (job)
			memcpy(self->selected, job->id, sizeof(self->selected));
		return true;
	}
	job = row_at(self, self->list.selected);
	if (action == ACTION_JOBS) {
		app_close(app, pane);
		return true;
	}
	if (!job)
		return false;
	memcpy(id, job->id, sizeof(id));
	if (action == ACTION_OPEN) {
		app_close(app, pane);
		app_show_job(app, id);
		return true;
	}
	if (action == ACTION_END || action == ACTION_CANCEL) {
		app_cancel_job(app, id);
		return true;
	}
	if (action == ACTION_REMOVE && job_is_over(job)) {
		app_forget_job(app, id);
		return true;
	}
	return false;
}

static void jobs_hints(struct pane *pane, struct canvas canvas)
{
	const struct job *job = row_at(of(pane), of(pane)->list.selected);
	int x = 1;

	if (job) {
		x = hint(pane, canvas, x, ACTION_OPEN, "what it says");
		x = job_is_over(job) ? hint(pane, canvas, x, ACTION_REMOVE, "forget")
				     : hint(pane, canvas, x, ACTION_END, "cancel");
	}
	hint(pane, canvas, x, ACTION_BACK, "back");
}

static void jobs_free(struct pane *pane)
{
	free(of(pane));
}

static const struct pane_ops jobs_ops = {
	.title = "Jobs",
	.context = CONTEXT_JOBS,
	.overlay = true,
	.paint = jobs_paint,
	.act = jobs_act,
	.hints = jobs_hints,
	.free = jobs_free,
};

struct pane *jobs_new(struct app *app)
{
	struct jobs_pane *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->pane = (struct pane){.ops = &jobs_ops, .app = app};
	return &self->pane;
}
