/* images_own.h - what the two halves of the images view share: its state. For images*.c only. */
#ifndef TUI_PANE_IMAGES_OWN_H
#define TUI_PANE_IMAGES_OWN_H

#include "tui/image_lines.h"
#include "tui/pane/pane.h"
#include "tui/row_fields.h"
#include "tui/widget/list.h"
#include "util/strs.h"

enum { IMAGE_KEY_SIZE = 65 + 280 };

struct images {
	struct pane pane;
	struct list list;
	char selected[IMAGE_KEY_SIZE]; /* id and reference: one image may have several tags */
	struct strs marks;             /* of the same, sorted */
	struct filter *filter;         /* NULL: all of them */
	struct image_lines lines;
	struct image_row asked; /* lent to a filter that is being typed */
};

/* What is in the store may have changed: makes the lines anew and finds the selected one again. */
void images_find(struct images *view, size_t height);
/* The one under the cursor; NULL: there is none. */
const struct image_entry *images_selected(const struct images *view);
/* "ID REFERENCE", in `key`. */
const char *images_key(const struct image_entry *row, char key[IMAGE_KEY_SIZE]);

/* ---- images_marks.c ---- */

bool images_is_marked(const struct images *view, const struct image_entry *row);
void images_mark(struct images *view, const struct image_entry *row); /* or unmarks it */
void images_mark_all(struct images *view); /* that are shown; all marked: none */
void images_unmark(struct images *view);
/* How many there are; they are put into `out`, unless that is NULL. */
size_t images_marked(const struct images *view, const struct image_entry **out);

/* ---- images_remove.c ---- */

/* Of the marked ones, or else of this one. */
void images_ask_to_remove(struct images *view, const struct image_entry *row);

void images_paint(struct pane *pane, struct canvas canvas);

#endif
