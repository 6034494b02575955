/* containers.c - the dashboard: what runs, what is sick and why, and the last words of the selected
 * one.
 *
 *     80x24      list over the log's end            100 wide   list | card
 *     120x40     list | card over the log's end     160x50     … with events beside the log
 */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/card.h"
#include "tui/pane/deeds.h"
#include "tui/pane/peek.h"
#include "tui/widget/list.h"

struct containers {
	struct pane pane;
	struct list list;
	char selected[65]; /* by id: a refresh never moves the cursor to another container */
	struct peek peek;
	size_t widest; /* name */
};

struct columns {
	int name, state, cpu, memory, up, image, command; /* widths, 0: not shown */
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

static struct columns fit_columns(const struct containers *view, int width)
{
	struct columns columns = {.state = 12};
	int name = (int)view->widest, room;

	name = name < 12 ? 12 : name > 32 ? 32 : name;
	room = width - 4 - name - 1 - columns.state;
	columns.cpu = room >= 7 ? 7 : 0;
	columns.memory = room >= 14 ? 7 : 0;
	columns.up = room >= 22 ? 8 : 0;
	room -= columns.cpu + columns.memory + columns.up;
	columns.image = room < 12 ? 0 : room > 30 ? 30 : room - 2;
	room -= columns.image ? columns.image + 2 : 0;
	columns.command = room < 20 ? 0 : room - 2;
	columns.name = columns.image ? name : name + (room > 0 ? room : 0);
	if (columns.name > width - 4 - columns.state - 1)
		columns.name = width - 4 - columns.state - 1;
	return columns;
}

static look heading(struct app *app, enum sort sort)
{
	bool reverse;

	return model_sort_of(app_model(app), &reverse) == sort ? ROLE_TITLE | STYLE_UNDERLINE
							       : ROLE_DIM;
}

static void paint_headings(struct containers *view, struct canvas canvas, const struct columns *c)
{
	struct app *app = view->pane.app;
	int x = 4;

	canvas_text(canvas, x, 0, heading(app, SORT_NAME), "NAME");
	x += c->name + 1;
	canvas_text(canvas, x, 0, heading(app, SORT_STATE), "STATE");
	x += c->state;
	canvas_right(canvas, x, 0, c->cpu, heading(app, SORT_CPU), "CPU%");
	x += c->cpu;
	canvas_right(canvas, x, 0, c->memory, heading(app, SORT_MEMORY), "MEM");
	x += c->memory;
	canvas_right(canvas, x, 0, c->up, heading(app, SORT_AGE), "UP");
	x += c->up + 2;
	canvas_cut(canvas, x, 0, c->image, ROLE_DIM, "IMAGE");
	x += c->image + 2;
	canvas_cut(canvas, x, 0, c->command, ROLE_DIM, "COMMAND");
}

static void figures(const struct row *row, uint64_t real_ns, char cpu[FIGURE_MAX],
	char memory[FIGURE_MAX], char up[FIGURE_MAX])
{
	snprintf(cpu, FIGURE_MAX, "-");
	snprintf(memory, FIGURE_MAX, "-");
	snprintf(up, FIGURE_MAX, "-");
	if (row->measured) {
		snprintf(cpu, FIGURE_MAX, "%.1f", row->cpu);
		format_bytes(row->memory, memory);
	}
	if (row->c.pid && row->c.started_ns)
		format_age(row->c.started_ns, real_ns, up);
	else if (row->c.finished_ns)
		format_moment(row->c.finished_ns, real_ns, up);
}

static void paint_row(struct containers *view, struct canvas canvas, const struct row *row,
	bool selected, const struct columns *c)
{
	struct app *app = view->pane.app;
	struct state_look state = format_state(row, app_now_ms(app));
	look dim = row->c.pid ? ROLE_TEXT : ROLE_DIM;
	char cpu[FIGURE_MAX], memory[FIGURE_MAX], up[FIGURE_MAX];
	int x = 4;

	figures(row, app_real_ns(app), cpu, memory, up);
	canvas_text(canvas, 0, 0, ROLE_TEXT, selected ? ">" : " ");
	if (row->marked)
		canvas_text(canvas, 1, 0, ROLE_MARK, "*");
	canvas_text(canvas, 2, 0, state.role, canvas_glyph(canvas, state.glyph));
	canvas_name(canvas, x, 0, c->name, ROLE_TEXT, row->c.name);
	x += c->name + 1;
	canvas_cut(canvas, x, 0, c->state - 1, state.role, state.word);
	x += c->state;
	canvas_right(canvas, x, 0, c->cpu, row->cpu >= 80 ? ROLE_WARN : dim, cpu);
	x += c->cpu;
	canvas_right(canvas, x, 0, c->memory, dim, memory);
	x += c->memory;
	canvas_right(canvas, x, 0, c->up, dim, up);
	x += c->up + 2;
	canvas_name(canvas, x, 0, c->image, dim, row->c.image);
	x += c->image + 2;
	canvas_cut(canvas, x, 0, c->command, ROLE_DIM, row->c.command);
	if (selected) {
		canvas_bar(canvas, 0, ROLE_SELECTION);
		canvas_cursor(canvas, 0, 0, false);
	}
}

static void paint_list(struct containers *view, struct canvas canvas)
{
	struct columns columns;
	size_t count;
	struct row *const *rows;

	find_selected(view, canvas.h > 1 ? (size_t)canvas.h - 1 : 0);
	rows = model_rows(app_model(view->pane.app), &count);
	columns = fit_columns(view, canvas.w);
	paint_headings(view, canvas_sub(canvas, 0, 0, canvas.w, 1), &columns);
	for (int y = 1; y < canvas.h; y++) {
		size_t i = view->list.top + (size_t)y - 1;

		if (i >= count)
			break;
		rows[i]->in_view = true;
		paint_row(view, canvas_sub(canvas, 0, y, canvas.w, 1), rows[i],
			i == view->list.selected, &columns);
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
	x = canvas_textf(canvas, 1, 0, ROLE_TEXT, "%zu container%s", totals.all,
		    totals.all == 1 ? "" : "s") +
	    1;
	x = paint_count(canvas, x, totals.running, "running", ROLE_OK);
	x = paint_count(canvas, x, totals.paused, "paused", ROLE_WARN);
	x = paint_count(canvas, x, totals.failed, "failed", ROLE_BAD);
	x = paint_count(canvas, x, totals.oom, "OOM", ROLE_BAD);
	x = paint_count(canvas, x, marked, "marked", ROLE_MARK);
	if (*filter)
		x = canvas_textf(canvas, x + 1, 0, ROLE_INFO, "filter %s: %zu of %zu", filter,
			shown, totals.all);
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
		canvas_sub(canvas, 0, 0, canvas.w - events - (events > 0), canvas.h),
		row ? row->c.name : "");
	if (!events)
		return;
	canvas_vline(canvas, canvas.w - events - 1, 1, canvas.h - 1, ROLE_BORDER);
	canvas_text(canvas, canvas.w - events - 1, 0, ROLE_BORDER,
		canvas_glyph(canvas, GLYPH_TEE_DOWN));
	paint_events(view, canvas_sub(canvas, canvas.w - events, 0, events, canvas.h));
}

static void paint_empty(struct containers *view, struct canvas canvas)
{
	struct canvas text = canvas_sub(canvas, canvas.w > 60 ? canvas.w / 2 - 26 : 2,
		canvas.h > 12 ? canvas.h / 3 : 1, canvas.w, canvas.h);
	const char *filter = model_filter_text(app_model(view->pane.app));
	size_t images;

	if (*filter) {
		canvas_textf(text, 0, 0, ROLE_TITLE, "Nothing matches \"%s\".", filter);
		canvas_text(text, 2, 2, ROLE_TEXT, "Esc shows all containers again.");
		return;
	}
	model_images(app_model(view->pane.app), &images);
	canvas_text(text, 0, 0, ROLE_TITLE, "No containers yet.");
	canvas_text(text, 2, 2, ROLE_TEXT, "davit run -d --name hello davit/demo");
	canvas_text(
		text, 2, 3, ROLE_DIM, "in another terminal starts one; it appears here at once.");
	canvas_textf(text, 2, 5, ROLE_TEXT, "%s  images (%zu here)",
		keymap_label(app_keymap(view->pane.app), ACTION_IMAGES), images);
	canvas_textf(text, 2, 6, ROLE_TEXT, "%s  help",
		keymap_label(app_keymap(view->pane.app), ACTION_HELP));
}

static void paint_trouble(struct canvas canvas, const char *trouble)
{
	struct canvas text = canvas_sub(canvas, 2, 1, canvas.w - 4, canvas.h - 2);
	size_t len = strlen(trouble), at = 0;
	int y = 2;

	canvas_text(text, 0, 0, ROLE_BAD, "davit cannot reach its store");
	canvas_text(text, 0, y, ROLE_DIM, "What");
	while (at < len && y < text.h) {
		size_t fit = text_fit(trouble + at, len - at, text.w - 9);

		canvas_textn(text, 8, y++, ROLE_TEXT, trouble + at, fit ? fit : 1);
		at += fit ? fit : 1;
	}
	canvas_text(text, 0, y + 1, ROLE_DIM, "Effect");
	canvas_text(
		text, 8, y + 1, ROLE_TEXT, "Nothing can be shown or started. What runs goes on.");
	canvas_text(text, 0, y + 3, ROLE_DIM, "Fix");
	canvas_text(text, 8, y + 3, ROLE_TEXT, "sudo davit            the system's containers");
	canvas_text(text, 8, y + 4, ROLE_TEXT, "davit --root DIR      a store of your own");
}

static void containers_paint(struct pane *pane, struct canvas canvas)
{
	struct containers *view = container_of(pane, struct containers, pane);
	bool wide = canvas.w >= 100;
	int peek = canvas.h >= 50 ? 16 : canvas.h >= 33 ? 12 : canvas.h >= 17 ? 6 : 0;
	size_t count;

	if (app_trouble(pane->app)) {
		paint_trouble(canvas, app_trouble(pane->app));
		return;
	}
	paint_summary(view, canvas_sub(canvas, 0, 0, canvas.w, 1));
	model_rows(app_model(pane->app), &count);
	if (count == 0) {
		paint_empty(view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
		return;
	}
	(wide ? paint_wide : paint_list)(
		view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1 - peek));
	paint_bottom(view, canvas_sub(canvas, 0, canvas.h - peek, canvas.w, peek));
}

/* ---- keys ---- */

static void on_filter(void *arg, const char *text, bool done)
{
	struct containers *view = arg;

	(void)done;
	model_filter(app_model(view->pane.app), text);
	app_dirty(view->pane.app);
}

static void show_inspect(struct containers *view, const struct row *row)
{
	struct world *world = app_world(view->pane.app);
	auto_buf json = BUF_INIT;
	struct err err;

	if (world->ops->inspect(world, false, row->c.id, &json, &err) < 0)
		app_toast(view->pane.app, ROLE_BAD, "%s", err.text);
	else
		app_push(view->pane.app, text_new(view->pane.app, row->c.name, &json));
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

static bool needs_running(struct app *app, const struct row *row)
{
	if (row->c.state == CONTAINER_RUNNING)
		return true;
	app_toast(app, ROLE_WARN, "%s is not running: %s starts it", row->c.name,
		keymap_label(app_keymap(app), ACTION_START));
	return false;
}

static bool open_one(struct containers *view, enum action action, const struct row *row)
{
	struct app *app = view->pane.app;
	struct err err;

	switch (action) {
	case ACTION_LOGS:
		app_push(app, logs_new(app, row->c.id));
		return true;
	case ACTION_INSPECT:
		show_inspect(view, row);
		return true;
	case ACTION_SHELL:
	case ACTION_ATTACH:
		if (needs_running(app, row) &&
			terminal_open(app, action == ACTION_SHELL ? SESSION_SHELL : SESSION_ATTACH,
				row->c.id, &err) < 0)
			app_toast(app, ROLE_BAD, "%s: %s", row->c.name, err.text);
		return true;
	case ACTION_ATTACH_FULL:
		if (needs_running(app, row))
			app_lend(app, row->c.id, row->c.name);
		return true;
	default:
		return deeds_act(app, action, row);
	}
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
		app_prompt(pane->app, "Filter: ", model_filter_text(app_model(pane->app)),
			on_filter, view);
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
		return row && open_one(view, action, row);
	}
}

static void containers_hints(struct pane *pane, struct canvas canvas)
{
	static const struct {
		enum action action;
		const char *word;
	} hints[] = {
		{ACTION_START, "start"},
		{ACTION_STOP, "stop"},
		{ACTION_RESTART, "restart"},
		{ACTION_PAUSE, "pause"},
		{ACTION_LOGS, "logs"},
		{ACTION_SHELL, "shell"},
		{ACTION_ATTACH, "attach"},
		{ACTION_REMOVE, "remove"},
		{ACTION_BACK, "quit"},
		{ACTION_INSPECT, "inspect"},
		{ACTION_KILL, "signal"},
		{ACTION_MARK, "mark"},
		{ACTION_FILTER, "filter"},
		{ACTION_SORT, "sort"},
		{ACTION_ATTACH_FULL, "attach full screen"},
	};
	int x = 1, help = canvas.w - 8;

	for (size_t i = 0; i < array_len(hints) && help > 1; i++)
		x = hint(
			pane, canvas_sub(canvas, 0, 0, help, 1), x, hints[i].action, hints[i].word);
	hint(pane, canvas, help > 1 ? help + 1 : 1, ACTION_HELP, "help");
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
