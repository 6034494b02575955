/* explorer_own.h - the explorer's insides, for explorer*.c alone. */
#ifndef TUI_EXPLORER_OWN_H
#define TUI_EXPLORER_OWN_H

#include "tui/explorer.h"

struct shape {
	uint16_t depth;
	bool open;
	uint64_t alone;
};

struct explorer {
	struct layers *layers;
	unsigned height, base;
	enum explorer_mode mode;
	enum explorer_sort sort;
	bool reverse, changes_only;

	/* What rows are made of is not what is asked for: they are made again when sums are there.
	 */
	bool stale;
	bool weighed;
	struct strata_span shown_before, shown_after; /* of the rows */
	unsigned turn;

	uint32_t *rows; /* their spots: a filter may meet hundreds of thousands */
	size_t n_rows, rows_room;
	bool flat;            /* they are what a filter met: without */
	struct shape *shapes; /* as the rows of a tree have */
	size_t shapes_room;
	uint8_t *open; /* a bit for each spot */
	size_t open_spots;

	struct filter *filter;
	uint64_t now_ns;
	struct explorer_file file; /* that it is asked about */
	uint32_t file_dir;         /* whose path stands in file.path up to: */
	size_t file_dir_len;
	uint32_t next; /* spot that the filter looks at next; STRATA_NONE: it saw all */
};

bool explorer_is_open(const struct explorer *explorer, uint32_t spot);
void explorer_set_open(struct explorer *explorer, uint32_t spot, bool open);
/* Makes the rows of the tree; false: out of memory, err says so. */
bool explorer_make_rows(struct explorer *explorer, struct err *err);
bool explorer_add_row(struct explorer *explorer, uint32_t spot);
/* Room that many more rows once had is given back. */
void explorer_trim(struct explorer *explorer);
void explorer_sort_found(struct explorer *explorer);
/* A few more of what the filter meets. */
bool explorer_filter_step(struct explorer *explorer, uint32_t budget, struct err *err);

#endif
