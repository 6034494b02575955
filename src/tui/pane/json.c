/* json.c - a JSON document that folds, to search and copy from: what inspect says. */
#include <stdio.h>

#include "tui/pane/pane.h"
#include "tui/widget/jsontree.h"
#include "tui/widget/list.h"

enum { LONG = 40, INDENT = 2 };

struct tree {
	struct pane pane;
	struct jsontree *json;
	struct list list;
	char title[200], search[120], trouble[500];
	int left;
};

static const struct jsontree_line *selected(const struct tree *tree)
{
	return jsontree_at(tree->json, tree->list.selected);
}

/* ---- painting ---- */

static int paint_key(struct canvas canvas, int x, const struct jsontree_line *line)
{
	if (line->key)
		return canvas_textf(canvas, x, 0, ROLE_INFO, "%s: ", line->key);
	return line->depth ? canvas_textf(canvas, x, 0, ROLE_DIM, "%zu: ", line->index)
			   : canvas_text(canvas, x, 0, ROLE_DIM, "all of it ");
}

static int paint_folding(struct canvas canvas, int x, const struct jsontree_line *line)
{
	const char *ends = line->kind == JSON_OBJECT ? "{}" : "[]";

	if (!line->children)
		return canvas_text(canvas, x, 0, ROLE_DIM, ends);
	if (!line->folded)
		return x;
	return canvas_textf(canvas, x, 0, ROLE_DIM, "%c %zu %c", ends[0], line->children, ends[1]);
}

static void show_match(const struct tree *tree, struct canvas canvas)
{
	auto_buf row = BUF_INIT;
	const char *found;

	if (!*tree->search)
		return;
	for (int x = 0; x < canvas.w; x++) {
		const struct cell *cell = grid_at(canvas.grid, canvas.x + x, canvas.y);

		/* One byte a cell: where the match is counts in columns. */
		buf_addc(&row, cell->len == 1 ? cell->text[0] : cell->len ? '?' : ' ');
	}
	found = strcasestr(buf_text(&row), tree->search);
	for (size_t i = 0; found && i < strlen(tree->search); i++)
		grid_restyle(canvas.grid, canvas.x + (int)(found - buf_text(&row) + (long)i),
			canvas.y, ROLE_MARK | STYLE_REVERSE);
}

static void paint_line(const struct tree *tree, struct canvas canvas, size_t at)
{
	const struct jsontree_line *line = jsontree_at(tree->json, at);
	bool is_selected = at == tree->list.selected;
	struct canvas inside = canvas_sub(canvas, 2, 0, canvas.w - 2, 1);
	int x = line->depth * INDENT - tree->left;

	if (line->kind != JSON_VALUE && line->children)
		canvas_text(inside, x, 0, ROLE_DIM,
			canvas_glyph(canvas, line->folded ? GLYPH_FOLDED : GLYPH_OPEN));
	x = paint_key(inside, x + 2, line);
	if (line->kind == JSON_VALUE) {
		x = canvas_text(inside, x, 0, line->text ? ROLE_TEXT : ROLE_WARN, line->value);
		if (x >= inside.w)
			canvas_text(inside, inside.w - 1, 0, ROLE_DIM,
				canvas_glyph(canvas, GLYPH_ELLIPSIS));
	} else {
		paint_folding(inside, x, line);
	}
	canvas_text(canvas, 0, 0, ROLE_TEXT, is_selected ? ">" : " ");
	show_match(tree, canvas);
	if (is_selected) {
		canvas_bar(canvas, 0, ROLE_SELECTION);
		canvas_cursor(canvas, 0, 0, false);
	}
}

static void paint_rule(const struct tree *tree, struct canvas canvas)
{
	auto_buf path = BUF_INIT;
	char title[720];

	jsontree_path(tree->json, tree->list.selected, &path);
	snprintf(title, sizeof(title), "%s%s%.500s", tree->title, *tree->title ? ": " : "",
		buf_text(&path));
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, title);
}

static void tree_paint(struct pane *pane, struct canvas canvas)
{
	struct tree *tree = container_of(pane, struct tree, pane);
	struct canvas body = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);

	if (!tree->json) {
		canvas_cut(canvas, 2, 2, canvas.w - 3, ROLE_BAD, tree->trouble);
		return;
	}
	list_fit(&tree->list, jsontree_shown(tree->json), body.h > 0 ? (size_t)body.h : 0);
	paint_rule(tree, canvas_sub(canvas, 0, 0, canvas.w, 1));
	for (int y = 0; y < body.h; y++) {
		size_t at = tree->list.top + (size_t)y;

		struct canvas line = canvas_sub(body, 0, y, body.w, 1);

		if (at >= tree->list.count)
			break;
		app_hot_row(pane, line, at, tree->list.selected);
		paint_line(tree, line, at);
	}
}

/* ---- keys ---- */

static void find(struct tree *tree, bool upwards)
{
	size_t found;

	if (!jsontree_find(tree->json, tree->list.selected, tree->search, upwards, &found)) {
		app_toast(tree->pane.app, ROLE_WARN, "Not found: %s", tree->search);
		return;
	}
	list_fit(&tree->list, jsontree_shown(tree->json), tree->list.height);
	list_select(&tree->list, found);
}

static void on_search(void *arg, const char *typed, bool done)
{
	struct tree *tree = arg;

	snprintf(tree->search, sizeof(tree->search), "%s", typed);
	if (done && *tree->search)
		find(tree, false);
	app_dirty(tree->pane.app);
}

/* Left closes what is open, or goes to what it is in; Right opens. */
static void fold(struct tree *tree, enum action action)
{
	const struct jsontree_line *line = selected(tree);
	bool can_fold = line->children > 0;

	if (action == ACTION_LEFT && (!can_fold || line->folded))
		list_select(&tree->list, jsontree_parent(tree->json, tree->list.selected));
	else if (can_fold)
		jsontree_fold(tree->json, tree->list.selected,
			action == ACTION_LEFT || (action == ACTION_FOLD && !line->folded));
}

static void fold_all(struct tree *tree)
{
	bool any_open = false;

	for (size_t i = 1; i < jsontree_shown(tree->json); i++) {
		const struct jsontree_line *line = jsontree_at(tree->json, i);

		any_open |= line->children > 0 && !line->folded;
	}
	jsontree_fold_all(tree->json, any_open);
	list_fit(&tree->list, jsontree_shown(tree->json), tree->list.height);
}

static bool tree_act(struct pane *pane, enum action action, int count)
{
	struct tree *tree = container_of(pane, struct tree, pane);

	if (!tree->json)
		return false;
	list_fit(&tree->list, jsontree_shown(tree->json), tree->list.height);
	if (list_move(&tree->list, action, count))
		return true;
	switch (action) {
	case ACTION_LEFT:
	case ACTION_RIGHT:
	case ACTION_FOLD:
		fold(tree, action);
		return true;
	case ACTION_FOLD_ALL:
		fold_all(tree);
		return true;
	case ACTION_SEARCH:
		app_prompt(pane->app, "Search: ", "", on_search, tree);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		find(tree, action == ACTION_PREVIOUS);
		return true;
	default:
		return false;
	}
}

static void tree_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = hint(pane, room, 1, ACTION_SEARCH, "search");

	x = hint(pane, room, x, ACTION_NEXT, "next");
	x = hint(pane, room, x, ACTION_FOLD, "fold");
	hint(pane, room, x, ACTION_FOLD_ALL, "fold all");
}

static bool tree_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	static char path_text[200];
	struct tree *tree = container_of(pane, struct tree, pane);
	auto_buf path = BUF_INIT;

	if (nth || !tree->json)
		return false;
	jsontree_path(tree->json, tree->list.selected, &path);
	snprintf(path_text, sizeof(path_text), "%s", buf_text(&path));
	*what = path_text;
	jsontree_value(tree->json, tree->list.selected, text);
	return true;
}

static void tree_free(struct pane *pane)
{
	struct tree *tree = container_of(pane, struct tree, pane);

	jsontree_free(tree->json);
	free(tree);
}

static const struct pane_ops tree_ops = {
	.title = "Inspect",
	.context = CONTEXT_TREE,
	.paint = tree_paint,
	.act = tree_act,
	.copies = tree_copies,
	.hints = tree_hints,
	.free = tree_free,
};

struct pane *json_pane_new(struct app *app, const char *title, const struct buf *json)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	struct err err;

	if (!tree)
		return NULL;
	tree->pane = (struct pane){.ops = &tree_ops, .app = app};
	snprintf(tree->title, sizeof(tree->title), "%s", title ? title : "");
	if (buf_failed(json))
		snprintf(tree->trouble, sizeof(tree->trouble), "out of memory");
	else if (jsontree_new(buf_text(json), json->len, LONG, &tree->json, &err) < 0)
		snprintf(tree->trouble, sizeof(tree->trouble), "%s", err.text);
	return &tree->pane;
}
