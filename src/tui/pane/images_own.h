/* images_own.h - what the two halves of the images view share: its state. For images*.c only. */
#ifndef TUI_PANE_IMAGES_OWN_H
#define TUI_PANE_IMAGES_OWN_H

#include "tui/image_lines.h"
#include "tui/pane/pane.h"
#include "tui/widget/list.h"

struct images {
	struct pane pane;
	struct list list;
	char selected[65 + 280]; /* id and reference: one image may have several tags */
	struct filter *filter;   /* NULL: all of them */
	struct image_lines lines;
};

/* What is in the store may have changed: makes the lines anew and finds the selected one again. */
void images_find(struct images *view, size_t height);
/* The one under the cursor; NULL: there is none. */
const struct image_entry *images_selected(const struct images *view);
void images_paint(struct pane *pane, struct canvas canvas);

#endif
