/* peek.h - the last lines of the selected container's log, below the list.
 *
 * A log is opened when the cursor has rested a moment: racing down a list opens none. */
#ifndef TUI_PANE_PEEK_H
#define TUI_PANE_PEEK_H

#include "tui/model.h"
#include "tui/widget/logview.h"

struct peek {
	char id[65], wanted[65]; /* whose log is open, and whose is to be; "": nobody's */
	struct logview *view;
	bool shown;    /* the layout has room for it */
	int64_t at_ms; /* when to open; -1: never */
};

void peek_init(struct peek *peek);
void peek_fini(struct peek *peek);
/* The cursor came to a container. */
void peek_at(struct peek *peek, const char *id, int64_t now_ms);
int64_t peek_deadline(const struct peek *peek); /* for peek_open; -1: never */
void peek_open(struct peek *peek, struct world *world, int64_t now_ms);
bool peek_shows(const struct peek *peek, const struct world_log *log);
/* Lines on stderr have a sign before them. row: whose log it shows,
 * until the cursor has rested the one before; NULL: nobody is selected. */
void peek_paint(struct peek *peek, struct canvas canvas, const struct row *row, uint64_t now_ns);

#endif
