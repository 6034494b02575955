/* detail.c - one container: who it is, and its tabs. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/about_row.h"
#include "tui/pane/deeds.h"
#include "tui/pane/tabs.h"

static const struct tab tabs[] = {
	{"Logs", ACTION_LOGS, logs_new},
	{"Stats", ACTION_STATS, stats_new},
	{"Inspect", ACTION_INSPECT, inspect_new},
	{"Top", ACTION_TOP, top_new},
	{"Files", ACTION_FILES, container_files_new},
	{"Hood", ACTION_HOOD, hood_new},
	{"Timeline", ACTION_LAUNCH, timeline_new},
	{"Life", ACTION_LIFE, life_new},
};

struct detail {
	struct tabs tabs;
	char name[136];
};

static struct detail *detail_of(struct pane *pane)
{
	return container_of(pane, struct detail, tabs.pane);
}

static struct row *detail_row(struct pane *pane)
{
	return model_row(app_model(pane->app), detail_of(pane)->tabs.id);
}

/* Since when it is so, and why: nothing of it grows old while nobody paints. */
static int paint_since(struct canvas canvas, int x, const struct row *row, uint64_t now_ns)
{
	bool runs = row->c.state == CONTAINER_RUNNING;
	char when[FIGURE_MAX], why[WHY_MAX], text[FIGURE_MAX + WHY_MAX + 8];

	if (row->asked || row->c.stopping || (!runs && (row->c.pid || !row->c.finished_ns)))
		return x;
	format_why(&row->c, why);
	snprintf(text, sizeof(text), "%s %s%s%s", runs ? "since" : "at",
		format_moment(runs ? row->c.started_ns : row->c.finished_ns, now_ns, when),
		*why ? ", " : "", why);
	if (x + text_width(text) + 1 >= canvas.w)
		return x;
	return canvas_text(canvas, x - 1, 0, ROLE_TEXT, text) + 2;
}

static void paint_head(struct detail *detail, struct canvas canvas)
{
	struct app *app = detail->tabs.pane.app;
	struct row *row = detail_row(&detail->tabs.pane);
	struct state_look state;
	int x, width;

	/* A removed one is called by its last name. */
	if (row)
		snprintf(detail->name, sizeof(detail->name), "%s", row->c.name);
	state = row ? format_state(row, app_now_ms(app)) : (struct state_look){.word = "removed"};
	/* However long its name is, what it does is in view. */
	width = canvas.w - text_width(state.word) - 6;
	width = text_width(detail->name) < width ? text_width(detail->name) : width;
	canvas_name(canvas, 1, 0, width, ROLE_TITLE, detail->name);
	x = 1 + width + 2;
	if (!row) {
		canvas_text(canvas, x, 0, ROLE_DIM, state.word);
		return;
	}
	x = canvas_text(canvas, x, 0, state.role, canvas_glyph(canvas, state.glyph)) + 1;
	x = canvas_text(canvas, x, 0, state.role, state.word) + 2;
	x = paint_since(canvas, x, row, app_real_ns(app));
	if (*row->facts->ports && x + text_width(row->facts->ports) + 2 < canvas.w)
		x = canvas_text(canvas, x, 0, ROLE_TEXT, row->facts->ports) + 2;
	canvas_cut(canvas, x, 0, canvas.w - x - 1, ROLE_DIM, row->c.image);
}

static void detail_paint(struct pane *pane, struct canvas canvas)
{
	struct detail *detail = detail_of(pane);

	paint_head(detail, canvas_sub(canvas, 0, 0, canvas.w, 1));
	tabs_paint(&detail->tabs, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
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
	return tabs_copies(&detail_of(pane)->tabs, &nth, what, text) ||
	       row_copies(detail_row(pane), nth, what, text);
}

static void detail_fields(struct pane *pane, struct strs *fields)
{
	row_fields(detail_row(pane), fields);
}

static bool detail_act(struct pane *pane, enum action action, int count)
{
	struct row *row = detail_row(pane);

	(void)count;
	return tabs_act(&detail_of(pane)->tabs, action) ||
	       (row && deeds_on(pane->app, action, row));
}

static void detail_free(struct pane *pane)
{
	struct detail *detail = detail_of(pane);

	tabs_fini(&detail->tabs);
	free(detail);
}

static const struct pane_ops detail_ops = {
	TABS_OPS,
	.title = "Container",
	.fallback = CONTEXT_CONTAINERS,
	.paint = detail_paint,
	.act = detail_act,
	.why_not = detail_why_not,
	.subject = detail_subject,
	.copies = detail_copies,
	.fields = detail_fields,
	.free = detail_free,
};

struct pane *detail_new(struct app *app, const char *id, enum action tab)
{
	struct detail *detail = calloc(1, sizeof(*detail));

	if (!detail)
		return NULL;
	snprintf(detail->name, sizeof(detail->name), "%.12s", id);
	if (!tabs_init(&detail->tabs, &detail_ops, app, tabs, array_len(tabs), id, tab)) {
		free(detail);
		return NULL;
	}
	return &detail->tabs.pane;
}
