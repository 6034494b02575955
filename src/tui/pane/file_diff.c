/* file_diff.c - two versions of a file, line by line. */
#include <stdio.h>

#include "tui/pane/files.h"

struct file_diff {
	struct pane pane;
	char title[INDEX_PATH_MAX + 40];
	struct layers_diff *diff;
	size_t top, height;
	int left;
};

static struct file_diff *view_of(struct pane *pane)
{
	return container_of(pane, struct file_diff, pane);
}

static size_t last_top(const struct file_diff *view)
{
	return view->diff->count > view->height ? view->diff->count - view->height : 0;
}

static void paint_line(const struct file_diff *view, struct canvas line, size_t i)
{
	static const enum role roles[] = {ROLE_INFO, ROLE_TEXT, ROLE_BAD, ROLE_OK};
	const struct layers_diff_line *one = &view->diff->lines[i];
	const char *text = buf_text(&view->diff->text) + one->text;
	char shown[FILE_LINE_MAX + FILE_TAB];
	struct canvas body = canvas_sub(line, 13, 0, line.w - 13, 1);

	if (one->kind == LINEDIFF_HUNK) {
		canvas_textf(line, 1, 0, ROLE_INFO, "@@ %.*s @@", (int)one->len, text);
		return;
	}
	if (one->old_line)
		canvas_textf(line, 0, 0, ROLE_DIM, "%5u", one->old_line);
	if (one->new_line)
		canvas_textf(line, 6, 0, ROLE_DIM, "%5u", one->new_line);
	canvas_text(line, 12, 0, roles[one->kind],
		one->kind == LINEDIFF_ADDED     ? "+"
		: one->kind == LINEDIFF_REMOVED ? "-"
						: " ");
	if (canvas_textn(body, -view->left, 0, roles[one->kind], shown,
		    file_expand(text, one->len, shown)) < body.w &&
		one->cut)
		canvas_text(body, body.w - 14, 0, ROLE_DIM, "no newline");
}

static void diff_paint(struct pane *pane, struct canvas canvas)
{
	struct file_diff *view = view_of(pane);
	struct canvas body = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);
	char title[INDEX_PATH_MAX + 120];

	snprintf(title, sizeof(title), "%s  +%u -%u%s", view->title, view->diff->sum.added,
		view->diff->sum.removed,
		view->diff->sum.rough ? "  (too different to be told line by line)" : "");
	files_rule(canvas, true, title);
	view->height = body.h > 0 ? (size_t)body.h : 0;
	if (view->top > last_top(view))
		view->top = last_top(view);
	if (!view->diff->count)
		canvas_text(body, 2, 1, ROLE_DIM, "Their content is the same.");
	for (int y = 0; y < body.h && view->top + (size_t)y < view->diff->count; y++)
		paint_line(view, canvas_sub(body, 0, y, body.w, 1), view->top + (size_t)y);
}

static bool next_hunk(struct file_diff *view, bool backwards)
{
	for (size_t i = view->top; backwards ? i-- > 0 : ++i < view->diff->count;)
		if (view->diff->lines[i].kind == LINEDIFF_HUNK) {
			view->top = i < last_top(view) ? i : last_top(view);
			return true;
		}
	app_toast(view->pane.app, ROLE_INFO, "No %s hunk", backwards ? "previous" : "further");
	return true;
}

static bool diff_act(struct pane *pane, enum action action, int count)
{
	struct file_diff *view = view_of(pane);
	struct list list = {.selected = view->top, .top = view->top, .count = last_top(view) + 1};

	list.height = view->height ? view->height : 1;
	if (list_move(&list, action, count)) {
		view->top = list.selected;
		return true;
	}
	if (action == ACTION_LEFT)
		view->left = view->left > 10 ? view->left - 10 : 0;
	else if (action == ACTION_RIGHT)
		view->left += view->left < 1000 ? 10 : 0;
	else if (action == ACTION_NEXT || action == ACTION_PREVIOUS)
		return next_hunk(view, action == ACTION_PREVIOUS);
	else
		return false;
	return true;
}

static void diff_hints(struct pane *pane, struct canvas canvas)
{
	int x = hint(pane, canvas, 1, ACTION_NEXT, "next hunk");

	x = hint(pane, canvas, x, ACTION_PREVIOUS, "previous");
	x = hint(pane, canvas, x, ACTION_RIGHT, "sideways");
	hint(pane, canvas, x, ACTION_BACK, "back");
}

static void diff_free(struct pane *pane)
{
	struct file_diff *view = view_of(pane);

	layers_diff_free(view->diff);
	free(view);
}

static const struct pane_ops diff_ops = {
	.title = "Diff",
	.context = CONTEXT_DIFF,
	.paint = diff_paint,
	.act = diff_act,
	.hints = diff_hints,
	.free = diff_free,
};

struct pane *file_diff_new(struct app *app, struct layers_diff *diff, const char *title)
{
	struct file_diff *view = calloc(1, sizeof(*view));

	if (!view) {
		layers_diff_free(diff);
		return NULL;
	}
	view->pane = (struct pane){.ops = &diff_ops, .app = app};
	view->diff = diff;
	snprintf(view->title, sizeof(view->title), "%s", title);
	return &view->pane;
}
