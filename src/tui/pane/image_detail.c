/* image_detail.c - one image: how it came to be, and all that inspect says of it. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/pane.h"

static const struct tab {
	const char *name;
	enum action action; /* that opens it */
	struct pane *(*open)(struct app *app, const char *id);
} tabs[] = {
	{"History", ACTION_HISTORY, history_new},
	{"Inspect", ACTION_INSPECT, inspect_image_new},
};

struct image_detail {
	struct pane pane;
	char id[65], name[300];
	size_t current;
	struct pane *panes[array_len(tabs)]; /* opened when they are first looked at, and kept */
};

static struct pane *detail_inner(struct pane *pane)
{
	struct image_detail *detail = container_of(pane, struct image_detail, pane);

	return detail->panes[detail->current];
}

static bool show_tab(struct image_detail *detail, size_t which)
{
	if (!detail->panes[which])
		detail->panes[which] = tabs[which].open(detail->pane.app, detail->id);
	if (!detail->panes[which])
		return false;
	detail->current = which;
	app_dirty(detail->pane.app);
	return true;
}

static void detail_paint(struct pane *pane, struct canvas canvas)
{
	struct image_detail *detail = container_of(pane, struct image_detail, pane);
	struct pane *inner = detail_inner(pane);
	int x = canvas_text(canvas, 1, 0, ROLE_TITLE, detail->name) + 2;

	canvas_textf(canvas, x, 0, ROLE_DIM, "%.12s", detail->id);
	x = 1;
	for (size_t i = 0; i < array_len(tabs); i++)
		x = canvas_textf(canvas, x, 1,
			i == detail->current ? ROLE_FOCUS | STYLE_REVERSE : ROLE_TEXT, " %s ",
			tabs[i].name);
	canvas_right(canvas, x + 1, 1, canvas.w - x - 2, ROLE_DIM, "[ ] tabs");
	inner->ops->paint(inner, canvas_sub(canvas, 0, 2, canvas.w, canvas.h - 2));
}

static bool detail_act(struct pane *pane, enum action action, int count)
{
	struct image_detail *detail = container_of(pane, struct image_detail, pane);
	size_t n = array_len(tabs);

	(void)count;
	if (action == ACTION_TAB_NEXT || action == ACTION_RIGHT)
		return show_tab(detail, (detail->current + 1) % n);
	if (action == ACTION_TAB_PREVIOUS || action == ACTION_LEFT)
		return show_tab(detail, (detail->current + n - 1) % n);
	for (size_t i = 0; i < n; i++)
		if (tabs[i].action == action)
			return show_tab(detail, i);
	return false;
}

static bool detail_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	struct pane *inner = detail_inner(pane);

	return inner->ops->copies && inner->ops->copies(inner, nth, what, text);
}

static void detail_hints(struct pane *pane, struct canvas canvas)
{
	struct pane *inner = detail_inner(pane);

	inner->ops->hints(inner, canvas);
}

static void detail_free(struct pane *pane)
{
	struct image_detail *detail = container_of(pane, struct image_detail, pane);

	for (size_t i = 0; i < array_len(tabs); i++)
		if (detail->panes[i])
			detail->panes[i]->ops->free(detail->panes[i]);
	free(detail);
}

static const struct pane_ops detail_ops = {
	.title = "Image",
	.context = CONTEXT_DETAIL,
	.fallback = CONTEXT_IMAGES,
	.paint = detail_paint,
	.act = detail_act,
	.copies = detail_copies,
	.hints = detail_hints,
	.inner = detail_inner,
	.free = detail_free,
};

struct pane *image_detail_new(struct app *app, const char *id, const char *name, enum action tab)
{
	struct image_detail *detail = calloc(1, sizeof(*detail));

	if (!detail)
		return NULL;
	detail->pane = (struct pane){.ops = &detail_ops, .app = app};
	snprintf(detail->id, sizeof(detail->id), "%s", id);
	snprintf(detail->name, sizeof(detail->name), "%s", name);
	if (!show_tab(detail, tab == ACTION_INSPECT)) {
		free(detail);
		return NULL;
	}
	return &detail->pane;
}
