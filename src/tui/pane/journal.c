/* journal.c - what happened, the newest at the bottom; the end is followed until one scrolls up. */
#include <stdio.h>
#include <time.h>

#include "tui/format.h"
#include "tui/pane/pane.h"
#include "tui/row_fields.h"
#include "tui/widget/list.h"

struct journal {
	struct pane pane;
	struct list list;
	bool scrolled;                    /* the selection is not the newest */
	uint64_t selected;                /* its seq */
	struct filter *filter;            /* NULL: all of them */
	size_t shown[EVENTS_KEPT], count; /* ages of those that pass the filter, oldest first */
};

/* ---- which ---- */

static bool passes(const struct journal *view, const struct happening *h)
{
	return !view->filter || filter_meets(view->filter, h, app_real_ns(view->pane.app));
}

static size_t choose(struct journal *view)
{
	const struct model *model = app_model(view->pane.app);
	const struct happening *h;
	size_t all = 0;

	while (model_happening(model, all))
		all++;
	view->count = 0;
	for (size_t age = all; age-- > 0;)
		if ((h = model_happening(model, age)) && passes(view, h))
			view->shown[view->count++] = age;
	return all;
}

static const struct happening *at(const struct journal *view, size_t i)
{
	if (i >= view->count)
		return NULL;
	return model_happening(app_model(view->pane.app), view->shown[i]);
}

/* The newest, or the one that was selected, wherever it is by now. */
static size_t find_selected(struct journal *view, size_t height)
{
	size_t all = choose(view);
	const struct happening *h;

	list_fit(&view->list, view->count, height);
	if (!view->scrolled && view->count)
		list_select(&view->list, view->count - 1);
	for (size_t i = 0; view->scrolled && i < view->count; i++)
		if (at(view, i)->seq == view->selected)
			list_select(&view->list, i);
	h = at(view, view->list.selected);
	view->selected = h ? h->seq : 0;
	return all;
}

/* ---- painting ---- */

static void paint_when(struct canvas canvas, uint64_t at_ns, uint64_t now_ns)
{
	char clock[FIGURE_MAX], day[FIGURE_MAX];

	format_moment(at_ns, now_ns, day);
	format_clock(at_ns, clock);
	/* "14:02" is today's; other days are named. */
	canvas_textf(canvas, 3, 0, ROLE_DIM, "%6s %s", strchr(day, ':') ? "" : day, clock);
}

static look role_of(const struct happening *h)
{
	if (strcmp(h->action, "oom") == 0 || (*h->code && strcmp(h->code, "0") != 0))
		return ROLE_BAD;
	return strcmp(h->action, "start") == 0 ? ROLE_OK : ROLE_TEXT;
}

static void paint_row(struct journal *view, struct canvas canvas, const struct happening *h)
{
	int name = canvas.w - 56;

	paint_when(canvas, h->time_ns, app_real_ns(view->pane.app));
	canvas_cut(canvas, 20, 0, 10, ROLE_DIM, event_type_name(h->type));
	canvas_cut(canvas, 31, 0, 14, role_of(h), h->action);
	canvas_name(canvas, 46, 0, name > 8 ? name : canvas.w - 46, ROLE_TEXT, h->name);
	if (*h->code && name > 8)
		canvas_textf(canvas, 47 + name, 0, role_of(h), "exit %s", h->code);
}

static void paint_rows(struct journal *view, struct canvas canvas)
{
	for (int y = 0; y < canvas.h; y++) {
		size_t i = view->list.top + (size_t)y;
		const struct happening *h = at(view, i);
		struct canvas line = canvas_sub(canvas, 0, y, canvas.w, 1);

		if (!h)
			return;
		paint_row(view, line, h);
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
	size_t all = find_selected(view, rows.h > 0 ? (size_t)rows.h : 0);
	int x;

	if (view->filter)
		x = canvas_textf(canvas, 1, 0, ROLE_INFO, "%zu of %zu match %s", view->count, all,
			filter_text(view->filter));
	else
		x = canvas_textf(canvas, 1, 0, ROLE_TEXT, "%zu event%s", all, all == 1 ? "" : "s");
	canvas_text(canvas, x + 2, 0, ROLE_DIM,
		view->scrolled ? "newer below: G follows" : "following");
	canvas_text(canvas, 10, 1, ROLE_DIM, "TIME      TYPE       ACTION         NAME");
	paint_rows(view, rows);
	if (all == 0)
		canvas_text(rows, 4, 1, ROLE_TITLE, "Nothing has happened yet.");
}

/* ---- keys ---- */

static const void *any_happening(const void *model, size_t index)
{
	return model_happening(model, index);
}

static void set_filter(struct journal *view, const char *text)
{
	filter_free(view->filter);
	view->filter = *text ? app_filter(view->pane.app, &happening_fields, text) : NULL;
}

static void on_filter(void *arg, const char *text, bool done)
{
	struct journal *view = arg;

	(void)done;
	set_filter(view, text);
	app_dirty(view->pane.app);
}

static void show_it(struct journal *view)
{
	const struct happening *h = at(view, view->list.selected);
	char filter[24];

	if (!h || h->type != EVENT_CONTAINER)
		return;
	if (!model_row(app_model(view->pane.app), h->id)) {
		app_toast(view->pane.app, ROLE_INFO, "%s has been removed", h->name);
		return;
	}
	snprintf(filter, sizeof(filter), "id:%.12s", h->id);
	app_show_containers(view->pane.app, filter);
}

static bool journal_act(struct pane *pane, enum action action, int count)
{
	struct journal *view = container_of(pane, struct journal, pane);

	find_selected(view, view->list.height);
	if (list_move(&view->list, action, count)) {
		const struct happening *h = at(view, view->list.selected);

		view->scrolled = view->list.selected + 1 < view->count;
		view->selected = h ? h->seq : 0;
		return true;
	}
	switch (action) {
	case ACTION_FILTER:
		app_prompt_filter(pane->app, &happening_fields,
			view->filter ? filter_text(view->filter) : "",
			&(struct filter_rows){any_happening, app_model(pane->app)}, on_filter,
			view);
		return true;
	case ACTION_OPEN:
		show_it(view);
		return true;
	case ACTION_BACK:
		if (!view->filter)
			return false;
		set_filter(view, "");
		return true;
	default:
		return false;
	}
}

static bool journal_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	struct journal *view = container_of(pane, struct journal, pane);
	const struct happening *h = at(view, view->list.selected);
	const struct {
		const char *what, *text;
	} list[] = {{"the name", h ? h->name : ""}, {"the id", h ? h->id : ""},
		{"the event", h ? h->text : ""}};

	if (!h || nth >= array_len(list))
		return false;
	*what = list[nth].what;
	buf_adds(text, list[nth].text);
	return true;
}

static void journal_hints(struct pane *pane, struct canvas canvas)
{
	int x = hint(pane, canvas, 1, ACTION_OPEN, "the container");

	x = hint(pane, canvas, x, ACTION_FILTER, "filter");
	x = hint(pane, canvas, x, ACTION_LAST, "newest");
	x = hint(pane, canvas, x, ACTION_CONTAINERS, "containers");
	x = hint(pane, canvas, x, ACTION_BACK, "quit");
	hint(pane, canvas, x > canvas.w - 7 ? x : canvas.w - 7, ACTION_HELP, "help");
}

static void journal_free(struct pane *pane)
{
	struct journal *view = container_of(pane, struct journal, pane);

	filter_free(view->filter);
	free(view);
}

static const struct pane_ops journal_ops = {
	.title = "Journal",
	.context = CONTEXT_JOURNAL,
	.paint = journal_paint,
	.act = journal_act,
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
	view->pane = (struct pane){.ops = &journal_ops, .app = app};
	return &view->pane;
}
