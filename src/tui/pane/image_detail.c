/* image_detail.c - one image: how it came to be, and all that inspect says of it. */
#include <stdio.h>

#include "tui/pane/tabs.h"

static const struct tab tabs[] = {
	{"History", ACTION_HISTORY, history_new},
	{"Pull", ACTION_LAUNCH, pull_new},
	{"Inspect", ACTION_INSPECT, inspect_image_new},
};

struct image_detail {
	struct tabs tabs;
	char name[300];
};

static struct image_detail *detail_of(struct pane *pane)
{
	return container_of(pane, struct image_detail, tabs.pane);
}

static void detail_paint(struct pane *pane, struct canvas canvas)
{
	struct image_detail *detail = detail_of(pane);
	int x = canvas_text(canvas, 1, 0, ROLE_TITLE, detail->name) + 2;

	canvas_textf(canvas, x, 0, ROLE_DIM, "%.12s", detail->tabs.id);
	tabs_paint(&detail->tabs, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
}

static bool detail_act(struct pane *pane, enum action action, int count)
{
	(void)count;
	return tabs_act(&detail_of(pane)->tabs, action);
}

static bool detail_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	struct image_detail *detail = detail_of(pane);

	if (tabs_copies(&detail->tabs, &nth, what, text))
		return true;
	if (nth > 1)
		return false;
	*what = nth == 0 ? "the name" : "the id";
	buf_adds(text, nth == 0 ? detail->name : detail->tabs.id);
	return true;
}

static void detail_free(struct pane *pane)
{
	struct image_detail *detail = detail_of(pane);

	tabs_fini(&detail->tabs);
	free(detail);
}

static const struct pane_ops detail_ops = {
	TABS_OPS,
	.title = "Image",
	.fallback = CONTEXT_IMAGES,
	.paint = detail_paint,
	.act = detail_act,
	.copies = detail_copies,
	.free = detail_free,
};

struct pane *image_detail_new(struct app *app, const char *id, const char *name, enum action tab)
{
	struct image_detail *detail = calloc(1, sizeof(*detail));

	if (!detail)
		return NULL;
	snprintf(detail->name, sizeof(detail->name), "%s", name);
	if (!tabs_init(&detail->tabs, &detail_ops, app, tabs, array_len(tabs), id, tab)) {
		free(detail);
		return NULL;
	}
	return &detail->tabs.pane;
}
