/* containers.c - the dashboard: what runs, what is sick and why, and the last words of the selected
 * one.
 *
 *     80x24      list over the log's end            100 wide   list | card
 *     120x40     list | card over the log's end     160x50     … with events beside the log
 */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/blank.h"
#include "tui/pane/card.h"
#include "tui/pane/deeds.h"
#include "tui/pane/hints.h"
#include "tui/pane/peek.h"
#include "tui/pane/table.h"
#include "tui/row_fields.h"
#include "tui/widget/list.h"

struct containers {
	struct pane pane;
	struct list list;
	char selected[65]; /* by id: a refresh never moves the cursor to another container */
	struct peek peek;
	size_t widest; /* name */
};

/* ---- the selection ---- */

static struct row *selected_row(const struct containers *view)
{
	return model_row(app_model(view->pane.app), view->selected);
}

static void remember(struct containers *view)
{
	size_t count;
	struct row *const *rows = model_rows(app_model(view->pane.app), &count);
	struct row *row = view->list.selected < count ? rows[view->list.selected] : NULL;

	if (!row) {
		*view->selected = '\0';
		peek_at(&view->peek, "", app_now_ms(view->pane.app));
	}
	if (!row || strcmp(view->selected, row->c.id) == 0)
		return;
	memcpy(view->selected, row->c.id, sizeof(view->selected));
	peek_at(&view->peek, row->c.id, app_now_ms(view->pane.app));
}

/* The rows may have changed since: finds the selected one again. */
static void find_selected(struct containers *view, size_t height)
{
	size_t count;
	struct row *const *rows = model_rows(app_model(view->pane.app), &count);

	list_fit(&view->list, count, height);
	view->widest = 0;
	for (size_t i = 0; i < count; i++) {
		size_t width = (size_t)text_width(rows[i]->c.name);

		rows[i]->in_view = false;
		view->widest = width > view->widest ? width : view->widest;
		if (strcmp(rows[i]->c.id, view->selected) == 0)
			list_select(&view->list, i);
	}
	remember(view);
}

/* ---- the peek ---- */

static int64_t containers_deadline(struct pane *pane)
{
	return peek_deadline(&container_of(pane, struct containers, pane)->peek);
}

static void containers_tick(struct pane *pane)
{
	struct containers *view = container_of(pane, struct containers, pane);

	peek_open(&view->peek, app_world(pane->app), app_now_ms(pane->app));
	app_dirty(pane->app);
}

static void containers_log_grew(struct pane *pane, struct world_log *log)
{
	if (peek_shows(&container_of(pane, struct containers, pane)->peek, log))
		app_dirty(pane->app);
}

/* ---- the list ---- */

static void paint_list(struct containers *view, struct canvas canvas)
{
	struct columns columns;
	size_t count;
	struct row *const *rows;
	struct moment now = {app_now_ms(view->pane.app), app_real_ns(view->pane.app)};

	find_selected(view, canvas.h > 1 ? (size_t)canvas.h - 1 : 0);
	rows = model_rows(app_model(view->pane.app), &count);
	columns = table_columns((int)view->widest, canvas.w);
	table_headings(canvas_sub(canvas, 0, 0, canvas.w, 1), &columns, app_model(view->pane.app));
	for (int y = 1; y < canvas.h; y++) {
		size_t i = view->list.top + (size_t)y - 1;

		if (i >= count)
			break;
		rows[i]->in_view = true;
		table_row(canvas_sub(canvas, 0, y, canvas.w, 1), rows[i], i == view->list.selected,
			&columns, &now);
	}
}

/* ---- around the list ---- */

static int paint_count(struct canvas canvas, int x, size_t count, const char *word, look style)
{
	if (count == 0)
		return x;
	x = canvas_text(canvas, x, 0, ROLE_DIM, canvas_glyph(canvas, GLYPH_DOT)) + 1;
	return canvas_textf(canvas, x, 0, style, "%zu %s", count, word) + 1;
}

static void paint_summary(struct containers *view, struct canvas canvas)
{
	struct app *app = view->pane.app;
	struct totals totals = model_totals(app_model(app));
	const char *filter = model_filter_text(app_model(app));
	char memory[FIGURE_MAX], right[80];
	size_t shown, marked = model_marked(app_model(app));
	int x;

	model_rows(app_model(app), &shown);
	if (*filter)
		x = canvas_textf(canvas, 1, 0, ROLE_INFO, "%zu of %zu match %s", shown, totals.all,
			    filter) +
		    1;
	else
		x = canvas_textf(canvas, 1, 0, ROLE_TEXT, "%zu container%s", totals.all,
			    totals.all == 1 ? "" : "s") +
		    1;
	x = paint_count(canvas, x, totals.running, "running", ROLE_OK);
	x = paint_count(canvas, x, totals.paused, "paused", ROLE_WARN);
	x = paint_count(canvas, x, totals.failed, "failed", ROLE_BAD);
	x = paint_count(canvas, x, totals.oom, "OOM", ROLE_BAD);
	x = paint_count(canvas, x, marked, "marked", ROLE_MARK);
	snprintf(right, sizeof(right), "cpu %.0f%%  mem %s", totals.cpu,
		format_bytes(totals.memory, memory));
	if (totals.running && x + text_width(right) + 2 < canvas.w)
		canvas_right(canvas, x, 0, canvas.w - x - 1, ROLE_DIM, right);
}

static void paint_events(struct containers *view, struct canvas canvas)
{
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "Events");
	for (int y = 1; y < canvas.h; y++) {
		const struct happening *happening =
			model_happening(app_model(view->pane.app), (size_t)y - 1);
		char when[FIGURE_MAX];

		if (!happening)
			return;
		canvas_text(canvas, 1, y, ROLE_DIM, format_clock(happening->time_ns, when));
		canvas_cut(canvas, 10, y, canvas.w - 11, ROLE_TEXT, happening->text);
	}
}

static void paint_beside(struct containers *view, struct canvas canvas)
{
	struct app *app = view->pane.app;
	struct row *row = selected_row(view);

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, row ? row->c.name : "");
	if (row)
		card_paint(canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1), row, app_now_ms(app),
			app_real_ns(app));
}

/* The list with the card to its right, under one rule. */
static void paint_wide(struct containers *view, struct canvas canvas)
{
	int card = canvas.w >= 200 ? 60 : canvas.w >= 160 ? 48 : 38, list = canvas.w - card - 1;
	char title[60];
	bool reverse;
	enum sort sort = model_sort_of(app_model(view->pane.app), &reverse);

	snprintf(title, sizeof(title), "Containers by %s%s", model_sort_name(sort),
		reverse ? ", reversed" : "");
	canvas_rule(canvas_sub(canvas, 0, 0, list, 1), 0, ROLE_BORDER, ROLE_TITLE, title);
	paint_list(view, canvas_sub(canvas, 0, 1, list, canvas.h - 1));
	canvas_vline(canvas, list, 1, canvas.h - 1, ROLE_BORDER);
	canvas_text(canvas, list, 0, ROLE_BORDER, canvas_glyph(canvas, GLYPH_TEE_DOWN));
	paint_beside(view, canvas_sub(canvas, list + 1, 0, card, canvas.h));
}

static void paint_bottom(struct containers *view, struct canvas canvas)
{
	int events = canvas.w >= 160 && canvas.h >= 12 ? (canvas.w >= 200 ? 60 : 48) : 0;
	struct row *row = selected_row(view);

	peek_paint(&view->peek,
		canvas_sub(canvas, 0, 0, canvas.w - events - (events > 0), canvas.h), row);
	if (!events)
		return;
	canvas_vline(canvas, canvas.w - events - 1, 1, canvas.h - 1, ROLE_BORDER);
	canvas_text(canvas, canvas.w - events - 1, 0, ROLE_BORDER,
		canvas_glyph(canvas, GLYPH_TEE_DOWN));
	paint_events(view, canvas_sub(canvas, canvas.w - events, 0, events, canvas.h));
}

static void containers_paint(struct pane *pane, struct canvas canvas)
{
	struct containers *view = container_of(pane, struct containers, pane);
	bool wide = canvas.w >= 100;
	int peek = canvas.h >= 50 ? 16 : canvas.h >= 33 ? 12 : canvas.h >= 17 ? 6 : 0;
	size_t count;

	if (app_trouble(pane->app)) {
		blank_trouble(canvas, app_trouble(pane->app));
		return;
	}
	paint_summary(view, canvas_sub(canvas, 0, 0, canvas.w, 1));
	model_rows(app_model(pane->app), &count);
	if (count == 0) {
		blank_empty(pane->app, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
		return;
	}
	(wide ? paint_wide : paint_list)(
		view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1 - peek));
	paint_bottom(view, canvas_sub(canvas, 0, canvas.h - peek, canvas.w, peek));
}

/* ---- keys ---- */

static const void *any_row(const void *model, size_t index)
{
	size_t count;
	struct row *const *rows = model_all(model, &count);

	return index < count ? rows[index] : NULL;
}

static void on_filter(void *arg, const char *text, bool done)
{
	struct containers *view = arg;

	(void)done;
	model_filter(app_model(view->pane.app),
		*text ? app_filter(view->pane.app, &container_fields, text) : NULL);
	app_dirty(view->pane.app);
}

static void mark(struct containers *view, enum action action)
{
	size_t count;
	struct row *const *rows = model_rows(app_model(view->pane.app), &count);
	struct row *row = selected_row(view);

	if (action == ACTION_UNMARK)
		model_unmark(app_model(view->pane.app));
	for (size_t i = 0; action == ACTION_MARK_ALL && i < count; i++)
		rows[i]->marked = true;
	if (action == ACTION_MARK && row) {
		row->marked = !row->marked;
		list_move(&view->list, ACTION_DOWN, 1);
	}
}

static void sort(struct containers *view, enum action action)
{
	struct model *model = app_model(view->pane.app);
	bool reverse;
	enum sort sort = model_sort_of(model, &reverse);

	if (action == ACTION_SORT)
		model_sort(model, (sort + 1) % SORT_COUNT, false);
	else
		model_sort(model, sort, !reverse);
	model_sort_of(model, &reverse);
	app_toast(view->pane.app, ROLE_INFO, "Sorted by %s%s",
		model_sort_name(model_sort_of(model, &reverse)), reverse ? ", reversed" : "");
}

/* What an action is for: the marked rows, or else the selected one. The caller frees it; NULL: out
 * of memory. */
static struct row **targets(struct containers *view, size_t *count)
{
	struct row *selected = selected_row(view), *const * rows;
	struct row **list;
	size_t shown;

	rows = model_rows(app_model(view->pane.app), &shown);
	list = calloc(shown + 1, sizeof(*list));
	*count = 0;
	for (size_t i = 0; list && i < shown; i++)
		if (rows[i]->marked)
			list[(*count)++] = rows[i];
	if (list && !*count && selected)
		list[(*count)++] = selected;
	return list;
}

static bool act_on_targets(struct containers *view, enum action action)
{
	size_t count;
	auto_free struct row **list = targets(view, &count);

	return list && deeds_act(view->pane.app, action, list, count);
}

static bool containers_act(struct pane *pane, enum action action, int count)
{
	struct containers *view = container_of(pane, struct containers, pane);
	struct row *row;

	/* Rows may have come and gone since the last painting. */
	find_selected(view, view->list.height);
	row = selected_row(view);
	if (list_move(&view->list, action, count)) {
		remember(view);
		return true;
	}
	switch (action) {
	case ACTION_FILTER:
		app_prompt_filter(pane->app, &container_fields,
			model_filter_text(app_model(pane->app)),
			&(struct filter_rows){any_row, app_model(pane->app)}, on_filter, view);
		return true;
	case ACTION_MARK:
	case ACTION_MARK_ALL:
	case ACTION_UNMARK:
		mark(view, action);
		remember(view);
		return true;
	case ACTION_SORT:
	case ACTION_SORT_REVERSE:
		sort(view, action);
		return true;
	default:
		return act_on_targets(view, action) || (row && deeds_open(pane->app, action, row));
	}
}

static void containers_hints(struct pane *pane, struct canvas canvas)
{
	struct containers *view = container_of(pane, struct containers, pane);

	size_t count;

	/* With nothing to choose from, the choice before stays for when there is again. */
	model_rows(app_model(pane->app), &count);
	if (count)
		find_selected(view, view->list.height);
	hints_for_row(pane, canvas, count ? selected_row(view) : NULL);
}

static void containers_free(struct pane *pane)
{
	struct containers *view = container_of(pane, struct containers, pane);

	peek_fini(&view->peek);
	free(view);
}

static const struct pane_ops containers_ops = {
	.title = "Containers",
	.context = CONTEXT_CONTAINERS,
	.paint = containers_paint,
	.act = containers_act,
	.hints = containers_hints,
	.deadline = containers_deadline,
	.tick = containers_tick,
	.log_grew = containers_log_grew,
	.free = containers_free,
};

struct pane *containers_new(struct app *app)
{
	struct containers *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view->pane = (struct pane){.ops = &containers_ops, .app = app};
	peek_init(&view->peek);
	return &view->pane;
}
