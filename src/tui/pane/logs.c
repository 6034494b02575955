/* logs.c - the tab of one container's log, over the whole width: a full-width region scrolls for
 * the fewest bytes. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/pane.h"
#include "tui/widget/logview.h"

struct logs {
	struct pane pane;
	struct logview *view;
	struct err err; /* why there is no view */
	bool news;      /* the log grew while we looked elsewhere in it */
};

static int paint_switch(struct canvas canvas, int x, const char *name, bool on)
{
	x = canvas_textf(canvas, x, 0, ROLE_DIM, " %s ", name);
	return canvas_text(canvas, x, 0, on ? ROLE_OK : ROLE_DIM, on ? "on " : "off ");
}

static void paint_switches(struct logs *logs, struct canvas canvas)
{
	struct logview_state state = logview_state(logs->view);
	char scanned[FIGURE_MAX];
	int x = 1;

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, "");
	x = paint_switch(canvas, x, "follow", state.follow);
	x = paint_switch(canvas, x, "times", state.times);
	x = paint_switch(canvas, x, "wrap", state.wrap);
	if (state.left)
		x = canvas_textf(canvas, x, 0, ROLE_DIM, " column %d ", state.left + 1);
	if (state.searching)
		x = canvas_textf(canvas, x, 0, ROLE_BUSY, " searching %s: %s, Esc stops ",
			state.search, format_bytes(state.scanned, scanned));
	else if (*state.search)
		x = canvas_textf(canvas, x, 0, state.found ? ROLE_INFO : ROLE_WARN, " /%s%s ",
			state.search, state.found ? "" : ": not found");
	if (!state.follow && logs->news)
		canvas_text(canvas, x, 0, ROLE_INFO, " new lines below: G ");
}

static void logs_paint(struct pane *pane, struct canvas canvas)
{
	struct logs *logs = container_of(pane, struct logs, pane);
	struct canvas body = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);

	if (!logs->view) {
		canvas_cut(body, 1, 1, body.w - 2, ROLE_BAD, logs->err.text);
		return;
	}
	logview_paint(logs->view, body);
	if (logview_state(logs->view).empty)
		canvas_text(body, 1, 0, ROLE_DIM, "No output yet.");
	paint_switches(logs, canvas_sub(canvas, 0, 0, canvas.w, 1));
}

static void on_search(void *arg, const char *text, bool done)
{
	struct logs *logs = arg;

	(void)done;
	logview_search(logs->view, text);
	app_dirty(logs->pane.app);
}

static bool logs_act(struct pane *pane, enum action action, int count)
{
	struct logs *logs = container_of(pane, struct logs, pane);
	struct logview_state state;

	if (!logs->view)
		return false;
	state = logview_state(logs->view);
	if ((action == ACTION_BACK || action == ACTION_CANCEL) && state.searching) {
		logview_search_cancel(logs->view);
		return true;
	}
	if (action == ACTION_SEARCH) {
		app_prompt(pane->app, "Search: ", "", on_search, logs);
		return true;
	}
	if (!logview_act(logs->view, action, count))
		return false;
	logs->news &= !logview_state(logs->view).follow;
	return true;
}

static int64_t logs_deadline(struct pane *pane)
{
	struct logs *logs = container_of(pane, struct logs, pane);

	return logs->view && logview_state(logs->view).searching ? app_now_ms(pane->app) : -1;
}

static void logs_tick(struct pane *pane)
{
	logview_search_step(container_of(pane, struct logs, pane)->view);
	app_dirty(pane->app);
}

static void logs_grew(struct pane *pane, struct world_log *log)
{
	struct logs *logs = container_of(pane, struct logs, pane);

	if (!logs->view || logview_log(logs->view) != log)
		return;
	/* Reading elsewhere in the log, only the first news changes the screen. */
	if (logview_state(logs->view).follow || !logs->news)
		app_dirty(pane->app);
	logs->news = !logview_state(logs->view).follow;
}

static void logs_hints(struct pane *pane, struct canvas canvas)
{
	static const struct {
		const char *key, *word;
	} hints[] = {
		{"f", "follow"},
		{"t", "times"},
		{"w", "wrap"},
		{"/", "search"},
		{"n N", "next, previous"},
		{"Esc", "back"},
		{"g G", "start, end"},
		{"?", "help"},
	};
	int x = 1;

	(void)pane;
	for (size_t i = 0; i < array_len(hints); i++) {
		if (x + text_width(hints[i].key) + 1 + text_width(hints[i].word) > canvas.w)
			return;
		x = canvas_text(canvas, x, 0, ROLE_KEY, hints[i].key);
		x = canvas_text(canvas, x + 1, 0, ROLE_TEXT, hints[i].word) + 2;
	}
}

static void logs_free(struct pane *pane)
{
	struct logs *logs = container_of(pane, struct logs, pane);

	logview_free(logs->view);
	free(logs);
}

static const struct pane_ops logs_ops = {
	.title = "Logs",
	.context = CONTEXT_LOGS,
	.paint = logs_paint,
	.act = logs_act,
	.hints = logs_hints,
	.deadline = logs_deadline,
	.tick = logs_tick,
	.log_grew = logs_grew,
	.free = logs_free,
};

struct pane *logs_new(struct app *app, const char *id)
{
	struct logs *logs = calloc(1, sizeof(*logs));
	struct world *world = app_world(app);
	struct world_log *log;

	if (!logs)
		return NULL;
	logs->pane = (struct pane){.ops = &logs_ops, .app = app};
	if (world->ops->log_open(world, id, &log, &logs->err) < 0)
		return &logs->pane;
	logs->view = logview_new(world, log);
	if (!logs->view) {
		world->ops->log_close(log);
		free(logs);
		return NULL;
	}
	return &logs->pane;
}
