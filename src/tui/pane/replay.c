/* replay.c - see replay.h.
 *
 * What goes on is read again while it does: each second, of a pull or a build four times as often.
 * What is over is read again when something has changed. */
#include "tui/pane/replay.h"

#include <ctype.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/text.h"
#include "tui/widget/list.h"
#include "tui/widget/spans.h"

enum { BELOW = 6, SLOW_MS = 1000, FAST_MS = 250, SETTLE_MS = 500 };

struct replay {
	struct pane pane;
	char who[80];
	struct replay_wish wish;
	size_t current; /* of the wish's kinds */
	bool was_open;
	bool chosen; /* by the user: what goes on elsewhere does not take its place */
	struct timeline timeline;
	char trouble[sizeof(((struct err *)0)->text)]; /* why there is none, or "" */
	struct list list;
	int64_t read_ms; /* 0: it is to be read again */
	bool settles;    /* it has just ended: what is cleared up after it is still to come */
};

static struct replay *replay_of(struct pane *pane)
{
	return container_of(pane, struct replay, pane);
}

static size_t kinds_of(const struct replay *replay)
{
	size_t n = 0;

	while (replay->wish.kinds[n] != TIMELINE_KINDS)
		n++;
	return n;
}

/* ---- reading ---- */

static int read_kind(struct replay *replay, size_t which, struct timeline *out, struct err *err)
{
	struct world *world = app_world(replay->pane.app);

	return world->ops->timeline->read(
		world, replay->wish.kinds[which], replay->who, replay->wish.step, out, err);
}

static void take_over(struct replay *replay, size_t which, struct timeline *timeline)
{
	timeline_fini(&replay->timeline);
	replay->timeline = *timeline;
	replay->current = which;
	*replay->trouble = '\0';
	if (timeline->open && !replay->was_open && timeline->count)
		replay->list.selected = timeline->count - 1;
	replay->settles = replay->was_open && !timeline->open;
	replay->was_open = timeline->open;
	app_dirty(replay->pane.app);
}

/* What goes on now is what one wants to see; of two the one that is about the end. */
static bool follow_what_goes_on(struct replay *replay)
{
	for (size_t i = kinds_of(replay); !replay->chosen && i-- > 0;) {
		struct timeline timeline = {0};
		struct err err;

		if (i != replay->current && read_kind(replay, i, &timeline, &err) == 0 &&
			timeline.open) {
			take_over(replay, i, &timeline);
			return true;
		}
		timeline_fini(&timeline);
	}
	return false;
}

static bool same(const struct timeline *a, const struct timeline *b)
{
	return a->at_ns == b->at_ns && a->total_ns == b->total_ns && a->count == b->count &&
	       a->open == b->open && strcmp(a->title, b->title) == 0;
}

static void read_again(struct replay *replay)
{
	struct timeline timeline = {0};
	struct err err;

	replay->read_ms = app_now_ms(replay->pane.app);
	if (read_kind(replay, replay->current, &timeline, &err) < 0) {
		timeline_fini(&timeline);
		timeline_fini(&replay->timeline);
		if (strcmp(replay->trouble, err.text) != 0)
			app_dirty(replay->pane.app);
		snprintf(replay->trouble, sizeof(replay->trouble), "%s", err.text);
	} else if (!*replay->trouble && replay->timeline.title &&
		   same(&replay->timeline, &timeline)) {
		timeline_fini(&timeline);
	} else {
		take_over(replay, replay->current, &timeline);
	}
	if (!replay->timeline.open)
		follow_what_goes_on(replay);
}

static bool is_quick(const struct replay *replay)
{
	enum timeline_kind kind = replay->wish.kinds[replay->current];

	return kind == TIMELINE_PULL || kind == TIMELINE_BUILD;
}

static int64_t replay_deadline(struct pane *pane)
{
	struct replay *replay = replay_of(pane);

	if (!replay->read_ms)
		return app_now_ms(pane->app);
	if (replay->settles)
		return replay->read_ms + SETTLE_MS;
	if (!replay->timeline.open)
		return -1;
	return replay->read_ms + (is_quick(replay) ? FAST_MS : SLOW_MS);
}

static void replay_tick(struct pane *pane)
{
	struct replay *replay = replay_of(pane);

	if (replay->read_ms && app_now_ms(pane->app) >= replay->read_ms + SETTLE_MS)
		replay->settles = false;
	read_again(replay);
}

static void replay_changed(struct pane *pane, enum world_noun noun)
{
	if (noun == WORLD_CONTAINERS || noun == WORLD_IMAGES || noun == WORLD_JOBS)
		replay_of(pane)->read_ms = 0;
}

/* ---- painting ---- */

/* "launch  stop  restart" at the right of the rule: which there are. */
static void paint_kinds(struct replay *replay, struct canvas line)
{
	size_t n = kinds_of(replay);
	int x = line.w - 2;

	if (n < 2)
		return;
	for (size_t i = 0; i < n; i++)
		x -= (int)strlen(timeline_kind_name(replay->wish.kinds[i])) + 2;
	for (size_t i = 0; i < n; i++)
		x = canvas_textf(line, x, 0,
			i == replay->current ? ROLE_FOCUS | STYLE_REVERSE : ROLE_DIM, " %s ",
			timeline_kind_name(replay->wish.kinds[i]));
}

static void paint_title(struct replay *replay, struct canvas line)
{
	char title[160], when[FIGURE_MAX] = "";
	const struct timeline *timeline = &replay->timeline;

	if (timeline->title && timeline->at_ns)
		format_moment(timeline->at_ns, app_real_ns(replay->pane.app), when);
	snprintf(title, sizeof(title), "%.120s%s%s", timeline->title ? timeline->title : "timeline",
		*when ? ", " : "", when);
	title[0] = (char)toupper((unsigned char)title[0]);
	canvas_rule(line, 0, ROLE_BORDER, ROLE_TITLE, title);
	paint_kinds(replay, line);
}

/* In a second line where it needs one, and there is room. Returns the row below. */
static int paint_summary(struct replay *replay, struct canvas canvas)
{
	look style = replay->timeline.open ? ROLE_BUSY : ROLE_TEXT;
	const char *text = replay->timeline.summary;
	size_t len = text_line(text, canvas.w - 2);

	if (!text[len] || canvas.h < 18) {
		canvas_cut(canvas, 1, 1, canvas.w - 2, style, text);
		return 2;
	}
	canvas_textn(canvas, 1, 1, style, text, len);
	canvas_cut(canvas, 1, 2, canvas.w - 2, style, text + len + (text[len] == ' '));
	return 3;
}

static void paint_row(
	struct replay *replay, const struct spans *spans, struct canvas line, size_t index)
{
	spans_paint_row(spans, line, index);
	app_hot_row(&replay->pane, line, index, replay->list.selected);
	if (index != replay->list.selected)
		return;
	canvas_text(line, 0, 0, ROLE_TEXT, ">");
	canvas_bar(line, 0, ROLE_SELECTION);
	canvas_cursor(line, 0, 0, false);
}

static void replay_paint(struct pane *pane, struct canvas canvas)
{
	struct replay *replay = replay_of(pane);
	struct spans spans = spans_layout(&replay->timeline, canvas.w);
	int below = canvas.h >= 14 ? BELOW : 0;
	struct canvas rows;
	int y;

	paint_title(replay, canvas_sub(canvas, 0, 0, canvas.w, 1));
	if (*replay->trouble) {
		canvas_cut(canvas, 2, 2, canvas.w - 3, ROLE_DIM, replay->trouble);
		return;
	}
	y = paint_summary(replay, canvas);
	rows = canvas_sub(canvas, 0, y + 1, canvas.w, canvas.h - y - 1 - below);
	spans_paint_head(&spans, canvas_sub(canvas, 0, y, canvas.w, 1));
	list_fit(&replay->list, replay->timeline.count, rows.h > 0 ? (size_t)rows.h : 0);
	for (y = 0; y < rows.h && replay->list.top + (size_t)y < replay->list.count; y++)
		paint_row(replay, &spans, canvas_sub(rows, 0, y, rows.w, 1),
			replay->list.top + (size_t)y);
	if (below)
		spans_paint_below(&spans, canvas_sub(canvas, 0, canvas.h - below, canvas.w, below),
			replay->list.selected);
}

/* ---- keys ---- */

static const struct timeline_span *selected(const struct replay *replay)
{
	return replay->list.selected < replay->timeline.count
		       ? &replay->timeline.spans[replay->list.selected]
		       : NULL;
}

static void choose_next(struct replay *replay)
{
	replay->current = (replay->current + 1) % kinds_of(replay);
	replay->chosen = true;
	replay->list = (struct list){0};
	timeline_fini(&replay->timeline);
	read_again(replay);
	app_dirty(replay->pane.app);
}

static void prove(struct replay *replay)
{
	const struct timeline_span *span = selected(replay);
	auto_strs words = STRS_INIT;
	struct err err;

	if (!span || !*span->proof) {
		app_toast(replay->pane.app, ROLE_INFO,
			"Nothing shows this one alone: its clocks are the record");
		return;
	}
	strs_add(&words, "sh");
	strs_add(&words, "-c");
	strs_add(&words, span->proof);
	if (output_open(replay->pane.app, span->proof, &words, &err) < 0)
		app_toast(replay->pane.app, ROLE_BAD, "%s", err.text);
}

static bool replay_act(struct pane *pane, enum action action, int count)
{
	struct replay *replay = replay_of(pane);

	if (list_move(&replay->list, action, count))
		return true;
	switch (action) {
	case ACTION_PROVE:
		prove(replay);
		return true;
	case ACTION_MODE:
		choose_next(replay);
		return true;
	default:
		return false;
	}
}

static const char *replay_why_not(struct pane *pane, enum action action)
{
	return action == ACTION_MODE && kinds_of(replay_of(pane)) < 2 ? "there is one timeline"
								      : NULL;
}

static bool replay_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct timeline_span *span = selected(replay_of(pane));

	if (!span || nth > 2)
		return false;
	*what = nth == 0   ? "the command that proves it"
		: nth == 1 ? "the system calls"
			   : "the words";
	buf_adds(text, nth == 0 ? span->proof : nth == 1 ? span->calls : span->words);
	return true;
}

static void replay_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = hint(pane, room, 1, ACTION_PROVE, "prove it");

	if (kinds_of(replay_of(pane)) > 1)
		x = hint(pane, room, x, ACTION_MODE, "launch, stop, restart");
	hint(pane, room, x, ACTION_COPY, "copy");
}

static void replay_free(struct pane *pane)
{
	struct replay *replay = replay_of(pane);

	timeline_fini(&replay->timeline);
	free(replay);
}

static const struct pane_ops replay_ops = {
	.title = "Timeline",
	.context = CONTEXT_TIMELINE,
	.paint = replay_paint,
	.act = replay_act,
	.why_not = replay_why_not,
	.copies = replay_copies,
	.hints = replay_hints,
	.deadline = replay_deadline,
	.tick = replay_tick,
	.changed = replay_changed,
	.free = replay_free,
};

struct pane *replay_new(struct app *app, const char *who, const struct replay_wish *wish)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	if (!replay)
		return NULL;
	replay->pane = (struct pane){.ops = &replay_ops, .app = app};
	snprintf(replay->who, sizeof(replay->who), "%s", who);
	replay->wish = *wish;
	read_again(replay);
	return &replay->pane;
}

struct pane *timeline_new(struct app *app, const char *id)
{
	static const struct replay_wish wish = {
		.kinds = {TIMELINE_LAUNCH, TIMELINE_STOP, TIMELINE_RESTART, TIMELINE_KINDS}};

	return replay_new(app, id, &wish);
}

struct pane *pull_new(struct app *app, const char *id)
{
	static const struct replay_wish wish = {.kinds = {TIMELINE_PULL, TIMELINE_KINDS}};

	return replay_new(app, id, &wish);
}

void replay_job(struct app *app, const struct job *job, unsigned step)
{
	struct replay_wish wish = {
		.kinds = {strcmp(job->kind, "build") == 0 ? TIMELINE_BUILD : TIMELINE_PULL,
			TIMELINE_KINDS},
		.step = step};

	app_push(app, replay_new(app, job->id, &wish));
}

const char *replay_why_not_job(const struct job *job)
{
	if (!job)
		return "nothing is selected";
	return strcmp(job->kind, "build") == 0 || strcmp(job->kind, "pull") == 0
		       ? NULL
		       : "its times are not recorded";
}
