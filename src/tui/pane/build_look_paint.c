/* build_look_paint.c - see build_look.h. */
#include <stdio.h>

#include "tui/jobtext.h"
#include "tui/pane/build_look.h"

enum { SIDE_BY_SIDE = 100, SHARE = 8, WORD = 8, TIME = 6, SECOND = 1000000000 };

static struct job_look step_look(enum step_state state)
{
	static const struct job_look looks[] = {
		[STEP_WAITING] = {GLYPH_CREATED, ROLE_DIM, "waiting"},
		[STEP_RUNNING] = {GLYPH_BUSY, ROLE_BUSY, "running"},
		[STEP_CACHED] = {GLYPH_EXITED, ROLE_INFO, "cached"},
		[STEP_DONE] = {GLYPH_RUNNING, ROLE_OK, "done"},
		[STEP_FAILED] = {GLYPH_FAILED, ROLE_BAD, "failed"},
		[STEP_LEFT] = {GLYPH_EXITED, ROLE_WARN, "left"},
	};

	return looks[state];
}

static const char *name_of(const struct story_step *step)
{
	return step->name ? step->name : "";
}

/* "[build 4/7]" of its name: enough to find it in the list. */
static int label_len(const char *name)
{
	const char *end = *name == '[' ? strchr(name, ']') : NULL;

	return end ? (int)(end + 1 - name) : (int)strlen(name);
}

/* ---- what it is ---- */

static bool takes_a_value(const char *option)
{
	return *option == '-' && !strchr(option, '=') && strcmp(option, "--no-cache") != 0 &&
	       strcmp(option, "--pull") != 0 && strcmp(option, "-q") != 0;
}

/* What it is built from: the last word of its line, where that is no option's; else where it was
 * asked for. */
static void say_place(const struct job *job, struct buf *out)
{
	size_t words = job->args.len;
	const char *last = words > 1 ? job->args.v[words - 1] : ".";

	if (*last == '-' || strcmp(last, ".") == 0 || takes_a_value(job->args.v[words - 2]))
		buf_adds(out, job->dir);
	else if (*last == '/' || strstr(last, "://"))
		buf_adds(out, last);
	else
		buf_addf(out, "%s/%s", job->dir, last);
}

static void paint_title(const struct job *job, struct canvas canvas, uint64_t real_ns)
{
	struct job_look sign = jobtext_state(job);
	char name[JOBTEXT_MAX], span[FIGURE_MAX], right[60];
	auto_buf place = BUF_INIT;
	int room, x;

	snprintf(right, sizeof(right), "%s %s  %s", canvas_glyph(canvas, sign.glyph), sign.word,
		jobtext_took(job, real_ns, span));
	room = canvas.w - text_width(right) - 3;
	x = text_width(jobtext_name(job, name)) + 1;
	canvas_cut(canvas, 1, 0, room, ROLE_TITLE, name);
	say_place(job, &place);
	if (x + 12 < room)
		canvas_name(canvas, x + 2, 0, room - x - 2, ROLE_DIM, buf_text(&place));
	canvas_right(canvas, room + 2, 0, canvas.w - room - 3, sign.role, right);
}

static void say_progress(const struct build_look *self, const struct job *job, struct buf *out)
{
	const struct story *story = self->story;
	char eta[JOBTEXT_MAX];

	buf_addf(out, "%zu/%zu steps  %s", story_over(story), story->steps_len,
		jobtext_eta(job, app_real_ns(self->app), eta));
}

/* Where the time went, and why it was not shorter. */
static void say_costs(const struct story *story, size_t cached, struct buf *out)
{
	int slowest = story_slowest(story), broke = story_broke(story);
	char span[FIGURE_MAX];

	if (slowest >= 0) {
		const char *name = name_of(&story->steps[slowest]);

		buf_addf(out, "  Slowest: %.*s %s.", label_len(name), name,
			jobtext_span(story->steps[slowest].took_ns, span));
	}
	if (broke >= 0 && cached) {
		const char *name = name_of(&story->steps[broke]);

		buf_addf(out, "  Cache left at %.*s: %s.", label_len(name), name,
			story->steps[broke].why);
	}
}

static void say_end(const struct story *story, const struct job *job, struct buf *out)
{
	size_t cached = 0;
	int failed = story_failed(story);

	for (size_t i = 0; i < story->steps_len; i++)
		cached += story->steps[i].state == STEP_CACHED;
	if (job->state == JOB_DONE) {
		buf_addf(out, "%zu of %zu steps from the cache.", cached, story->steps_len);
		say_costs(story, cached, out);
	} else if (job->state == JOB_FAILED && failed >= 0) {
		const char *name = name_of(&story->steps[failed]);

		buf_addf(out, "Failed at %.*s; no image was made, nothing was tagged.",
			label_len(name), name);
	} else if (job->state == JOB_CANCELED) {
		buf_addf(out, "Canceled: %s.", job_leaves(job->kind));
	} else if (job->state == JOB_LOST) {
		buf_adds(out, "Killed before it could say how it ended; finished steps are kept.");
	} else {
		buf_addf(out, "%s", story->error);
	}
}

static void paint_progress(
	const struct build_look *self, const struct job *job, struct canvas canvas)
{
	const struct story *story = self->story;
	auto_buf text = BUF_INIT;
	int x = 1, bar = canvas.w >= 60 ? 24 : 0;

	if (job_is_over(job)) {
		say_end(story, job, &text);
		canvas_cut(canvas, 1, 0, canvas.w - 2,
			job->state == JOB_FAILED ? ROLE_BAD : ROLE_TEXT, buf_text(&text));
		return;
	}
	if (!story->steps_len) {
		canvas_cut(canvas, 1, 0, canvas.w - 2, ROLE_DIM,
			job->state == JOB_QUEUED ? "Waits for its turn: others build."
			: *story->note           ? story->note
						 : "Reads the Dockerfile and its context.");
		return;
	}
	if (bar) {
		canvas_meter(canvas, x, 0, bar, ROLE_BUSY,
			(double)story_over(story) / (double)story->steps_len);
		x += bar + 1;
	}
	say_progress(self, job, &text);
	canvas_cut(canvas, x, 0, canvas.w - x - 1, ROLE_TEXT, buf_text(&text));
}

/* ---- steps ---- */

static uint64_t took(const struct build_look *self, const struct story_step *step)
{
	uint64_t now = app_real_ns(self->app);

	if (step->state == STEP_RUNNING && step->began_ns && now > step->began_ns)
		return now - step->began_ns;
	return step->took_ns;
}

static uint64_t all_time(const struct build_look *self)
{
	uint64_t all = 0;

	for (size_t i = 0; i < self->story->steps_len; i++)
		all += took(self, &self->story->steps[i]);
	return all;
}

static void paint_step(const struct build_look *self, struct canvas canvas, size_t at, uint64_t all)
{
	const struct story_step *step = &self->story->steps[at];
	struct job_look state = step_look(step->state);
	bool wide = canvas.w >= 64;
	uint64_t time = took(self, step);
	int x = 2, right = canvas.w - TIME - 1 - (wide ? SHARE + 1 : 0);
	char span[FIGURE_MAX];

	canvas_text(canvas, x, 0, state.role, canvas_glyph(canvas, state.glyph));
	if (canvas.w >= 40) {
		canvas_text(canvas, x + 2, 0, state.role, state.word);
		x += WORD + 3;
	} else {
		x += 2;
	}
	canvas_cut(canvas, x, 0, right - x - 1,
		step->state == STEP_WAITING || step->state == STEP_LEFT ? ROLE_DIM : ROLE_TEXT,
		name_of(step));
	if (step->state == STEP_RUNNING)
		canvas_right(canvas, right, 0, TIME, ROLE_TEXT, jobtext_clock(time, span));
	else if (step->state != STEP_WAITING && step->state != STEP_LEFT)
		canvas_right(canvas, right, 0, TIME, ROLE_TEXT, jobtext_span(time, span));
	if (wide && all >= SECOND && time * SHARE * 2 >= all)
		canvas_meter(canvas, right + TIME + 1, 0, SHARE,
			time * 2 >= all ? ROLE_WARN : ROLE_DIM, (double)time / (double)all);
	if (at != self->list.selected)
		return;
	canvas_text(canvas, 0, 0, ROLE_KEY, ">");
	canvas_bar(canvas, 0, self->on_output ? ROLE_TEXT | STYLE_BOLD : ROLE_SELECTION);
	if (!self->on_output)
		canvas_cursor(canvas, 0, 0, false);
}

static void paint_steps(struct build_look *self, struct canvas canvas)
{
	uint64_t all = all_time(self);

	list_fit(&self->list, self->story->steps_len, canvas.h > 0 ? (size_t)canvas.h : 0);
	for (int y = 0; y < canvas.h; y++) {
		size_t at = self->list.top + (size_t)y;

		if (at < self->story->steps_len)
			paint_step(self, canvas_sub(canvas, 0, y, canvas.w, 1), at, all);
	}
}

/* ---- what the selected one said ---- */

/* The lines of the file only where no step stands for them. */
static void add_failure(const struct story *story, bool whole, struct buf *text)
{
	if (text->len && text->data[text->len - 1] != '\n')
		buf_addc(text, '\n');
	if (*story->error)
		buf_addf(text, "\033[31m%s\033[0m\n", story->error);
	if (whole && story->excerpt.len)
		buf_addf(text, "\n%s", buf_text(&story->excerpt));
}

/* Made anew when there is more of it, or the cursor moved. */
static void make_text(struct build_look *self)
{
	const struct story_step *step = build_look_step(self);
	size_t len = step ? step->text.len + (size_t)step->state : self->story->said.len;
	size_t of = step ? self->list.selected : SIZE_MAX - 1;

	if (self->text_of == of && self->text_len == len + strlen(self->story->error))
		return;
	self->text_of = of;
	self->text_len = len + strlen(self->story->error);
	buf_clear(&self->text);
	if (step && step->cut)
		buf_adds(&self->text,
			"\033[2mWhat it said before is in: davit jobs follow\033[0m\n");
	if (step)
		buf_add(&self->text, buf_text(&step->text), step->text.len);
	else
		buf_add(&self->text, buf_text(&self->story->said), self->story->said.len);
	if (!step || step->state == STEP_FAILED)
		add_failure(self->story, !step, &self->text);
}

static const char *silence(const struct story_step *step)
{
	if (!step)
		return "";
	switch (step->state) {
	case STEP_WAITING:
		return "Waits for what it is made of.";
	case STEP_CACHED:
		return "From the cache: nothing had to be done.";
	case STEP_LEFT:
		return "It was not done: the build ended before.";
	case STEP_RUNNING:
		return "It has said nothing yet.";
	default:
		return "It said nothing.";
	}
}

static int paint_ways_out(const struct build_look *self, struct canvas canvas)
{
	const struct story_step *step = build_look_step(self);
	static const struct {
		enum action action;
		const char *text;
	} ways[] = {
		{ACTION_SHELL, "a shell in the files as they were before this step"},
		{ACTION_EDIT, "the Dockerfile at this line, in your editor"},
		{ACTION_RERUN, "build again: what is known is not done anew"},
	};
	int y = canvas.h - (int)array_len(ways);

	if (!step || step->state != STEP_FAILED || canvas.h < 10)
		return canvas.h;
	for (size_t i = 0; i < array_len(ways); i++, y++) {
		canvas_text(canvas, 1, y, ROLE_KEY,
			keymap_label_in(app_keymap(self->app), CONTEXT_BUILD, ways[i].action));
		canvas_cut(canvas, 4, y, canvas.w - 5, ROLE_DIM, ways[i].text);
	}
	return canvas.h - (int)array_len(ways) - 1;
}

/* What a step stands on was done anew before it: that says why. */
static void paint_why(
	const struct build_look *self, const struct story_step *step, struct canvas canvas)
{
	int broke = story_broke(self->story);
	const struct story_step *first = broke >= 0 ? &self->story->steps[broke] : step;
	auto_buf text = BUF_INIT;

	buf_addf(&text, "Not from the cache: %s", step->why);
	if (first != step && strstr(step->why, "below"))
		buf_addf(&text, " (%.*s: %s)", label_len(name_of(first)), name_of(first),
			first->why);
	canvas_cut(canvas, 1, 0, canvas.w - 2, ROLE_INFO, buf_text(&text));
}

static void paint_output(struct build_look *self, struct canvas canvas)
{
	const struct story_step *step = build_look_step(self);
	char title[200];
	int y = 1, end;

	make_text(self);
	snprintf(title, sizeof(title), "%.100s%s", step ? name_of(step) : "What it says",
		self->out.follow ? "" : "  (f follows)");
	canvas_rule(canvas, 0, ROLE_BORDER, self->on_output ? ROLE_FOCUS | STYLE_BOLD : ROLE_TITLE,
		title);
	if (step && *step->why && step->state != STEP_CACHED)
		paint_why(self, step, canvas_sub(canvas, 0, y++, canvas.w, 1));
	end = paint_ways_out(self, canvas);
	if (!self->text.len)
		canvas_cut(canvas, 1, y, canvas.w - 2, ROLE_DIM, silence(step));
	outview_paint(&self->out, canvas_sub(canvas, 1, y, canvas.w - 2, end - y),
		buf_text(&self->text), self->text.len);
	if (self->on_output)
		canvas_cursor(canvas, 0, y, false);
}

/* ---- all ---- */

static void paint_body(struct build_look *self, struct canvas canvas, bool whole)
{
	int steps = (int)self->story->steps_len, half = canvas.h / 2;

	if (!steps) {
		paint_output(self, canvas);
	} else if (whole && canvas.w >= SIDE_BY_SIDE) {
		int left = canvas.w * 45 / 100 > 90 ? 90 : canvas.w * 45 / 100;

		canvas_rule(canvas_sub(canvas, 0, 0, left, 1), 0, ROLE_BORDER,
			self->on_output ? ROLE_TITLE : ROLE_FOCUS | STYLE_BOLD, "Steps");
		paint_steps(self, canvas_sub(canvas, 0, 1, left, canvas.h - 1));
		canvas_vline(canvas, left, 0, canvas.h, ROLE_BORDER);
		paint_output(self, canvas_sub(canvas, left + 1, 0, canvas.w - left - 1, canvas.h));
	} else {
		steps = steps > half ? half : steps;
		paint_steps(self, canvas_sub(canvas, 0, 0, canvas.w, steps));
		paint_output(self, canvas_sub(canvas, 0, steps, canvas.w, canvas.h - steps));
	}
}

void build_look_paint(struct build_look *self, struct canvas canvas, bool whole)
{
	const struct job *job = build_look_job(self);

	if (!self->story)
		return;
	if (!job || *self->err.text) {
		canvas_cut(canvas, 1, 0, canvas.w - 2, ROLE_DIM,
			*self->err.text ? self->err.text : "This build was forgotten.");
		return;
	}
	paint_title(job, canvas_sub(canvas, 0, 0, canvas.w, 1), app_real_ns(self->app));
	paint_progress(self, job, canvas_sub(canvas, 0, 1, canvas.w, 1));
	paint_body(self, canvas_sub(canvas, 0, 2, canvas.w, canvas.h - 2), whole);
}
