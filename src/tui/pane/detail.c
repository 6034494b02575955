/* detail.c - one container: who it is, its tabs, and the tab that is open. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/about_row.h"
#include "tui/pane/deeds.h"

static const struct tab {
	const char *name;
	enum action action; /* that opens it */
	struct pane *(*open)(struct app *app, const char *id);
} tabs[] = {
	{"Logs", ACTION_LOGS, logs_new},
	{"Stats", ACTION_STATS, stats_new},
	{"Inspect", ACTION_INSPECT, inspect_new},
	{"Top", ACTION_TOP, top_new},
	{"Files", ACTION_FILES, container_files_new},
	{"Hood", ACTION_HOOD, hood_new},
	{"Launch", ACTION_LAUNCH, launch_new},
	{"Life", ACTION_LIFE, life_new},
};

struct detail {
	struct pane pane;
	char id[65], name[136];
	size_t current;
	struct pane *panes[array_len(tabs)]; /* opened when they are first looked at, and kept */
};

static struct pane *detail_inner(struct pane *pane)
{
	struct detail *detail = container_of(pane, struct detail, pane);

	return detail->panes[detail->current];
}

/* False when there is no memory for it: the tab before stays. */
static bool show_tab(struct detail *detail, size_t which)
{
	if (!detail->panes[which])
		detail->panes[which] = tabs[which].open(detail->pane.app, detail->id);
	if (!detail->panes[which])
		return false;
	detail->current = which;
	app_dirty(detail->pane.app);
	return true;
}

/* ---- painting ---- */

static void paint_head(struct detail *detail, struct canvas canvas)
{
	struct app *app = detail->pane.app;
	struct row *row = model_row(app_model(app), detail->id);
	struct state_look state;
	int x;

	/* A removed one is called by its last name. */
	if (row)
		snprintf(detail->name, sizeof(detail->name), "%s", row->c.name);
	x = canvas_text(canvas, 1, 0, ROLE_TITLE, detail->name) + 2;
	if (!row) {
		canvas_text(canvas, x, 0, ROLE_DIM, "removed");
		return;
	}
	state = format_state(row, app_now_ms(app));
	x = canvas_text(canvas, x, 0, state.role, canvas_glyph(canvas, state.glyph)) + 1;
	x = canvas_text(canvas, x, 0, state.role, state.word) + 2;
	canvas_cut(canvas, x, 0, canvas.w - x - 1, ROLE_DIM, row->c.image);
}

static void paint_tabs(struct detail *detail, struct canvas canvas)
{
	int x = 1;

	for (size_t i = 0; i < array_len(tabs); i++) {
		int from = x;

		x = canvas_textf(canvas, x, 0,
			i == detail->current ? ROLE_FOCUS | STYLE_REVERSE : ROLE_TEXT, " %s ",
			tabs[i].name);
		app_hot_action(
			&detail->pane, canvas_sub(canvas, from, 0, x - from, 1), tabs[i].action);
	}
	canvas_right(canvas, x + 1, 0, canvas.w - x - 2, ROLE_DIM, "[ ] tabs");
}

static void detail_paint(struct pane *pane, struct canvas canvas)
{
	struct detail *detail = container_of(pane, struct detail, pane);
	struct pane *inner = detail_inner(pane);

	paint_head(detail, canvas_sub(canvas, 0, 0, canvas.w, 1));
	paint_tabs(detail, canvas_sub(canvas, 0, 1, canvas.w, 1));
	inner->ops->paint(inner, canvas_sub(canvas, 0, 2, canvas.w, canvas.h - 2));
}

static struct row *detail_row(struct pane *pane)
{
	return model_row(app_model(pane->app), container_of(pane, struct detail, pane)->id);
}

static const char *detail_why_not(struct pane *pane, enum action action)
{
	return row_why_not(detail_row(pane), action);
}

static void detail_subject(struct pane *pane, struct strs *names)
{
	struct row *row = detail_row(pane);

	if (row)
		strs_add(names, row->c.name);
}

static bool detail_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	struct pane *inner = detail_inner(pane);

	/* What the tab has under its cursor first. */
	if (inner->ops->copies) {
		if (nth == 0)
			return inner->ops->copies(inner, 0, what, text);
		nth--;
	}
	return row_copies(detail_row(pane), nth, what, text);
}

static void detail_fields(struct pane *pane, struct strs *fields)
{
	row_fields(detail_row(pane), fields);
}

static void detail_hints(struct pane *pane, struct canvas canvas)
{
	struct pane *inner = detail_inner(pane);

	if (inner->ops->hints)
		inner->ops->hints(inner, canvas);
}

/* ---- keys ---- */

static bool turn(struct detail *detail, enum action action)
{
	size_t n = array_len(tabs);
	bool on = action == ACTION_TAB_NEXT || action == ACTION_RIGHT;

	return show_tab(detail, (detail->current + (on ? 1 : n - 1)) % n);
}

static bool detail_act(struct pane *pane, enum action action, int count)
{
	struct detail *detail = container_of(pane, struct detail, pane);
	struct row *row = model_row(app_model(pane->app), detail->id);

	(void)count;
	if (action == ACTION_TAB_NEXT || action == ACTION_TAB_PREVIOUS || action == ACTION_LEFT ||
		action == ACTION_RIGHT)
		return turn(detail, action);
	for (size_t i = 0; i < array_len(tabs); i++)
		if (tabs[i].action == action)
			return show_tab(detail, i);
	return row && deeds_on(pane->app, action, row);
}

/* ---- the rest is the tabs' ---- */

static int64_t detail_deadline(struct pane *pane)
{
	struct pane *inner = detail_inner(pane);

	return inner->ops->deadline ? inner->ops->deadline(inner) : -1;
}

static void detail_tick(struct pane *pane)
{
	struct pane *inner = detail_inner(pane);

	inner->ops->tick(inner);
}

static void detail_log_grew(struct pane *pane, struct world_log *log)
{
	struct detail *detail = container_of(pane, struct detail, pane);

	for (size_t i = 0; i < array_len(tabs); i++)
		if (detail->panes[i] && detail->panes[i]->ops->log_grew)
			detail->panes[i]->ops->log_grew(detail->panes[i], log);
}

static void detail_changed(struct pane *pane, enum world_noun noun)
{
	struct detail *detail = container_of(pane, struct detail, pane);

	for (size_t i = 0; i < array_len(tabs); i++)
		if (detail->panes[i] && detail->panes[i]->ops->changed)
			detail->panes[i]->ops->changed(detail->panes[i], noun);
}

static bool detail_measures(struct pane *pane, const char **only)
{
	struct pane *inner = detail_inner(pane);

	return inner->ops->measures && inner->ops->measures(inner, only);
}

static void detail_free(struct pane *pane)
{
	struct detail *detail = container_of(pane, struct detail, pane);

	for (size_t i = 0; i < array_len(tabs); i++)
		if (detail->panes[i])
			detail->panes[i]->ops->free(detail->panes[i]);
	free(detail);
}

static const struct pane_ops detail_ops = {
	.title = "Container",
	.context = CONTEXT_DETAIL,
	.fallback = CONTEXT_CONTAINERS,
	.paint = detail_paint,
	.act = detail_act,
	.why_not = detail_why_not,
	.subject = detail_subject,
	.copies = detail_copies,
	.fields = detail_fields,
	.hints = detail_hints,
	.deadline = detail_deadline,
	.tick = detail_tick,
	.log_grew = detail_log_grew,
	.changed = detail_changed,
	.measures = detail_measures,
	.inner = detail_inner,
	.free = detail_free,
};

struct pane *detail_new(struct app *app, const char *id, enum action tab)
{
	struct detail *detail = calloc(1, sizeof(*detail));
	size_t which = 0;

	if (!detail)
		return NULL;
	detail->pane = (struct pane){.ops = &detail_ops, .app = app};
	snprintf(detail->id, sizeof(detail->id), "%s", id);
	snprintf(detail->name, sizeof(detail->name), "%.12s", id);
	while (which + 1 < array_len(tabs) && tabs[which].action != tab)
		which++;
	if (!show_tab(detail, which)) {
		free(detail);
		return NULL;
	}
	return &detail->pane;
}
