/* logs.c - the log of one container, or of those that are marked, over the whole width: a
 * full-width region scrolls for the fewest bytes. */
#include <stdio.h>

#include "tui/pane/logs_private.h"

enum {
	FLOOD_MS = 250, /* between frames when more comes than anybody can read */
	PACE_MS = 50,   /* what is shorter says nothing about the pace */
	NEWS_MS = 1000, /* between two counts of what is new below */
	PROGRESS_MS = 250,
	RECENT_NS = 60000000000,
};

/* ---- opening ---- */

static struct logview *open_view(struct logs *logs)
{
	auto_of(logview) struct logview *view = logview_new(app_world(logs->pane.app));
	struct model *model = app_model(logs->pane.app);

	err_set(&logs->err, ENOMEM, "out of memory");
	for (size_t i = 0; view && i < logs->count; i++) {
		const struct row *row = model_row(model, logs->ids[i]);
		char name[136];

		snprintf(name, sizeof(name), "%.12s", logs->ids[i]);
		if (logview_add(view, logs->ids[i], row ? row->c.name : name, &logs->err) < 0)
			return NULL;
	}
	return take(view);
}

static void open_logs(struct logs *logs)
{
	logview_free(take(logs->view));
	logs->view = open_view(logs);
	if (logs->view)
		logs_put_events(logs);
}

static void add_id(struct logs *logs, const char *id)
{
	for (size_t i = 0; i < logs->count; i++)
		if (strcmp(logs->ids[i], id) == 0)
			return;
	if (logs->count < LOGFEED_MAX)
		snprintf(logs->ids[logs->count++], sizeof(logs->ids[0]), "%s", id);
}

static void add_marked(struct logs *logs)
{
	size_t count;
	struct row *const *rows = model_all(app_model(logs->pane.app), &count);

	for (size_t i = 0; i < count; i++)
		if (rows[i]->marked)
			add_id(logs, rows[i]->c.id);
}

static void merge(struct logs *logs)
{
	size_t before = logs->count;

	if (!*logs->own)
		return;
	logs->count = 0;
	add_id(logs, logs->own);
	if (before == 1)
		add_marked(logs);
	if (before == 1 && logs->count == 1) {
		app_toast(logs->pane.app, ROLE_INFO,
			"Mark other containers in the list with Space: their logs are shown among "
			"these");
		return;
	}
	open_logs(logs);
}

/* ---- painting ---- */

/* It pours when three windows full come in a second. */
static void note_pace(struct logs *logs, uint64_t size, uint64_t window)
{
	int64_t now = app_now_ms(logs->pane.app), passed = now - logs->painted_ms;

	if (passed >= PACE_MS) {
		logs->pours = (size - logs->painted_size) * 1000 / (uint64_t)passed > window * 3;
		logs->painted_ms = now;
		logs->painted_size = size;
	}
	logs->due_ms = -1;
	logs->aged_ms = now;
}

static void logs_paint(struct pane *pane, struct canvas canvas)
{
	struct logs *logs = container_of(pane, struct logs, pane);
	struct logview_state state;
	int head;

	if (!logs->view) {
		canvas_cut(canvas, 1, 1, canvas.w - 2, ROLE_BAD, logs->err.text);
		return;
	}
	logview_grew(logs->view);
	state = logview_state(logs->view);
	head = logs_head_rows(logs, &state);
	canvas_clear(canvas, ROLE_TEXT);
	logview_paint(logs->view, canvas_sub(canvas, 0, head, canvas.w, canvas.h - head),
		app_real_ns(pane->app));
	state = logview_state(logs->view);
	logs_head_paint(logs, canvas_sub(canvas, 0, 0, canvas.w, head), &state);
	if (state.empty)
		logs_blank_paint(
			logs, canvas_sub(canvas, 0, head, canvas.w, canvas.h - head), &state);
	logs->width = canvas.w;
	note_pace(logs, state.size, (uint64_t)canvas.w * (uint64_t)canvas.h);
}

static void logs_hints(struct pane *pane, struct canvas canvas)
{
	const struct logs *logs = container_of(pane, struct logs, pane);
	static const struct {
		enum action action;
		const char *word;
	} hints[] = {
		{ACTION_FOLLOW, "follow"},
		{ACTION_SEARCH, "search"},
		{ACTION_FILTER, "filter"},
		{ACTION_TIMES, "times"},
		{ACTION_NEXT, "next"},
		{ACTION_WRAP, "wrap"},
		{ACTION_SAVE, "save"},
		{ACTION_SELECT, "select"},
		{ACTION_SINCE, "go to time"},
		{ACTION_STREAMS, "streams"},
		{ACTION_BOOKMARK, "bookmark"},
		{ACTION_MERGE, "merge marked"},
	};
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = 1;

	for (size_t i = 0; i < array_len(hints); i++)
		if (hints[i].action != ACTION_NEXT || *logview_state(logs->view).search)
			x = hint(pane, room, x, hints[i].action, hints[i].word);
}

/* ---- prompts ---- */

static void on_search(void *arg, const char *text, bool done)
{
	struct logs *logs = arg;

	if (done && app_prompt_was_left(logs->pane.app))
		logview_search_leave(logs->view);
	else if (!done || strcmp(text, logview_state(logs->view).search) != 0)
		logview_search(logs->view, text);
	app_dirty(logs->pane.app);
}

static void on_filter(void *arg, const char *text, bool done)
{
	struct logs *logs = arg;
	struct filter_context context = {.now_ns = app_real_ns(logs->pane.app)};

	(void)done;
	logview_filter(logs->view, text, &context);
	app_dirty(logs->pane.app);
}

static const void *no_row(const void *arg, size_t index)
{
	(void)arg, (void)index;
	return NULL;
}

static void ask_filter(struct logs *logs)
{
	const struct filter *filter = logview_filter_of(logs->view);
	const struct filter_rows rows = {.at = no_row};

	app_prompt_filter(logs->pane.app, &logquery_fields, filter ? filter_text(filter) : "",
		&rows, on_filter, logs);
}

static void on_since(void *arg, const char *text, bool done)
{
	struct logs *logs = arg;
	uint64_t time_ns;

	if (!done || !*text || app_prompt_was_left(logs->pane.app))
		return;
	if (filter_read_time(text, app_real_ns(logs->pane.app), &time_ns))
		logview_go_to(logs->view, time_ns);
	else
		app_toast(logs->pane.app, ROLE_WARN,
			"\"%s\" is no time: type 10m, 14:02, 2026-03-02 or 2026-03-02T14:02", text);
	app_dirty(logs->pane.app);
}

/* ---- acting ---- */

static void give_copy(struct app *app, const struct buf *text, size_t lines)
{
	char what[40];

	snprintf(what, sizeof(what), "%zu line%s", lines, lines == 1 ? "" : "s");
	app_copy(app, what, buf_text(text), text->len);
}

static void copy(struct logs *logs)
{
	auto_buf text = BUF_INIT;
	size_t lines;

	if (!logview_copy(logs->view, &text, &lines))
		return;
	give_copy(logs->pane.app, &text, lines);
	if (logview_state(logs->view).selecting)
		logview_act(logs->view, ACTION_SELECT, 0);
}

static void show_rest(struct logs *logs)
{
	auto_buf text = BUF_INIT;
	int width = 78;

	if (logs->width > 12)
		width = logs->width - 2;
	if (!logview_rest(logs->view, width, &text)) {
		app_toast(logs->pane.app, ROLE_INFO, "Every line in view is there to its end");
		return;
	}
	app_push(logs->pane.app, text_new(logs->pane.app, "One line", &text));
}

/* Esc, and ^C, end what is under way first, then what was asked for, then the tab. */
static bool step_back(struct logs *logs, enum action action)
{
	struct logview_state state = logview_state(logs->view);

	if (logs->save) {
		logs_save_stop(logs);
		return true;
	}
	if (logview_stop(logs->view))
		return true;
	if (state.selecting) {
		logview_act(logs->view, ACTION_SELECT, 0);
		return true;
	}
	if (action == ACTION_CANCEL)
		return false;
	if (*state.search)
		logview_search(logs->view, "");
	else if (logview_filter_of(logs->view))
		logview_filter(logs->view, "", &(struct filter_context){0});
	else
		return false;
	return true;
}

static bool ask(struct logs *logs, enum action action)
{
	switch (action) {
	case ACTION_SEARCH:
		logview_search_begin(logs->view);
		app_prompt(logs->pane.app, "Search: ", "", on_search, logs);
		return true;
	case ACTION_FILTER:
		ask_filter(logs);
		return true;
	case ACTION_SINCE:
		app_prompt(logs->pane.app, "Go to (10m, 14:02): ", "", on_since, logs);
		return true;
	case ACTION_SAVE:
		logs_save_ask(logs);
		return true;
	case ACTION_COPY:
		copy(logs);
		return true;
	case ACTION_REST:
		show_rest(logs);
		return true;
	case ACTION_MERGE:
		merge(logs);
		return true;
	default:
		return false;
	}
}

static bool disturbs_saving(const struct logs *logs, enum action action)
{
	return logs->save && (action == ACTION_FILTER || action == ACTION_STREAMS ||
				     action == ACTION_MERGE || action == ACTION_SAVE);
}

static bool logs_act(struct pane *pane, enum action action, int count)
{
	struct logs *logs = container_of(pane, struct logs, pane);

	if (!logs->view)
		return false;
	if (action == ACTION_BACK || action == ACTION_CANCEL)
		return step_back(logs, action);
	if (disturbs_saving(logs, action)) {
		app_toast(pane->app, ROLE_WARN, "It is being saved: Esc stops that");
		return true;
	}
	return ask(logs, action) || logview_act(logs->view, action, count);
}

/* ---- time ---- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int64_t logs_deadline(struct pane *pane)
{
	struct logs *logs = container_of(pane, struct logs, pane);
	int64_t at = logs->due_ms;

	if (!logs->view)
		return -1;
	if (logs->save || logview_is_busy(logs->view))
		return app_now_ms(pane->app);
	/* "12s ago" grows old; what is older than a minute does so slowly. */
	if (logview_shows_ages(logs->view))
		at = sooner(at,
			logs->aged_ms + (logview_is_recent(logs->view, RECENT_NS) ? 1000 : 30000));
	return at;
}

static void look_through(struct logs *logs)
{
	int64_t now = app_now_ms(logs->pane.app);

	if (app_is_hurried(logs->pane.app))
		return;
	logview_step(logs->view, app_real_ns(logs->pane.app));
	if (logview_is_busy(logs->view) && now < logs->told_ms + PROGRESS_MS)
		return;
	logs->told_ms = now;
	app_dirty(logs->pane.app);
}

static void logs_tick(struct pane *pane)
{
	struct logs *logs = container_of(pane, struct logs, pane);
	bool busy = logview_is_busy(logs->view);

	/* Asked for once: the frame may have to wait, and nobody turns round and round for it. */
	logs->due_ms = -1;
	logs->aged_ms = app_now_ms(pane->app);
	if (logs->save)
		logs_save_step(logs);
	if (busy)
		look_through(logs);
	if (logs->save || !busy)
		app_dirty(pane->app);
}

/* A frame soon; later when far more comes than fits, or when only a counter of news changes. */
static void logs_grew(struct pane *pane, struct world_log *log)
{
	struct logs *logs = container_of(pane, struct logs, pane);
	int64_t wait = 0;

	if (!logs->view || !logview_has(logs->view, log))
		return;
	logview_grew(logs->view);
	if (!logview_follows(logs->view))
		wait = NEWS_MS;
	else if (logs->pours)
		wait = FLOOD_MS;
	logs->due_ms = sooner(logs->due_ms, logs->painted_ms + wait);
}

static void logs_changed(struct pane *pane, enum world_noun noun)
{
	struct logs *logs = container_of(pane, struct logs, pane);

	if (noun == WORLD_CONTAINERS && logs->view)
		logs_put_events(logs);
}

static void logs_free(struct pane *pane)
{
	struct logs *logs = container_of(pane, struct logs, pane);

	if (logs->save)
		logs_save_stop(logs);
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
	.changed = logs_changed,
	.free = logs_free,
};

static struct logs *make(struct app *app)
{
	struct logs *logs = calloc(1, sizeof(*logs));

	if (!logs)
		return NULL;
	logs->pane = (struct pane){.ops = &logs_ops, .app = app};
	logs->due_ms = -1;
	return logs;
}

struct pane *logs_new(struct app *app, const char *id)
{
	struct logs *logs = make(app);

	if (!logs)
		return NULL;
	snprintf(logs->own, sizeof(logs->own), "%s", id);
	add_id(logs, id);
	open_logs(logs);
	return &logs->pane;
}

struct pane *logs_merged_new(struct app *app)
{
	struct logs *logs = make(app);

	if (!logs)
		return NULL;
	add_marked(logs);
	open_logs(logs);
	return &logs->pane;
}

struct pane *logs_group_new(struct app *app, struct row *const *rows, size_t count)
{
	struct logs *logs = make(app);

	if (!logs)
		return NULL;
	for (size_t i = 0; i < count; i++)
		add_id(logs, rows[i]->c.id);
	open_logs(logs);
	return &logs->pane;
}
