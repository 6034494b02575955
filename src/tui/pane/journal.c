/* journal.c - what was done and what happened, the newest at the bottom; the end is followed until
 * one scrolls up. Enter shows a record whole, U takes one back. */
#include <stdio.h>
#include <time.h>

#include "tui/format.h"
#include "tui/pane/record.h"
#include "tui/moments.h"
#include "tui/widget/list.h"

struct journal {
	struct pane pane;
	struct list list;
	bool scrolled; /* the selection is not the newest */
	bool only_actions;
	uint64_t selected;     /* its key */
	struct filter *filter; /* NULL: all of them */
	size_t count, all;
	struct moment_row shown[MOMENTS_MAX]; /* those that pass the filter, oldest first; as of */
	size_t turn;                          /* moments_turn */
};

/* ---- which ---- */

static bool passes(const struct journal *view, const struct moment_row *row)
{
	if (view->only_actions && !row->act)
		return false;
	return !view->filter || filter_meets(view->filter, row, app_real_ns(view->pane.app));
}

static void choose(struct journal *view)
{
	const struct actions *actions = app_actions(view->pane.app);
	const struct model *model = app_model(view->pane.app);
	size_t a = 0, e = 0;
	struct moment_row row;

	view->count = view->all = 0;
	view->turn = moments_turn(actions, model);
	while (moments_next(actions, model, &a, &e, &row) && view->all < MOMENTS_MAX) {
		view->all++;
		if (passes(view, &row))
			view->shown[view->count++] = row;
	}
	for (size_t i = 0; i < view->count / 2; i++) {
		row = view->shown[i];
		view->shown[i] = view->shown[view->count - 1 - i];
		view->shown[view->count - 1 - i] = row;
	}
}

static const struct moment_row *at(const struct journal *view, size_t i)
{
	return i < view->count ? &view->shown[i] : NULL;
}

/* The newest, or the one that was selected, wherever it is by now. */
static void find_selected(struct journal *view, size_t height)
{
	const struct moment_row *row;

	choose(view);
	list_fit(&view->list, view->count, height);
	if (!view->scrolled && view->count)
		list_select(&view->list, view->count - 1);
	for (size_t i = 0; view->scrolled && i < view->count; i++)
		if (moment_key(at(view, i)) == view->selected)
			list_select(&view->list, i);
	row = at(view, view->list.selected);
	view->selected = row ? moment_key(row) : 0;
}

/* Records that were shown may be gone by now. */
static const struct moment_row *selected(struct pane *pane)
{
	struct journal *view = container_of(pane, struct journal, pane);

	if (view->turn != moments_turn(app_actions(pane->app), app_model(pane->app)))
		find_selected(view, view->list.height);
	return at(view, view->list.selected);
}

/* ---- painting ---- */

struct cells {
	int clock;                         /* its column */
	int who, what, name, type, result; /* widths; 0: not shown */
};

/* Days are named where there are others than today. */
static struct cells cells_for(int width, bool days)
{
	struct cells cells = {.clock = days || width >= 100 ? 10 : 3,
		.who = width >= 100  ? 16
		       : width >= 60 ? 10
				     : 0,
		.what = width >= 60 ? 13 : 9,
		.type = width >= 100           ? 11
			: width >= 76 && !days ? 10
					       : 0,
		.result = width >= 100  ? 24
			  : width >= 60 ? 16
			  : width >= 50 ? 8
					: 0};

	cells.name = width - cells.clock - 10 - cells.who - cells.what - cells.type - cells.result -
		     (cells.result ? 2 : 0);
	return cells;
}

static bool has_days(const struct journal *view)
{
	const struct moment_row *oldest = at(view, 0);
	char day[FIGURE_MAX];

	if (!oldest)
		return false;
	format_moment(moment_time(oldest), app_real_ns(view->pane.app), day);
	return !strchr(day, ':');
}

static void paint_when(struct canvas canvas, const struct cells *c, uint64_t at_ns, uint64_t now_ns)
{
	char clock[FIGURE_MAX], day[FIGURE_MAX];

	format_moment(at_ns, now_ns, day);
	format_clock(at_ns, clock);
	/* "14:02" is today's; other days are named. */
	if (c->clock >= 10 && !strchr(day, ':'))
		canvas_textf(canvas, c->clock - 7, 0, ROLE_DIM, "%6s", day);
	canvas_text(canvas, c->clock, 0, ROLE_DIM, clock);
}

static look role_of(const struct moment_row *row)
{
	const struct happening *event = row->event;

	if (row->act)
		return *row->act->error ? ROLE_BAD : row->act->undone ? ROLE_DIM : ROLE_TITLE;
	if (strcmp(event->action, "oom") == 0 || (*event->code && strcmp(event->code, "0") != 0))
		return ROLE_BAD;
	return strcmp(event->action, "start") == 0 ? ROLE_OK : ROLE_TEXT;
}

static const char *format_took(uint64_t us, char out[FIGURE_MAX])
{
	if (us < 1000)
		snprintf(out, FIGURE_MAX, "%llu us", (unsigned long long)us);
	else if (us < 1000000)
		snprintf(out, FIGURE_MAX, "%llu ms", (unsigned long long)us / 1000);
	else
		snprintf(out, FIGURE_MAX, "%.1f s", (double)us / 1e6);
	return out;
}

static bool can_undo(const struct journal *view, const struct act *act)
{
	struct undo_ground ground = app_undo_ground(view->pane.app);

	return !actions_why_not(act, &ground);
}

static void paint_result(
	const struct journal *view, struct canvas canvas, int x, const struct moment_row *row)
{
	char room[24], took[FIGURE_MAX];
	look style = row->act && !*row->act->error ? (row->act->undone ? ROLE_DIM : ROLE_OK)
						   : role_of(row);
	int end = canvas_text(canvas, x, 0, style, moment_result(row, room));

	if (!row->act)
		return;
	if (row->act->us)
		end = canvas_text(canvas, end + 1, 0, ROLE_DIM, format_took(row->act->us, took));
	if (can_undo(view, row->act))
		canvas_textf(canvas, end + 1, 0, ROLE_KEY, "%s",
			keymap_label(app_keymap(view->pane.app), ACTION_UNDO));
}

/* "anna (root)"; where there is little room, whom it goes back to is enough. */
static void paint_who(struct canvas canvas, int x, int width, const struct act *act)
{
	char who[64];

	if (!act) {
		canvas_text(canvas, x, 0, ROLE_DIM, "-");
		return;
	}
	snprintf(who, sizeof(who), "%s", act->who);
	if (text_width(who) >= width)
		who[strcspn(who, " ")] = '\0';
	canvas_cut(canvas, x, 0, width - 1, ROLE_TEXT, who);
}

static void paint_row(const struct journal *view, struct canvas canvas,
	const struct moment_row *row, const struct cells *c)
{
	int x = c->clock + 10;

	paint_when(canvas, c, moment_time(row), app_real_ns(view->pane.app));
	if (c->who)
		paint_who(canvas, x, c->who, row->act);
	x += c->who;
	canvas_cut(canvas, x, 0, c->what - 1, role_of(row),
		row->act ? row->act->what : row->event->action);
	x += c->what;
	if (c->type)
		canvas_cut(canvas, x, 0, c->type - 1, ROLE_DIM,
			event_type_name(row->act ? row->act->type : row->event->type));
	x += c->type;
	canvas_name(canvas, x, 0, c->name, ROLE_TEXT, moment_name(row));
	if (c->result)
		paint_result(view, canvas, x + c->name + 2, row);
}

static void paint_headings(struct canvas canvas, const struct cells *c)
{
	int x = c->clock + 10;

	canvas_text(canvas, c->clock, 0, ROLE_DIM, "TIME");
	if (c->who)
		canvas_text(canvas, x, 0, ROLE_DIM, "WHO");
	x += c->who;
	canvas_text(canvas, x, 0, ROLE_DIM, "WHAT");
	x += c->what;
	if (c->type)
		canvas_text(canvas, x, 0, ROLE_DIM, "TYPE");
	x += c->type;
	canvas_text(canvas, x, 0, ROLE_DIM, "NAME");
	if (c->result)
		canvas_text(canvas, x + c->name + 2, 0, ROLE_DIM, "RESULT");
}

static void paint_rows(struct journal *view, struct canvas canvas, const struct cells *cells)
{
	for (int y = 0; y < canvas.h; y++) {
		size_t i = view->list.top + (size_t)y;
		const struct moment_row *row = at(view, i);
		struct canvas line = canvas_sub(canvas, 0, y, canvas.w, 1);

		if (!row)
			return;
		app_hot_row(&view->pane, line, i, view->list.selected);
		paint_row(view, line, row, cells);
		if (i != view->list.selected)
			continue;
		canvas_text(line, 0, 0, ROLE_KEY, ">");
		canvas_bar(line, 0, ROLE_SELECTION);
		canvas_cursor(line, 0, 0, false);
	}
}

static void journal_paint(struct pane *pane, struct canvas canvas)
{
	struct journal *view = container_of(pane, struct journal, pane);
	struct canvas rows = canvas_sub(canvas, 0, 2, canvas.w, canvas.h - 2);
	struct cells cells;
	int x;

	find_selected(view, rows.h > 0 ? (size_t)rows.h : 0);
	cells = cells_for(canvas.w, has_days(view));
	if (view->filter)
		x = canvas_textf(canvas, 1, 0, ROLE_INFO, "%zu of %zu match %s", view->count,
			view->all, filter_text(view->filter));
	else
		x = canvas_textf(canvas, 1, 0, ROLE_TEXT, "%zu %s", view->count,
			view->only_actions ? "actions" : "actions and events");
	canvas_text(canvas, x + 2, 0, ROLE_DIM,
		view->scrolled ? "newer below: G follows" : "following");
	paint_headings(canvas_sub(canvas, 0, 1, canvas.w, 1), &cells);
	paint_rows(view, rows, &cells);
	if (view->all && view->count == 0)
		canvas_textf(rows, 4, 1, ROLE_DIM,
			view->filter ? "Nothing here matches; %s shows all."
				     : "Nobody did anything yet; %s shows events, too.",
			keymap_label_in(app_keymap(pane->app), CONTEXT_JOURNAL,
				view->filter ? ACTION_BACK : ACTION_MODE));
	if (view->all == 0)
		canvas_text(rows, 4, 1, ROLE_TITLE, "Nothing has happened yet.");
}

/* ---- keys ---- */

static const void *any_row(const void *arg, size_t index)
{
	struct journal *view = (struct journal *)arg;

	selected(&view->pane);
	return at(view, index);
}

static void on_filter(void *arg, const char *text, bool done)
{
	struct journal *view = arg;

	(void)done;
	app_set_filter(view->pane.app, &moment_fields, text, &view->filter);
}

static void take_back(struct journal *view, const struct act *act)
{
	struct undo_ground ground = app_undo_ground(view->pane.app);
	const char *why = actions_why_not(act, &ground);

	if (why)
		app_toast(view->pane.app, ROLE_INFO, "%s %s: %s", act->what, act->name, why);
	else
		app_undo(view->pane.app, act);
}

static bool act_on_row(struct journal *view, enum action action)
{
	const struct moment_row *row = at(view, view->list.selected);

	if (!row)
		return false;
	if (action == ACTION_OPEN)
		app_push(view->pane.app, record_new(view->pane.app, row));
	else if (action == ACTION_USERS)
		record_show_container(view->pane.app, row);
	else if (action == ACTION_UNDO && row->act)
		take_back(view, row->act);
	else
		return false;
	return true;
}

static bool journal_act(struct pane *pane, enum action action, int count)
{
	struct journal *view = container_of(pane, struct journal, pane);

	find_selected(view, view->list.height);
	if (list_move(&view->list, action, count)) {
		const struct moment_row *row = at(view, view->list.selected);

		view->scrolled = view->list.selected + 1 < view->count;
		view->selected = row ? moment_key(row) : 0;
		return true;
	}
	if (act_on_row(view, action))
		return true;
	switch (action) {
	case ACTION_FILTER:
		app_prompt_filter(pane->app, &moment_fields,
			view->filter ? filter_text(view->filter) : "",
			&(struct filter_rows){any_row, view}, on_filter, view);
		return true;
	case ACTION_MODE:
		view->only_actions = !view->only_actions;
		return true;
	case ACTION_BACK:
		if (!view->filter)
			return false;
		on_filter(view, "", true);
		return true;
	default:
		return false;
	}
}

static void journal_hints(struct pane *pane, struct canvas canvas)
{
	const struct journal *view = container_of(pane, struct journal, pane);
	const struct moment_row *row = at(view, view->list.selected);
	struct canvas room = hint_ends(pane, canvas, view->filter ? "show all" : "quit");
	int x = hint(pane, room, 1, ACTION_OPEN, "all of it");

	if (row && row->act && can_undo(view, row->act)) {
		x = canvas_text(
			room, x, 0, ROLE_KEY, keymap_label(app_keymap(pane->app), ACTION_UNDO));
		x = canvas_text(room, x + 1, 0, ROLE_TEXT, "undo") + 2;
	}
	x = hint(pane, room, x, ACTION_USERS, "the container");
	x = hint(pane, room, x, ACTION_MODE, view->only_actions ? "events, too" : "actions only");
	x = hint(pane, room, x, ACTION_FILTER, "filter");
	hint(pane, room, x, ACTION_LAST, "newest");
}

static const char *journal_why_not(struct pane *pane, enum action action)
{
	const struct moment_row *row = selected(pane);

	if (action != ACTION_OPEN && action != ACTION_USERS)
		return NULL;
	if (!row)
		return "nothing is selected";
	return action == ACTION_USERS && !model_row(app_model(pane->app), moment_id(row))
		       ? "it is no container that is here now"
		       : NULL;
}

static void journal_free(struct pane *pane)
{
	struct journal *view = container_of(pane, struct journal, pane);

	filter_free(view->filter);
	free(view);
}

static bool journal_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct moment_row *row = selected(pane);
	const struct {
		const char *what, *text;
	} list[] = {{"the name", row ? moment_name(row) : ""},
		{"the command line", row && row->act ? row->act->command : ""},
		{"the id", row ? moment_id(row) : ""}};

	for (size_t i = 0; row && i < array_len(list); i++) {
		if (!list[i].text || !*list[i].text || nth-- > 0)
			continue;
		*what = list[i].what;
		buf_adds(text, list[i].text);
		return true;
	}
	return false;
}

static const struct pane_ops journal_ops = {
	.title = "Journal",
	.context = CONTEXT_JOURNAL,
	.paint = journal_paint,
	.act = journal_act,
	.why_not = journal_why_not,
	.copies = journal_copies,
	.hints = journal_hints,
	.free = journal_free,
};

struct pane *journal_new(struct app *app)
{
	struct journal *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	app_read_events(app);
	app_actions(app);
	view->pane = (struct pane){.ops = &journal_ops, .app = app};
	return &view->pane;
}
