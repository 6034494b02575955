/* containers_paint.c - how the dashboard uses the room there is.
 *
 *     40x10      names and states                   80x24      list over the log's end
 *     100 wide   list | card                        120x40     list | card over the log's end
 *     160x50     … with events beside the log       200x60     … and graphs above the card
 */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/blank.h"
#include "tui/pane/card.h"
#include "tui/pane/containers_own.h"
#include "tui/pane/gauges.h"

enum { WIDE = 100, EVENTS_FROM = 160, GRAPHS_FROM = 200, GRAPHS_ROWS = 19 };

/* ---- the list ---- */

static int paint_part(struct canvas canvas, int x, size_t count, const char *word, look style)
{
	if (count == 0)
		return x;
	x = canvas_text(canvas, x, 0, ROLE_DIM, canvas_glyph(canvas, GLYPH_DOT)) + 1;
	return canvas_textf(canvas, x, 0, style, "%zu %s", count, word) + 1;
}

struct group_sum {
	size_t running, sick, failed, busy;
	double cpu;
	uint64_t memory;
};

static struct group_sum sum_of(const struct roll_group *group)
{
	struct group_sum sum = {0};

	for (size_t i = 0; i < group->count; i++) {
		const struct row *row = group->rows[i];

		sum.running += row->c.state == CONTAINER_RUNNING;
		sum.sick += row->c.state == CONTAINER_RUNNING &&
			    row->c.health == CONTAINER_HEALTH_UNHEALTHY;
		sum.failed +=
			row->c.state == CONTAINER_DEAD ||
			(row->c.state == CONTAINER_EXITED && row->c.exit_code && !row->c.by_hand);
		sum.busy += row->asked || row->c.stopping;
		sum.cpu += row->cpu;
		sum.memory += row->memory;
	}
	return sum;
}

static void paint_group(struct canvas canvas, const struct roll_group *group, bool selected)
{
	struct group_sum sum = sum_of(group);
	char memory[FIGURE_MAX], right[60];
	int x;

	canvas_text(canvas, 0, 0, ROLE_TEXT, selected ? ">" : " ");
	canvas_text(canvas, 2, 0, ROLE_DIM,
		canvas_glyph(canvas, group->folded ? GLYPH_FOLDED : GLYPH_OPEN));
	x = canvas_text(canvas, 4, 0, group->sick ? ROLE_BAD : ROLE_TITLE,
		    *group->name ? group->name : "No project") +
	    2;
	x = canvas_textf(canvas, x, 0, ROLE_DIM, "%zu", group->count) + 1;
	if (!group->sick)
		x = paint_part(canvas, x, sum.running, "running", ROLE_OK);
	x = paint_part(canvas, x, group->sick ? 0 : sum.sick, "unhealthy", ROLE_BAD);
	x = paint_part(canvas, x, sum.failed, "failed", ROLE_BAD);
	x = paint_part(canvas, x, sum.busy, "under way", ROLE_BUSY);
	snprintf(right, sizeof(right), "cpu %.0f%%  mem %s", sum.cpu,
		format_bytes(sum.memory, memory));
	if (group->folded && sum.running && x + text_width(right) + 2 < canvas.w)
		canvas_right(canvas, x, 0, canvas.w - x - 1, ROLE_DIM, right);
	if (selected) {
		canvas_bar(canvas, 0, ROLE_SELECTION);
		canvas_cursor(canvas, 0, 0, false);
	}
}

/* Who is in it, one a line, in the place of what one container would show. */
static void paint_members(struct app *app, struct canvas canvas, const struct roll_group *group)
{
	int width = canvas.w >= 60 ? 24 : canvas.w / 2 - 2;

	for (int y = 0; y < canvas.h && (size_t)y < group->count; y++) {
		const struct row *row = group->rows[y];
		struct state_look state = format_state(row, app_now_ms(app));

		if (y == canvas.h - 1 && group->count > (size_t)canvas.h) {
			canvas_textf(
				canvas, 1, y, ROLE_DIM, "and %zu more", group->count - (size_t)y);
			return;
		}
		canvas_text(canvas, 1, y, state.role, canvas_glyph(canvas, state.glyph));
		canvas_name(canvas, 3, y, width, ROLE_TEXT, row->c.name);
		canvas_cut(canvas, 4 + width, y, 15, state.role, state.word);
		canvas_cut(canvas, 20 + width, y, canvas.w - 21 - width, ROLE_DIM, row->c.image);
	}
}

/* What its last health check answered, one line below the sick one. */
static void paint_note(struct canvas canvas, const struct row *row)
{
	char text[300];

	snprintf(text, sizeof(text), "probe exit %d%s%s", row->facts->probe_code,
		*row->facts->probe ? ": " : "", row->facts->probe);
	canvas_cut(canvas, 6, 0, canvas.w - 7, ROLE_BAD, text);
}

static void forget_view(struct app *app)
{
	size_t count;
	struct row *const *rows = model_all(app_model(app), &count);

	for (size_t i = 0; i < count; i++)
		rows[i]->in_view = false;
}

/* A click sorts by that column, another one the other way round. */
static void click_heading(struct pane *pane, int x, size_t index)
{
	struct containers *view = container_of(pane, struct containers, pane);
	struct model *model = app_model(pane->app);
	enum sort sort = table_sort_at(&view->columns, x);
	bool reverse;

	(void)index;
	if (sort == SORT_COUNT)
		return;
	model_sort(model, sort, model_sort_of(model, &reverse) == sort && !reverse);
	app_keep_choices(pane->app);
}

static void paint_list(struct containers *view, struct canvas canvas)
{
	struct app *app = view->pane.app;
	struct moment now = {app_now_ms(app), app_real_ns(app)};
	struct columns columns;

	containers_find(view, canvas.h > 1 ? (size_t)canvas.h - 1 : 0);
	forget_view(app);
	columns = table_columns(&view->widest, app_choices(app), canvas.w);
	table_headings(canvas_sub(canvas, 0, 0, canvas.w, 1), &columns, app_model(app));
	view->columns = columns;
	app_hot(&view->pane, canvas_sub(canvas, 0, 0, canvas.w, 1), click_heading, 0);
	for (int y = 1; y < canvas.h; y++) {
		size_t i = view->list.top + (size_t)y - 1;
		struct canvas line = canvas_sub(canvas, 0, y, canvas.w, 1);
		const struct roll_line *at = &view->roll.lines[i];

		if (i >= view->roll.len)
			break;
		app_hot_row(&view->pane, line, i, view->list.selected);
		if (at->kind == ROLL_GROUP) {
			paint_group(line, at->group, i == view->list.selected);
			continue;
		}
		at->row->in_view = true;
		if (at->kind == ROLL_NOTE)
			paint_note(line, at->row);
		else
			table_row(line, at->row, i == view->list.selected, &columns, &now);
	}
}

/* ---- around the list ---- */

static void paint_summary(struct containers *view, struct canvas canvas)
{
	struct app *app = view->pane.app;
	struct totals totals = model_totals_shown(app_model(app));
	const char *filter = model_filter_text(app_model(app));
	char memory[FIGURE_MAX], right[80];
	size_t marked = model_marked(app_model(app));
	int x;

	if (*filter)
		x = canvas_textf(canvas, 1, 0, ROLE_INFO, "%zu of %zu match %s", totals.all,
			    model_totals(app_model(app)).all, filter) +
		    1;
	else
		x = canvas_textf(canvas, 1, 0, ROLE_TEXT, "%zu container%s", totals.all,
			    totals.all == 1 ? "" : "s") +
		    1;
	x = paint_part(canvas, x, marked, "marked", ROLE_MARK);
	x = paint_part(canvas, x, totals.running, "running", ROLE_OK);
	x = paint_part(canvas, x, totals.unhealthy, "unhealthy", ROLE_BAD);
	x = paint_part(canvas, x, totals.paused, "paused", ROLE_WARN);
	x = paint_part(canvas, x, totals.failed, "failed", ROLE_BAD);
	x = paint_part(canvas, x, totals.oom, "OOM", ROLE_BAD);
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

		if (!happening && y == 1)
			canvas_textf(canvas, 1, y, ROLE_DIM,
				"None since this screen was opened: %s shows those before.",
				keymap_label(app_keymap(view->pane.app), ACTION_JOURNAL));
		if (!happening)
			return;
		canvas_text(canvas, 1, y, ROLE_DIM, format_clock(happening->time_ns, when));
		canvas_cut(canvas, 10, y, canvas.w - 11, ROLE_TEXT, happening->text);
	}
}

static void paint_beside(struct containers *view, struct canvas canvas)
{
	struct app *app = view->pane.app;
	struct row *row = containers_row(view);
	const struct roll_line *line = containers_line(view);
	bool graphs = canvas.h >= 40 && row && row->measured;

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE,
		row    ? row->c.name
		: line ? line->group->name
		       : "");
	canvas = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);
	if (graphs) {
		gauges_paint(canvas_sub(canvas, 1, 0, canvas.w - 2, GRAPHS_ROWS - 1), row, NULL,
			app_choices(app)->unit, 1);
		canvas = canvas_sub(canvas, 0, GRAPHS_ROWS, canvas.w, canvas.h - GRAPHS_ROWS);
	}
	if (row)
		card_paint(canvas, row, graphs, app_now_ms(app), app_real_ns(app));
	else if (line)
		paint_members(app, canvas, line->group);
}

static int card_width(int width)
{
	return width >= GRAPHS_FROM ? 60 : width >= EVENTS_FROM ? 48 : 38;
}

/* The list with the card to its right, under one rule. */
static void paint_wide(struct containers *view, struct canvas canvas)
{
	int card = card_width(canvas.w), list = canvas.w - card - 1;
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

/* Whose last words are shown: while the cursor moves on, those of before stay with their title. */
static struct row *row_below(struct containers *view)
{
	struct row *row = containers_row(view), *before;

	before = row ? model_row(app_model(view->pane.app), view->peek.id) : NULL;
	return before ? before : row;
}

static void paint_bottom(struct containers *view, struct canvas canvas)
{
	int events = canvas.w >= EVENTS_FROM && canvas.h >= 12 ? card_width(canvas.w) : 0;
	const struct roll_line *line = containers_line(view);
	struct canvas left = canvas_sub(canvas, 0, 0, canvas.w - events - (events > 0), canvas.h);

	peek_paint(&view->peek, left, row_below(view), app_real_ns(view->pane.app));
	if (view->on_group && left.h > 1) {
		canvas_rule(left, 0, ROLE_BORDER, ROLE_TITLE,
			*line->group->name ? line->group->name : "No project");
		if (canvas.w < WIDE)
			paint_members(view->pane.app, canvas_sub(left, 0, 1, left.w, left.h - 1),
				line->group);
		else
			canvas_textf(left, 1, 1, ROLE_DIM,
				"%s shows the logs of all of them as one.",
				keymap_label(app_keymap(view->pane.app), ACTION_MERGE));
	}
	if (!events)
		return;
	canvas_vline(canvas, canvas.w - events - 1, 1, canvas.h - 1, ROLE_BORDER);
	canvas_text(canvas, canvas.w - events - 1, 0, ROLE_BORDER,
		canvas_glyph(canvas, GLYPH_TEE_DOWN));
	paint_events(view, canvas_sub(canvas, canvas.w - events, 0, events, canvas.h));
}

void containers_paint(struct pane *pane, struct canvas canvas)
{
	struct containers *view = container_of(pane, struct containers, pane);
	bool wide = canvas.w >= WIDE;
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
