/* files_look.c - ways to look: up to which layer, at which of them, at which files, in what order.
 */
#include <stdio.h>

#include "tui/pane/files.h"

/* ---- layers ---- */

static bool step_layer(struct files *files, bool up, int count)
{
	unsigned by = count > 0 ? (unsigned)count : 1, height = explorer_height(files->explorer);

	if (up)
		files_set_height(files, height + by);
	else
		files_set_height(files, height > by ? height - by : 1);
	return true;
}

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

/* ---- files ---- */

static void on_filter(void *arg, const char *text, bool done)
{
	struct files *files = arg;

	(void)done;
	snprintf(files->filter, sizeof(files->filter), "%s", text);
	explorer_set_filter(files->explorer, app_filter(files->pane.app, &explorer_fields, text),
		app_real_ns(files->pane.app));
	list_select(&files->tree, 0);
	app_dirty(files->pane.app);
	files_work_now(files);
}

static const void *no_rows(const void *arg, size_t index)
{
	(void)arg;
	(void)index;
	return NULL;
}

static void ask_filter(struct files *files)
{
	static const struct filter_rows rows = {.at = no_rows};

	files->focus = FILES_TREE;
	app_prompt_filter(
		files->pane.app, &explorer_fields, files->filter, &rows, on_filter, files);
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

bool files_look_act(struct files *files, enum action action, int count)
{
	switch (action) {
	case ACTION_LAYER_UP:
	case ACTION_LAYER_DOWN:
		return step_layer(files, action == ACTION_LAYER_UP, count);
	case ACTION_MODE:
		return next_mode(files);
	case ACTION_COMPARE:
		return compare_from_here(files);
	case ACTION_CHANGES:
		explorer_set_changes_only(files->explorer, !explorer_changes_only(files->explorer));
		return true;
	case ACTION_SORT:
	case ACTION_SORT_REVERSE:
		return sort_by_next(files, action == ACTION_SORT_REVERSE);
	case ACTION_FILTER:
		ask_filter(files);
		return true;
	case ACTION_BACK:
		return go_back(files);
	default:
		return false;
	}
}
