/* resources_own.h - what the files of the Resources view share. */
#ifndef TUI_PANE_RESOURCES_OWN_H
#define TUI_PANE_RESOURCES_OWN_H

#include "tui/pane/pane.h"
#include "tui/resources.h"
#include "tui/widget/list.h"

struct resources_view {
	struct pane pane;
	struct resources *data;
	enum resource_tab tab;
	struct list lists[RESOURCE_TABS];
	char selected[RESOURCE_TABS][256]; /* the name of the selected row */
	char wanted[256];                  /* the row to select as soon as it is there */
	struct filter *filter;             /* of all tabs; NULL: none */
	bool by_size;
	const struct resource **shown; /* of the open tab, in order */
	size_t count;
	bool stale, weighing, outdated; /* outdated: not as it was when it was weighed */
	int64_t read_at_ms;             /* when stale names are read again */
	uint64_t weighed_ns;            /* when weights are from; 0: never */
	int64_t weighing_ms;            /* since when */
	char users_of[256];             /* whose users these are: */
	struct strs users;
};

/* Chooses and sorts the rows of the open tab, and finds the selected one again. */
void resources_arrange(struct resources_view *view, size_t height);
const struct resource *resources_selected(const struct resources_view *view);
void resources_show(struct resources_view *view, enum resource_tab tab);
void resources_paint(struct pane *pane, struct canvas canvas);

/* ---- prune.c ---- */

/* What would go, and how much that gives back; `done` when something went: whoever it tells is
 * below it, and so lives longer. */
struct pane *prune_new(struct app *app, void (*done)(void *arg), void *arg);

#endif
