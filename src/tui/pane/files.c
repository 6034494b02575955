/* files.c - the files of an image or a container, layer by layer: keys, and what is asked of the
 * world. See files.h. */
#include "tui/pane/files.h"

#include <stdio.h>

#include "tui/format.h"

enum { STEP_PATHS = 8192, SLICES_AT_ONCE = 4, CHANGED_REST_MS = 300, CHANGED_AGAIN_MS = 2000 };

static struct files *files_of(struct pane *pane)
{
	return container_of(pane, struct files, pane);
}

static const struct world_layers_ops *world_of(const struct files *files)
{
	return app_world(files->pane.app)->ops->layers;
}

/* ---- what is selected ---- */

bool files_selected(const struct files *files, struct layers_row *row)
{
	size_t n;
	const struct explorer_row *rows = explorer_rows(files->explorer, &n);

	return explorer_layers(files->explorer) && files->tree.selected < n &&
	       explorer_row(files->explorer, &rows[files->tree.selected], row);
}

void files_select(struct files *files, size_t index)
{
	size_t n;
	const struct explorer_row *rows = explorer_rows(files->explorer, &n);

	if (index >= n)
		return;
	list_fit(&files->tree, n, files->tree.height);
	list_select(&files->tree, index);
	files->selected = rows[index].spot;
}

unsigned files_layer_at(const struct files *files, size_t index)
{
	return explorer_stack(files->explorer).to - 1 - (unsigned)index;
}

void files_go_to(struct files *files, uint32_t spot)
{
	size_t at = explorer_show(files->explorer, spot);

	files->filter[0] = '\0';
	files->focus = FILES_TREE;
	if (at == SIZE_MAX)
		app_toast(files->pane.app, ROLE_INFO, "It does not show at this layer: > steps up");
	else
		files_select(files, at);
	app_dirty(files->pane.app);
}

/* Rows have moved: the same path is selected, or the row that took its place. */
static void keep_selection(struct files *files)
{
	size_t n, at = explorer_find(files->explorer, files->selected);
	const struct explorer_row *rows = explorer_rows(files->explorer, &n);

	list_fit(&files->tree, n, files->tree.height);
	if (at != SIZE_MAX)
		list_select(&files->tree, at);
	if (files->tree.selected < n)
		files->selected = rows[files->tree.selected].spot;
}

static void show_top(struct files *files)
{
	struct strata_span stack = explorer_stack(files->explorer);

	list_fit(&files->layers, stack.to - stack.from, files->layers.height);
	list_select(&files->layers, stack.to - stack.from - explorer_height(files->explorer));
}

/* ---- opening ---- */

/* The path at the cursor, across layers that are opened anew. */
static void take_layers(struct files *files, struct layers *layers)
{
	char path[INDEX_PATH_MAX] = "";
	uint32_t spot = STRATA_NONE;
	struct err err;

	if (explorer_layers(files->explorer))
		strata_path(layers_strata(explorer_layers(files->explorer)), files->selected, path);
	files_story_fini(files);
	explorer_take(files->explorer, layers);
	if (*path)
		strata_find(layers_strata(layers), path, &spot, &err);
	files->selected = spot;
	show_top(files);
}

static void on_changed(void *arg)
{
	struct files *files = arg;

	if (files->changed_ms < 0)
		files->changed_ms = app_now_ms(files->pane.app) + CHANGED_REST_MS;
	app_dirty(files->pane.app);
}

static void watch_again(struct files *files)
{
	world_of(files)->unwatch(take(files->watch));
	files->changed = false;
	files->changed_ms = -1;
	files->watched_turn = 0;
	if (files->wish.container || files->wish.other_container)
		files->watch = world_of(files)->watch(app_world(files->pane.app),
			explorer_layers(files->explorer), on_changed, files);
}

static void on_open(void *arg, struct layers *layers, const struct err *err)
{
	struct files *files = arg;

	files->opening = NULL;
	app_dirty(files->pane.app);
	if (!layers) {
		snprintf(files->trouble, sizeof(files->trouble), "%s", err->text);
		if (explorer_layers(files->explorer))
			app_toast(files->pane.app, ROLE_BAD, "%s", err->text);
		return;
	}
	files->trouble[0] = '\0';
	files->took_ms = app_now_ms(files->pane.app) - files->opened_ms;
	files->answers = true;
	take_layers(files, layers);
	watch_again(files);
	if (!files->waste && layers_stacks(layers) == 1)
		files_waste_start(files);
}

static void open_layers(struct files *files)
{
	if (files->opening)
		return;
	files->trouble[0] = '\0';
	files->opened_ms = app_now_ms(files->pane.app);
	files->changed = false;
	files->changed_ms = -1;
	files->opening =
		world_of(files)->open(app_world(files->pane.app), &files->wish, on_open, files);
	if (!files->opening)
		snprintf(files->trouble, sizeof(files->trouble), "out of memory");
}

/* ---- time ---- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int64_t files_deadline(struct pane *pane)
{
	struct files *files = files_of(pane);
	int64_t at = -1;

	if (files->opening && !explorer_layers(files->explorer) &&
		app_now_ms(pane->app) < files->opened_ms + 100)
		at = files->opened_ms + 100;
	if (!explorer_layers(files->explorer))
		return at;
	if (explorer_is_busy(files->explorer))
		return app_now_ms(pane->app);
	at = sooner(at, files_story_deadline(files));
	at = sooner(at, files->changed_ms);
	return sooner(at, files_play_deadline(files));
}

static void watch_open_dirs(struct files *files)
{
	const struct strata *strata = layers_strata(explorer_layers(files->explorer));
	char path[INDEX_PATH_MAX];
	size_t n;
	const struct explorer_row *rows = explorer_rows(files->explorer, &n);

	if (!files->watch || files->watched_turn == explorer_turn(files->explorer))
		return;
	if (!files->watched_turn)
		world_of(files)->watch_dir(files->watch, "");
	files->watched_turn = explorer_turn(files->explorer);
	for (size_t i = 0; i < n; i++)
		if (rows[i].open) {
			strata_path(strata, rows[i].spot, path);
			world_of(files)->watch_dir(files->watch, path);
		}
}

/* A look that was quick is taken again by itself, but not more often than now and then; otherwise
 * somebody is told that there is more. */
static void see_changes(struct files *files)
{
	int64_t now = app_now_ms(files->pane.app);

	if (files->changed_ms < 0 || now < files->changed_ms)
		return;
	if (now < files->opened_ms + CHANGED_AGAIN_MS) {
		files->changed_ms = files->opened_ms + CHANGED_AGAIN_MS;
		return;
	}
	files->changed_ms = -1;
	app_dirty(files->pane.app);
	if (files->took_ms < 200 && !files->play.on)
		open_layers(files);
	else
		files->changed = true;
}

/* A slice of what there is to work out. */
static void work(struct files *files)
{
	unsigned turn = explorer_turn(files->explorer);
	struct err err;

	if (!explorer_step(files->explorer, STEP_PATHS, &err))
		app_toast(files->pane.app, ROLE_BAD, "%s", err.text);
	if (explorer_turn(files->explorer) == turn)
		return;
	keep_selection(files);
	watch_open_dirs(files);
	app_dirty(files->pane.app);
}

/* A key's first milliseconds of work are done before it is painted; mostly that is all. */
static void work_now(struct files *files)
{
	int slices = explorer_filter(files->explorer) ? 2 : SLICES_AT_ONCE;

	for (int i = 0; i < slices && explorer_is_busy(files->explorer); i++)
		work(files);
	files->answers = explorer_is_busy(files->explorer);
}

static void files_tick(struct pane *pane)
{
	struct files *files = files_of(pane);

	if (!explorer_layers(files->explorer)) {
		app_dirty(pane->app); /* it says that it reads */
		return;
	}
	if (explorer_is_busy(files->explorer))
		work(files);
	if (files->answers && !explorer_is_busy(files->explorer)) {
		files->answers = false;
		app_answer(pane->app);
	}
	files_story_tick(files);
	files_play_tick(files);
	see_changes(files);
}

/* ---- moving ---- */

void files_set_height(struct files *files, unsigned height)
{
	explorer_set_height(files->explorer, height);
	show_top(files);
}

static bool step_layer(struct files *files, bool up, int count)
{
	unsigned by = count > 0 ? (unsigned)count : 1, height = explorer_height(files->explorer);

	if (up)
		files_set_height(files, height + by);
	else
		files_set_height(files, height > by ? height - by : 1);
	return true;
}

static bool move_why(struct files *files, enum action action, int count)
{
	struct list list = {.selected = files->why_top,
		.count = files->why_lines,
		.height = files->why_lines ? 1 : 0,
		.top = files->why_top};

	if (!list_move(&list, action, count))
		return false;
	files->why_top = list.selected;
	return true;
}

static bool move(struct files *files, enum action action, int count)
{
	size_t n;

	if (files->focus == FILES_WHY)
		return move_why(files, action, count);
	if (files->focus == FILES_LAYERS)
		return list_move(&files->layers, action, count);
	explorer_rows(files->explorer, &n);
	list_fit(&files->tree, n, files->tree.height);
	if (!list_move(&files->tree, action, count))
		return false;
	files_select(files, files->tree.selected);
	return true;
}

/* Left goes out: closes what is open, else up to the directory; right goes in. */
static bool fold(struct files *files, bool in)
{
	struct layers_row row;
	size_t n, at = files->tree.selected;
	const struct explorer_row *rows = explorer_rows(files->explorer, &n);

	if (files->focus != FILES_TREE || !files_selected(files, &row))
		return true;
	if (rows[at].open != in && row.has_children)
		explorer_toggle(files->explorer, at);
	else if (!in)
		files_select(files, explorer_parent(files->explorer, at));
	else if (rows[at].open)
		files_select(files, at + 1);
	keep_selection(files);
	return true;
}

static bool next_change(struct files *files, bool backwards)
{
	size_t at = explorer_next_change(files->explorer, files->tree.selected, backwards);

	files->focus = FILES_TREE;
	if (at == SIZE_MAX) {
		keep_selection(files);
		app_toast(files->pane.app, ROLE_INFO, "No %s change",
			backwards ? "previous" : "further");
	} else {
		files_select(files, at);
	}
	return true;
}

/* ---- one path ---- */

static void view_file(struct files *files, const struct layers_row *row)
{
	struct layers_version version = {row->spot, row->layer};
	char name[16];

	app_push(files->pane.app,
		file_new(files->pane.app, explorer_layers(files->explorer), version,
			explorer_layer_name(files->explorer, version.layer, name)));
}

static bool open_row(struct files *files)
{
	struct layers_row row;

	if (files->focus == FILES_LAYERS) {
		files_set_height(files, explorer_stack(files->explorer).to -
						explorer_stack(files->explorer).from -
						(unsigned)files->layers.selected);
		files->focus = FILES_TREE;
		return true;
	}
	if (!files_selected(files, &row))
		return true;
	if (row.has_children && explorer_filter(files->explorer)) {
		files_go_to(files, row.spot);
	} else if (row.has_children) {
		explorer_toggle(files->explorer, files->tree.selected);
		keep_selection(files);
	} else if (S_ISREG(row.entry->mode) || S_ISLNK(row.entry->mode)) {
		view_file(files, &row);
	} else {
		app_toast(files->pane.app, ROLE_INFO,
			S_ISDIR(row.entry->mode) ? "The directory is empty"
						 : "It has no content: it is no file");
	}
	return true;
}

void files_show_diff(struct files *files)
{
	struct files_story *story = &files->story;
	char title[INDEX_PATH_MAX + 40], path[INDEX_PATH_MAX], old[16], new[16];
	struct layers_diff *diff = story->diff;

	if (!diff && !*story->why_not && (story->asked || story->ask_ms >= 0)) {
		story->wanted = true;
		story->ask_ms = story->asked ? -1 : app_now_ms(files->pane.app);
		return;
	}
	if (!diff) {
		app_toast(files->pane.app, ROLE_INFO, "%s",
			*story->why_not ? story->why_not
			: story->paired ? "The content is the same in both versions"
					: "Nothing to compare: one version has content");
		return;
	}
	if (diff->binary) {
		app_toast(files->pane.app, ROLE_INFO,
			"Binary: they differ from byte %llu on, of %llu and %llu",
			(unsigned long long)diff->differs_at, (unsigned long long)diff->old_size,
			(unsigned long long)diff->new_size);
		return;
	}
	strata_path(layers_strata(explorer_layers(files->explorer)), story->spot, path);
	snprintf(title, sizeof(title), "/%s  %s to %s", path,
		explorer_layer_name(files->explorer, story->old.layer, old),
		explorer_layer_name(files->explorer, story->new.layer, new));
	app_push(files->pane.app, file_diff_new(files->pane.app, take(story->diff), title));
	/* The pane has it now; the next look asks again. */
	story->ask_ms = app_now_ms(files->pane.app);
}

/* ---- export ---- */

static void on_exported(void *arg, const struct err *err)
{
	struct files *files = arg;
	char took[FIGURE_MAX] = "";
	int64_t ms = app_now_ms(files->pane.app) - files->export_ms;

	files->exporting = NULL;
	if (ms >= 1000)
		snprintf(took, sizeof(took), " in %.1f s", (double)ms / 1000);
	if (err)
		app_toast(files->pane.app, ROLE_BAD, "Export: %s", err->text);
	else
		app_toast(files->pane.app, ROLE_OK, "Exported to %s%s", files->exported, took);
}

static void export_to(void *arg, const char *text, bool done)
{
	struct files *files = arg;
	struct world_export wish = {.who = files->who,
		.container = files->wish.container,
		.height = explorer_height(files->explorer),
		.outside = text};
	char inside[INDEX_PATH_MAX + 1] = "/";
	struct layers_row row;
	bool top = explorer_height(files->explorer) ==
		   explorer_stack(files->explorer).to - explorer_stack(files->explorer).from;

	if (!done || !*text)
		return;
	wish.alone = files->focus == FILES_LAYERS;
	if (wish.alone)
		wish.height = files_layer_at(files, files->layers.selected) + 1 -
			      explorer_stack(files->explorer).from;
	else if (files_selected(files, &row))
		strata_path(layers_strata(explorer_layers(files->explorer)), row.spot, inside + 1);
	/* Below its own writing, what a container stands on is its image. */
	if (wish.container && (!top || wish.alone)) {
		wish.container = false;
		wish.who = layers_image(explorer_layers(files->explorer));
	}
	wish.inside = inside;
	wish.tar = !wish.container && !wish.alone && str_has_suffix(text, ".tar") &&
		   !str_has_suffix(inside, ".tar");
	snprintf(files->exported, sizeof(files->exported), "%s", text);
	files->export_ms = app_now_ms(files->pane.app);
	files->exporting =
		world_of(files)->export(app_world(files->pane.app), &wish, on_exported, files);
}

static bool ask_export(struct files *files)
{
	char name[INDEX_NAME_MAX + 1] = "files";
	struct layers_row row;

	if (files->exporting) {
		app_toast(files->pane.app, ROLE_WARN, "One export is under way: ^C cancels it");
	} else if (layers_stacks(explorer_layers(files->explorer)) == 2) {
		app_toast(files->pane.app, ROLE_INFO, "Open one of the two to export from it");
	} else if (files->focus == FILES_LAYERS) {
		unsigned layer = files_layer_at(files, files->layers.selected);

		if (layers_at(explorer_layers(files->explorer), layer)->live) {
			app_toast(files->pane.app, ROLE_INFO,
				"davit commit makes a layer of what it wrote");
			return true;
		}
		snprintf(name, sizeof(name), "layer-%u.tar", layer + 1);
		app_prompt(files->pane.app, "Export the layer as: ", name, export_to, files);
	} else if (files_selected(files, &row)) {
		snprintf(name, sizeof(name), "%.*s", (int)row.name_len, row.name);
		app_prompt(files->pane.app, "Export to (a file, a directory, x.tar): ", name,
			export_to, files);
	}
	return true;
}

static bool copy_path(struct files *files)
{
	char path[INDEX_PATH_MAX + 1] = "/";
	struct layers_row row;

	if (!files_selected(files, &row))
		return false;
	strata_path(layers_strata(explorer_layers(files->explorer)), row.spot, path + 1);
	app_copy(files->pane.app, "the path", path, strlen(path));
	return true;
}

/* ---- ways to look ---- */

static bool next_mode(struct files *files)
{
	enum explorer_mode mode = explorer_mode(files->explorer);

	if (layers_stacks(explorer_layers(files->explorer)) == 2) {
		mode = mode == EXPLORER_COMPARE ? EXPLORER_MERGED : EXPLORER_COMPARE;
		explorer_set_changes_only(files->explorer, mode == EXPLORER_COMPARE);
	} else {
		mode = mode == EXPLORER_MERGED ? EXPLORER_LAYER : EXPLORER_MERGED;
	}
	explorer_set_mode(files->explorer, mode);
	return true;
}

/* From the layer at hand on: what all above it change together. */
static bool compare_from_here(struct files *files)
{
	struct strata_span stack = explorer_stack(files->explorer);
	unsigned base = explorer_height(files->explorer);

	if (layers_stacks(explorer_layers(files->explorer)) == 2)
		return true;
	if (files->focus == FILES_LAYERS)
		base = stack.to - stack.from - (unsigned)files->layers.selected;
	explorer_set_base(files->explorer, base);
	explorer_set_changes_only(files->explorer, true);
	if (base == stack.to - stack.from)
		app_toast(files->pane.app, ROLE_INFO,
			"Compared with this layer: < > move the other, v ends it");
	else
		files_set_height(files, stack.to - stack.from);
	return true;
}

static void on_filter(void *arg, const char *text, bool done)
{
	struct files *files = arg;

	(void)done;
	snprintf(files->filter, sizeof(files->filter), "%s", text);
	explorer_set_filter(files->explorer, app_filter(files->pane.app, &explorer_fields, text),
		app_real_ns(files->pane.app));
	list_select(&files->tree, 0);
	app_dirty(files->pane.app);
	work_now(files);
}

static const void *no_rows(const void *arg, size_t index)
{
	(void)arg;
	(void)index;
	return NULL;
}

static bool sort_by_next(struct files *files, bool reverse)
{
	bool reversed;
	enum explorer_sort sort = explorer_sort(files->explorer, &reversed);

	if (reverse)
		explorer_set_sort(files->explorer, sort, !reversed);
	else
		explorer_set_sort(
			files->explorer, (enum explorer_sort)((sort + 1) % EXPLORER_SORTS), false);
	return true;
}

static bool go_back(struct files *files)
{
	if (explorer_filter(files->explorer)) {
		on_filter(files, "", true);
		return true;
	}
	if (explorer_mode(files->explorer) == EXPLORER_COMPARE &&
		layers_stacks(explorer_layers(files->explorer)) == 1) {
		explorer_set_changes_only(files->explorer, false);
		explorer_set_mode(files->explorer, EXPLORER_MERGED);
		return true;
	}
	return false;
}

static bool show_users(struct files *files)
{
	char filter[24];

	if (files->is_tab)
		return false;
	snprintf(filter, sizeof(filter), "image:%.12s", files->who);
	app_show_containers(files->pane.app, filter);
	return true;
}

static bool show_waste(struct files *files)
{
	if (layers_stacks(explorer_layers(files->explorer)) == 2)
		app_toast(files->pane.app, ROLE_INFO, "Open one of the two to see its waste");
	else
		app_push(files->pane.app, files_waste_new(files));
	return true;
}

/* ---- keys ---- */

static bool act_on_layers(struct files *files, enum action action, int count)
{
	switch (action) {
	case ACTION_LAYER_UP:
	case ACTION_LAYER_DOWN:
		return step_layer(files, action == ACTION_LAYER_UP, count);
	case ACTION_MODE:
		return next_mode(files);
	case ACTION_COMPARE:
		return compare_from_here(files);
	case ACTION_PLAY:
		files_play_start(files);
		return true;
	case ACTION_WASTE:
		return show_waste(files);
	case ACTION_REFRESH:
		open_layers(files);
		return true;
	case ACTION_USERS:
		return show_users(files);
	default:
		return false;
	}
}

static bool act_on_rows(struct files *files, enum action action)
{
	static const struct filter_rows rows = {.at = no_rows};

	switch (action) {
	case ACTION_OPEN:
		return open_row(files);
	case ACTION_LEFT:
	case ACTION_RIGHT:
		return fold(files, action == ACTION_RIGHT);
	case ACTION_FOLD:
		explorer_toggle(files->explorer, files->tree.selected);
		keep_selection(files);
		return true;
	case ACTION_FOLD_ALL:
		explorer_fold_all(files->explorer);
		keep_selection(files);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		return next_change(files, action == ACTION_PREVIOUS);
	case ACTION_CHANGES:
		explorer_set_changes_only(files->explorer, !explorer_changes_only(files->explorer));
		return true;
	case ACTION_SORT:
	case ACTION_SORT_REVERSE:
		return sort_by_next(files, action == ACTION_SORT_REVERSE);
	case ACTION_FILTER:
		files->focus = FILES_TREE;
		app_prompt_filter(
			files->pane.app, &explorer_fields, files->filter, &rows, on_filter, files);
		return true;
	case ACTION_DIFF:
		files_show_diff(files);
		return true;
	case ACTION_EXPORT:
		return ask_export(files);
	case ACTION_WHY:
		files->focus = FILES_WHY;
		return true;
	case ACTION_COPY:
		return copy_path(files);
	case ACTION_BACK:
		return go_back(files);
	default:
		return false;
	}
}

static bool files_act(struct pane *pane, enum action action, int count)
{
	struct files *files = files_of(pane);

	if (action == ACTION_CANCEL && files->exporting) {
		world_of(files)->forget(app_world(pane->app), take(files->exporting));
		app_toast(pane->app, ROLE_WARN, "Canceled: %s is not complete", files->exported);
		return true;
	}
	if (!explorer_layers(files->explorer)) {
		if (action == ACTION_REFRESH)
			open_layers(files);
		return action == ACTION_REFRESH;
	}
	if (action == ACTION_PANE_NEXT || action == ACTION_PANE_PREVIOUS) {
		unsigned by = action == ACTION_PANE_NEXT ? 1 : FILES_PARTS - 1;

		files->focus = (files->focus + by) % FILES_PARTS;
		return true;
	}
	if (move(files, action, count))
		return true;
	if (!act_on_layers(files, action, count) && !act_on_rows(files, action))
		return false;
	/* What a pane over it, or another view, is about to be freed under, is left alone. */
	if (action != ACTION_USERS && action != ACTION_BACK)
		work_now(files);
	return true;
}

/* While a merge is played, any key stops it, and does nothing else. */
static bool files_key(struct pane *pane, const struct key *key)
{
	struct files *files = files_of(pane);

	(void)key;
	if (!files->play.on)
		return false;
	files_play_stop(files);
	return true;
}

static void files_pane_paint(struct pane *pane, struct canvas canvas)
{
	files_paint(files_of(pane), canvas);
}

static void files_hints(struct pane *pane, struct canvas canvas)
{
	struct files *files = files_of(pane);
	struct canvas room = canvas_sub(canvas, 0, 0, canvas.w - 8, 1);
	int x = 1;

	if (!explorer_layers(files->explorer)) {
		x = hint(pane, room, x, ACTION_REFRESH, "read again");
		hint(pane, room, x, ACTION_BACK, "back");
		return;
	}
	x = hint(pane, room, x, ACTION_PANE_NEXT, "pane");
	x = hint(pane, room, x, ACTION_OPEN, files->focus == FILES_LAYERS ? "on top" : "open");
	x = hint(pane, room, x, ACTION_LAYER_DOWN, "layer");
	x = hint(pane, room, x, ACTION_PLAY, "play");
	x = hint(pane, room, x, ACTION_NEXT, "change");
	x = hint(pane, room, x, ACTION_DIFF, "diff");
	x = hint(pane, room, x, ACTION_EXPORT, "export");
	x = hint(pane, room, x, ACTION_FILTER, "filter");
	x = hint(pane, room, x, ACTION_WASTE, "waste");
	x = hint(pane, room, x, ACTION_CHANGES, "changes only");
	x = hint(pane, room, x, ACTION_MODE, "mode");
	x = hint(pane, room, x, ACTION_SORT, "sort");
	x = hint(pane, room, x, ACTION_COMPARE, "compare from here");
	hint(pane, room, x, ACTION_BACK, "back");
	hint(pane, canvas, canvas.w - 7, ACTION_HELP, "help");
}

/* ---- making, freeing ---- */

static void files_free(struct pane *pane)
{
	struct files *files = files_of(pane);
	struct world *world = app_world(pane->app);
	const struct world_layers_ops *ops = world->ops->layers;

	files_story_fini(files);
	ops->forget(world, take(files->opening));
	ops->forget(world, take(files->wasting));
	ops->forget(world, take(files->exporting));
	ops->unwatch(take(files->watch));
	files_waste_free(files->waste);
	explorer_free(files->explorer);
	free(files);
}

static const struct pane_ops files_ops = {
	.title = "Files",
	.context = CONTEXT_FILES,
	.paint = files_pane_paint,
	.key = files_key,
	.act = files_act,
	.hints = files_hints,
	.deadline = files_deadline,
	.tick = files_tick,
	.free = files_free,
};

static struct files *files_make(struct app *app)
{
	struct files *files = calloc(1, sizeof(*files));

	if (!files)
		return NULL;
	files->explorer = explorer_new();
	if (!files->explorer) {
		free(files);
		return NULL;
	}
	files->pane = (struct pane){.ops = &files_ops, .app = app};
	files->focus = FILES_TREE;
	files->selected = files->story.spot = STRATA_NONE;
	files->story.ask_ms = files->changed_ms = -1;
	files->wish.who = files->who;
	return files;
}

struct pane *image_files_new(struct app *app, const char *id, const char *name)
{
	struct files *files = files_make(app);

	if (!files)
		return NULL;
	snprintf(files->who, sizeof(files->who), "%s", id);
	snprintf(files->name, sizeof(files->name), "%s", name);
	open_layers(files);
	return &files->pane;
}

struct pane *container_files_new(struct app *app, const char *id)
{
	struct files *files = files_make(app);

	if (!files)
		return NULL;
	snprintf(files->who, sizeof(files->who), "%s", id);
	files->is_tab = true;
	files->wish.container = true;
	open_layers(files);
	return &files->pane;
}

struct pane *compare_new(struct app *app, const struct compared *old, const struct compared *now)
{
	struct files *files = files_make(app);

	if (!files)
		return NULL;
	snprintf(files->who, sizeof(files->who), "%s", old->id);
	snprintf(files->name, sizeof(files->name), "%s", old->name);
	snprintf(files->other, sizeof(files->other), "%s", now->id);
	snprintf(files->other_name, sizeof(files->other_name), "%s", now->name);
	files->wish.container = old->container;
	files->wish.other = files->other;
	files->wish.other_container = now->container;
	open_layers(files);
	return &files->pane;
}
