/* stats.c - the tab of what one container uses: graphs of the last minutes, or the same as a table.
 */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/gauges.h"
#include "tui/pane/pane.h"

struct stats {
	struct pane pane;
	char id[65];
	int zoom;
	bool table;
};

static void window_of(const struct stats *stats, int columns, char out[FIGURE_MAX])
{
	int seconds = gauges_seconds(stats->zoom, columns);

	if (seconds < 120)
		snprintf(out, FIGURE_MAX, "%d s", seconds);
	else
		snprintf(out, FIGURE_MAX, "%d min", seconds / 60);
}

static void paint_rule(struct stats *stats, struct canvas canvas)
{
	const struct keymap *keymap = app_keymap(stats->pane.app);
	char window[FIGURE_MAX], right[80];

	canvas_hline(canvas, 0, 0, canvas.w, ROLE_BORDER);
	window_of(stats, canvas.w - 9, window);
	if (stats->table)
		snprintf(right, sizeof(right), " %s graphs ", keymap_label(keymap, ACTION_TABLE));
	else
		snprintf(right, sizeof(right), " the last %s, %s %s zoom ", window,
			keymap_label(keymap, ACTION_ZOOM_IN),
			keymap_label(keymap, ACTION_ZOOM_OUT));
	canvas_right(canvas, 2, 0, canvas.w - 4, ROLE_DIM, right);
}

static void stats_paint(struct pane *pane, struct canvas canvas)
{
	struct stats *stats = container_of(pane, struct stats, pane);
	const struct row *row = model_row(app_model(pane->app), stats->id);
	const struct container_pressure *pressure;
	struct canvas inside = canvas_sub(canvas, 1, 1, canvas.w - 2, canvas.h - 1);
	int y;

	paint_rule(stats, canvas_sub(canvas, 0, 0, canvas.w, 1));
	if (!row || !row->c.pid) {
		inside = canvas_sub(inside, 1, 1, inside.w - 2, inside.h - 1);
		y = canvas_wrap(
			inside, 0, ROLE_DIM, "It does not run: there is nothing to measure.");
		if (row)
			canvas_textf(inside, 0, y + 1, ROLE_TEXT, "%s  starts it",
				keymap_label(app_keymap(pane->app), ACTION_START));
		return;
	}
	pressure = &row->pressure;
	if (stats->table)
		gauges_table(inside, row, pressure);
	else
		gauges_paint(inside, row, pressure, app_choices(pane->app)->unit, stats->zoom);
}

static bool stats_act(struct pane *pane, enum action action, int count)
{
	struct stats *stats = container_of(pane, struct stats, pane);

	(void)count;
	switch (action) {
	case ACTION_ZOOM_IN:
		stats->zoom -= stats->zoom > 0;
		return true;
	case ACTION_ZOOM_OUT:
		stats->zoom += stats->zoom + 1 < GAUGES_ZOOMS;
		return true;
	case ACTION_TABLE:
		stats->table = !stats->table;
		return true;
	case ACTION_UNIT:
		app_turn_unit(pane->app);
		return true;
	default:
		return false;
	}
}

static void stats_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	const struct stats *stats = container_of(pane, struct stats, pane);
	int x = hint(pane, room, 1, ACTION_ZOOM_IN, "closer");

	x = hint(pane, room, x, ACTION_ZOOM_OUT, "wider");
	x = hint(pane, room, x, ACTION_UNIT, "percent of what");
	hint(pane, room, x, ACTION_TABLE, stats->table ? "graphs" : "table");
}

static bool stats_measures(struct pane *pane, const char **only)
{
	*only = container_of(pane, struct stats, pane)->id;
	return true;
}

static void stats_free(struct pane *pane)
{
	free(container_of(pane, struct stats, pane));
}

static const struct pane_ops stats_ops = {
	.title = "Statistics",
	.context = CONTEXT_STATS,
	.paint = stats_paint,
	.act = stats_act,
	.hints = stats_hints,
	.measures = stats_measures,
	.free = stats_free,
};

struct pane *stats_new(struct app *app, const char *id)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	if (!stats)
		return NULL;
	stats->pane = (struct pane){.ops = &stats_ops, .app = app};
	snprintf(stats->id, sizeof(stats->id), "%s", id);
	return &stats->pane;
}
