/* files_rows.c - the rows of the tree and those of the layers: which one is selected, and what keys
 * do to it. */
#include <stdio.h>

#include "tui/pane/files.h"

/* ---- what is selected ---- */

bool files_selected(const struct files *files, struct layers_row *row)
{
	const struct explorer *explorer = files->explorer;
	size_t at = files->tree.selected;

	return explorer_layers(explorer) && at < explorer_count(explorer) &&
	       explorer_row(explorer, explorer_at(explorer, at), row);
}

void files_select(struct files *files, size_t index)
{
	size_t n = explorer_count(files->explorer);

	if (index >= n)
		return;
	list_fit(&files->tree, n, files->tree.height);
	list_select(&files->tree, index);
	files->selected = explorer_at(files->explorer, index).spot;
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

/* Where the list had to be scrolled up to a row, the directories that it is in come into view, too,
 * as far as they fit. */
static void show_parents(struct files *files)
{
	size_t at = files->tree.selected, before = at,
	       parent = explorer_parent(files->explorer, before);

	if (files->tree.top != at)
		return;
	while (parent < before && at - parent < files->tree.height) {
		files->tree.top = before = parent;
		parent = explorer_parent(files->explorer, before);
	}
}

/* Rows have moved: the same path is selected, or the row that took its place. */
void files_keep_selection(struct files *files)
{
	size_t n = explorer_count(files->explorer);
	size_t at = explorer_find(files->explorer, files->selected);

	list_fit(&files->tree, n, files->tree.height);
	if (at != SIZE_MAX) {
		list_select(&files->tree, at);
		show_parents(files);
	}
	if (files->tree.selected < n)
		files->selected = explorer_at(files->explorer, files->tree.selected).spot;
}

void files_show_top(struct files *files)
{
	struct strata_span stack = explorer_stack(files->explorer);

	list_fit(&files->layers, stack.to - stack.from, files->layers.height);
	list_select(&files->layers, stack.to - stack.from - explorer_height(files->explorer));
}

void files_set_height(struct files *files, unsigned height)
{
	explorer_set_height(files->explorer, height);
	files_show_top(files);
}

/* ---- moving ---- */

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
	if (files->focus == FILES_WHY)
		return move_why(files, action, count);
	if (files->focus == FILES_LAYERS)
		return list_move(&files->layers, action, count);
	list_fit(&files->tree, explorer_count(files->explorer), files->tree.height);
	if (!list_move(&files->tree, action, count))
		return false;
	files_select(files, files->tree.selected);
	return true;
}

/* Left goes out: closes what is open, else up to the directory; right goes in. */
static bool fold(struct files *files, bool in)
{
	struct layers_row row;
	size_t at = files->tree.selected;
	bool open;

	if (files->focus != FILES_TREE || !files_selected(files, &row))
		return true;
	open = explorer_at(files->explorer, at).open;
	if (open != in && row.has_children)
		explorer_toggle(files->explorer, at);
	else if (!in)
		files_select(files, explorer_parent(files->explorer, at));
	else if (open)
		files_select(files, at + 1);
	files_keep_selection(files);
	return true;
}

static bool next_change(struct files *files, bool backwards)
{
	size_t at = explorer_next_change(files->explorer, files->tree.selected, backwards);

	files->focus = FILES_TREE;
	if (at == SIZE_MAX) {
		files_keep_selection(files);
		app_toast(files->pane.app, ROLE_INFO, "No %s change",
			backwards ? "previous" : "further");
	} else {
		files_select(files, at);
	}
	return true;
}

/* ---- one of them ---- */

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
		files_keep_selection(files);
	} else if (S_ISREG(row.entry->mode) || S_ISLNK(row.entry->mode)) {
		view_file(files, &row);
	} else {
		app_toast(files->pane.app, ROLE_INFO,
			S_ISDIR(row.entry->mode) ? "The directory is empty"
						 : "It has no content: it is no file");
	}
	return true;
}

bool files_rows_act(struct files *files, enum action action, int count)
{
	if (move(files, action, count))
		return true;
	switch (action) {
	case ACTION_OPEN:
		return open_row(files);
	case ACTION_LEFT:
	case ACTION_RIGHT:
		return fold(files, action == ACTION_RIGHT);
	case ACTION_FOLD:
		explorer_toggle(files->explorer, files->tree.selected);
		files_keep_selection(files);
		return true;
	case ACTION_FOLD_ALL:
		explorer_fold_all(files->explorer);
		files_keep_selection(files);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		return next_change(files, action == ACTION_PREVIOUS);
	default:
		return false;
	}
}
