/* table.h - containers as rows: which columns there is room for, and how they are written.
 *
 * A name is never hidden: of the other columns those of less weight go first. */
#ifndef TUI_PANE_TABLE_H
#define TUI_PANE_TABLE_H

#include "tui/canvas.h"
#include "tui/choices.h"
#include "tui/model.h"

struct columns {
	int name;
	int width[COLUMN_COUNT]; /* 0: not shown */
	enum cpu_unit unit;
};

/* How wide the widest of each is, among those in the list. */
struct widest {
	int name, ports, image, network, project, command;
	bool limited, restarted; /* any of them is, was */
};

struct moment {
	int64_t ms;       /* of the steady clock */
	uint64_t real_ns; /* CLOCK_REALTIME */
};

const char *column_name(enum column column); /* "memory", for menus */
struct choices table_choices(void);          /* what is shown when nobody chose */
void table_widen(struct widest *widest, const struct row *row);
struct columns table_columns(const struct widest *widest, const struct choices *choices, int width);
/* The column that `model` is sorted by stands out. */
/* What a column of the screen sorts by; SORT_COUNT: nothing. */
enum sort table_sort_at(const struct columns *c, int x);
void table_headings(struct canvas canvas, const struct columns *c, const struct model *model);
void table_row(struct canvas canvas, const struct row *row, bool selected, const struct columns *c,
	const struct moment *now);
/* In the unit; -1: there is no such figure. */
double table_cpu(const struct row *row, enum cpu_unit unit);

#endif
