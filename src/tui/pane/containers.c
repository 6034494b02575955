/* containers.c - the dashboard: what runs, what is sick and why, and the last words of the selected
 * one. How it is laid out is in containers_paint.c. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/about_row.h"
#include "tui/pane/containers_own.h"
#include "tui/pane/deeds.h"
#include "tui/pane/forms.h"
#include "tui/pane/hints.h"
#include "tui/pane/menu.h"
#include "tui/row_fields.h"

/* ---- the selection ---- */

const struct roll_line *containers_line(const struct containers *view)
{
	/* Lines of an older model may tell of rows that are gone. */
	if (view->roll.version != model_version(app_model(view->pane.app)))
		return NULL;
	return view->list.selected < view->roll.len ? &view->roll.lines[view->list.selected] : NULL;
}

struct row *containers_row(const struct containers *view)
{
	const struct roll_line *line = containers_line(view);

	return line && line->kind == ROLL_ROW ? line->row : NULL;
}

static void remember(struct containers *view)
{
	const struct roll_line *line = containers_line(view);
	const char *what = !line                      ? ""
			   : line->kind == ROLL_GROUP ? line->group->name
						      : line->row->c.id;

	view->on_group = line && line->kind == ROLL_GROUP;
	snprintf(view->selected, sizeof(view->selected), "%s", what);
	peek_at(&view->peek, view->on_group ? "" : view->selected, app_now_ms(view->pane.app));
}

/* A note is no place to stay at. */
static void leave_note(struct containers *view, bool upwards)
{
	const struct roll_line *line = containers_line(view);

	if (line && line->kind == ROLL_NOTE)
		list_select(&view->list,
			view->list.selected + (upwards || view->list.selected + 1 >= view->roll.len
							      ? (size_t)-1
							      : 1));
}

static void find_widest(struct containers *view)
{
	unsigned version = model_version(app_model(view->pane.app));
	size_t count;
	struct row *const *rows = model_rows(app_model(view->pane.app), &count);

	if (view->widest_of == version)
		return;
	view->widest_of = version;
	view->widest = (struct widest){0};
	for (size_t i = 0; i < count; i++)
		table_widen(&view->widest, rows[i]);
}

/* The line under the cursor is the one that was chosen. */
static bool is_selected(const struct containers *view)
{
	const struct roll_line *line = containers_line(view);

	if (!line || line->kind == ROLL_NOTE || (line->kind == ROLL_GROUP) != view->on_group)
		return false;
	return strcmp(view->selected, view->on_group ? line->group->name : line->row->c.id) == 0;
}

/* Where the cursor begins: a container, not the header above it. */
static size_t first_row(const struct containers *view)
{
	size_t at = view->list.selected;

	while (at < view->roll.len && view->roll.lines[at].kind != ROLL_ROW)
		at++;
	return at < view->roll.len ? at : view->list.selected;
}

void containers_find(struct containers *view, size_t height)
{
	const struct choices *choices = app_choices(view->pane.app);
	size_t at;

	if (view->roll.flat != choices->flat)
		roll_set_flat(&view->roll, choices->flat);
	roll_make(&view->roll, app_model(view->pane.app));
	find_widest(view);
	if (*app_wanted(view->pane.app) &&
		roll_find_row(&view->roll, app_wanted(view->pane.app), &at)) {
		snprintf(view->selected, sizeof(view->selected), "%s", app_wanted(view->pane.app));
		view->on_group = false;
		app_want(view->pane.app, "");
	}
	list_fit(&view->list, view->roll.len, height);
	if (is_selected(view))
		return; /* nothing has moved: of a thousand none needs to be looked through */
	if (view->on_group ? roll_find_group(&view->roll, view->selected, &at)
			   : roll_find_row(&view->roll, view->selected, &at))
		list_select(&view->list, at);
	else if (!*view->selected)
		list_select(&view->list, first_row(view));
	leave_note(view, false);
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

/* ---- what a key is for ---- */

/* The marked rows in the list, or else the group or the row under the cursor. The caller frees it;
 * NULL: out of memory. */
static struct row **targets(const struct containers *view, size_t *count)
{
	const struct roll_line *line = containers_line(view);
	struct row *const *rows;
	struct row **list;
	size_t all;

	rows = model_rows(app_model(view->pane.app), &all);
	list = calloc(all + 1, sizeof(*list));
	*count = 0;
	for (size_t i = 0; list && i < all; i++)
		if (rows[i]->marked)
			list[(*count)++] = rows[i];
	if (!list || *count || !line)
		return list;
	if (line->kind == ROLL_GROUP)
		for (size_t i = 0; i < line->group->count; i++)
			list[(*count)++] = line->group->rows[i];
	else
		list[(*count)++] = line->row;
	return list;
}

static bool act_on_targets(struct containers *view, enum action action)
{
	size_t count;
	auto_free struct row **list = targets(view, &count);

	return list && deeds_act(view->pane.app, action, list, count);
}

/* Of the marked ones, also where the filter hides them; or else of the group, or of the one. */
static bool merge_logs(struct containers *view)
{
	struct app *app = view->pane.app;
	size_t count;
	auto_free struct row **list = targets(view, &count);

	if (model_marked(app_model(app)))
		app_push(app, logs_merged_new(app));
	else if (count == 1)
		return deeds_open(app, ACTION_LOGS, list[0]);
	else if (count)
		app_push(app, logs_group_new(app, list, count));
	return count > 0;
}

/* ---- marking, folding ---- */

static void mark_group(const struct roll_group *group)
{
	bool all = true;

	for (size_t i = 0; i < group->count; i++)
		all &= group->rows[i]->marked;
	for (size_t i = 0; i < group->count; i++)
		group->rows[i]->marked = !all;
}

static void mark(struct containers *view, enum action action)
{
	size_t count;
	struct row *const *rows = model_rows(app_model(view->pane.app), &count);
	const struct roll_line *line = containers_line(view);

	if (action == ACTION_UNMARK)
		model_unmark(app_model(view->pane.app));
	for (size_t i = 0; action == ACTION_MARK_ALL && i < count; i++)
		rows[i]->marked = true;
	if (action != ACTION_MARK || !line)
		return;
	if (line->kind == ROLL_GROUP)
		mark_group(line->group);
	else
		line->row->marked = !line->row->marked;
	list_move(&view->list, ACTION_DOWN, 1);
	leave_note(view, false);
}

/* On a header, and Left on what is below it. False: there is nothing to fold. */
static bool fold(struct containers *view, enum action action)
{
	const struct roll_line *line = containers_line(view);
	char name[sizeof(line->group->name)];
	bool folds;

	if (!line || !line->group || (line->kind != ROLL_GROUP && action != ACTION_LEFT))
		return false;
	folds = action == ACTION_LEFT || (action != ACTION_RIGHT && !line->group->folded);
	snprintf(name, sizeof(name), "%s", line->group->name);
	roll_fold(&view->roll, name, folds);
	view->on_group = true;
	snprintf(view->selected, sizeof(view->selected), "%s", name);
	containers_find(view, view->list.height);
	return true;
}

static void fold_all(struct containers *view)
{
	const struct roll_line *line = containers_line(view);
	bool any_open = false;

	for (size_t i = 0; i < view->roll.group_count; i++)
		any_open |= !view->roll.groups[i].folded;
	if (line && line->group) {
		view->on_group = true;
		snprintf(view->selected, sizeof(view->selected), "%s", line->group->name);
	}
	roll_fold_all(&view->roll, any_open);
	containers_find(view, view->list.height);
}

/* ---- how the list is shown ---- */

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

static void tell_order(struct app *app)
{
	struct model *model = app_model(app);
	bool reverse;
	enum sort sort = model_sort_of(model, &reverse);

	app_toast(app, ROLE_INFO, "Sorted by %s%s", model_sort_name(sort),
		reverse ? ", reversed" : "");
}

static void on_sort(struct app *app, void *arg, int index)
{
	(void)arg;
	if (index < 0)
		return;
	model_sort(app_model(app), (enum sort)index, false);
	tell_order(app);
	app_keep_choices(app);
}

static void choose_sort(struct app *app)
{
	static const char *const notes[SORT_COUNT] = {
		[SORT_STATE] = "sick, running, failed, ended",
		[SORT_CPU] = "highest of 10 s first",
		[SORT_MEMORY] = "highest first",
		[SORT_NETWORK] = "most traffic first",
		[SORT_IO] = "most traffic first",
		[SORT_PIDS] = "most first",
		[SORT_RESTARTS] = "most first",
		[SORT_AGE] = "newest first",
	};
	struct menu_item items[SORT_COUNT];
	bool reverse;
	enum sort now = model_sort_of(app_model(app), &reverse);

	for (int i = 0; i < SORT_COUNT; i++)
		items[i] = (struct menu_item){
			model_sort_name((enum sort)i), notes[i], (enum sort)i == now};
	app_push(app, menu_new(app, &(struct menu_wish){.title = "Sort by",
					    .verb = "sort",
					    .items = items,
					    .count = SORT_COUNT,
					    .at = now,
					    .chosen = on_sort}));
}

static void reverse_sort(struct app *app)
{
	bool reverse;
	enum sort sort = model_sort_of(app_model(app), &reverse);

	model_sort(app_model(app), sort, !reverse);
	tell_order(app);
	app_keep_choices(app);
}

static void on_column(struct app *app, void *arg, int index)
{
	struct choices *choices = app_choices(app);

	(void)arg;
	if (index >= 0) {
		choices->columns[index] = !choices->columns[index];
		choices->first[index] = choices->columns[index];
		app_keep_choices(app);
	}
	app_dirty(app);
}

static void choose_columns(struct app *app)
{
	struct menu_item items[COLUMN_COUNT];

	for (int i = 0; i < COLUMN_COUNT; i++)
		items[i] = (struct menu_item){
			column_name((enum column)i), NULL, app_choices(app)->columns[i]};
	app_push(app, menu_new(app, &(struct menu_wish){.title = "Columns, where there is room",
					    .items = items,
					    .count = COLUMN_COUNT,
					    .switches = true,
					    .chosen = on_column}));
}

static void turn_groups(struct containers *view)
{
	struct choices *choices = app_choices(view->pane.app);
	struct row *row = containers_row(view);

	choices->flat = !choices->flat;
	app_keep_choices(view->pane.app);
	app_toast(view->pane.app, ROLE_INFO,
		choices->flat ? "One list" : "Grouped by project, where there is one");
	if (!row)
		*view->selected = '\0';
	view->on_group = false;
	containers_find(view, view->list.height);
}

static bool show_otherwise(struct containers *view, enum action action)
{
	struct app *app = view->pane.app;

	switch (action) {
	case ACTION_FILTER:
		app_prompt_filter(app, &container_fields, model_filter_text(app_model(app)),
			&(struct filter_rows){any_row, app_model(app)}, on_filter, view);
		return true;
	case ACTION_SORT:
		choose_sort(app);
		return true;
	case ACTION_SORT_REVERSE:
		reverse_sort(app);
		return true;
	case ACTION_COLUMNS:
		choose_columns(app);
		return true;
	case ACTION_UNIT:
		app_turn_unit(app);
		return true;
	case ACTION_GROUPS:
		turn_groups(view);
		return true;
	case ACTION_FOLD_ALL:
		fold_all(view);
		return true;
	case ACTION_RESULTS:
		app_push(app, results_new(app));
		return true;
	default:
		return false;
	}
}

/* ---- keys ---- */

static bool containers_act(struct pane *pane, enum action action, int count)
{
	struct containers *view = container_of(pane, struct containers, pane);
	size_t before;
	struct row *row;

	/* Rows may have come and gone since the last painting. */
	containers_find(view, view->list.height);
	before = view->list.selected;
	row = containers_row(view);
	if (list_move(&view->list, action, count)) {
		leave_note(view, view->list.selected < before);
		remember(view);
		return true;
	}
	if (show_otherwise(view, action))
		return true;
	switch (action) {
	case ACTION_MARK:
	case ACTION_MARK_ALL:
	case ACTION_UNMARK:
		mark(view, action);
		remember(view);
		return true;
	case ACTION_LEFT:
	case ACTION_RIGHT:
		return fold(view, action);
	case ACTION_LOGS:
		if (!row)
			return fold(view, action);
		break;
	case ACTION_MERGE:
		return merge_logs(view);
	default:
		break;
	}
	if (action == ACTION_NEW) {
		run_form_open(pane->app, row ? row->c.image : "");
		return true;
	}
	return act_on_targets(view, action) || (row && deeds_open(pane->app, action, row));
}

/* As it is now: others ask at any time. */
static struct containers *current(struct pane *pane)
{
	struct containers *view = container_of(pane, struct containers, pane);

	containers_find(view, view->list.height);
	return view;
}

static const char *containers_why_not(struct pane *pane, enum action action)
{
	struct containers *view = current(pane);
	size_t count;
	auto_free struct row **list = targets(view, &count);

	/* With several, each is done where it applies. */
	return count > 1 ? NULL : row_why_not(count ? list[0] : NULL, action);
}

static void containers_subject(struct pane *pane, struct strs *names)
{
	size_t count;
	auto_free struct row **list = targets(current(pane), &count);

	for (size_t i = 0; list && i < count; i++)
		strs_add(names, list[i]->c.name);
}

static bool containers_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	return row_copies(containers_row(current(pane)), nth, what, text);
}

static void containers_fields(struct pane *pane, struct strs *fields)
{
	row_fields(containers_row(current(pane)), fields);
}

static void containers_hints(struct pane *pane, struct canvas canvas)
{
	struct containers *view = container_of(pane, struct containers, pane);
	size_t count;

	/* With nothing to choose from, the choice before stays for when there is again. */
	model_rows(app_model(pane->app), &count);
	if (count)
		containers_find(view, view->list.height);
	if (count && view->on_group)
		hints_for_group(pane, canvas);
	else
		hints_for_row(pane, canvas, count ? containers_row(view) : NULL);
}

static bool containers_measures(struct pane *pane, const char **only)
{
	(void)pane;
	*only = NULL;
	return true;
}

static void containers_free(struct pane *pane)
{
	struct containers *view = container_of(pane, struct containers, pane);

	peek_fini(&view->peek);
	roll_fini(&view->roll);
	free(view);
}

static const struct pane_ops containers_ops = {
	.title = "Containers",
	.context = CONTEXT_CONTAINERS,
	.paint = containers_paint,
	.act = containers_act,
	.why_not = containers_why_not,
	.subject = containers_subject,
	.copies = containers_copies,
	.fields = containers_fields,
	.hints = containers_hints,
	.measures = containers_measures,
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
	view->widest_of = ~0u;
	peek_init(&view->peek);
	return &view->pane;
}
