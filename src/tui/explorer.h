/* explorer.h - opened layers, being looked at: up to which layer, which rows, what narrows them.
 *
 * Three ways to look: the tree as it shows up to the top layer, marked by what that layer did; the
 * top layer alone, whiteouts and all; and what differs between two heights, or between two images.
 * Rows are a tree, of which directories are opened and closed, or a flat list of what a filter
 * meets. Work is done in slices: explorer_step while explorer_is_busy. Paints nothing. */
#ifndef TUI_EXPLORER_H
#define TUI_EXPLORER_H

#include "core/engine.h"
#include "tui/filter.h"

enum explorer_mode { EXPLORER_MERGED, EXPLORER_LAYER, EXPLORER_COMPARE };
enum explorer_sort { EXPLORER_BY_SIZE, EXPLORER_BY_NAME, EXPLORER_BY_LAYER, EXPLORER_SORTS };

struct explorer;

struct explorer *explorer_new(void);
void explorer_free(struct explorer *explorer);
own_define(explorer)

/* Takes over the layers; those before are closed, and what was open, selected and on top is found
 * again by its path. */
void explorer_take(struct explorer *explorer, struct layers *layers);
struct layers *explorer_layers(const struct explorer *explorer); /* NULL: none yet */

/* ---- what is looked at ---- */

/* The stack whose top moves: the second of two that are compared. */
struct strata_span explorer_stack(const struct explorer *explorer);
/* The layers that count: the top one is after.to - 1. */
struct strata_span explorer_after(const struct explorer *explorer);
struct strata_span explorer_before(const struct explorer *explorer);
/* height: how many layers of the stack count; kept within it. */
void explorer_set_height(struct explorer *explorer, unsigned height);
unsigned explorer_height(const struct explorer *explorer);
enum explorer_mode explorer_mode(const struct explorer *explorer);
void explorer_set_mode(struct explorer *explorer, enum explorer_mode mode);
/* The height that others are compared with, from here on. */
void explorer_set_base(struct explorer *explorer, unsigned height);
void explorer_set_sort(struct explorer *explorer, enum explorer_sort sort, bool reverse);
enum explorer_sort explorer_sort(const struct explorer *explorer, bool *reverse);
const char *explorer_sort_name(enum explorer_sort sort);
/* Only what changed, and the directories it is in. */
void explorer_set_changes_only(struct explorer *explorer, bool only);
bool explorer_changes_only(const struct explorer *explorer);
/* Taken over; NULL: the tree again. */
void explorer_set_filter(struct explorer *explorer, struct filter *filter, uint64_t now_ns);
const struct filter *explorer_filter(const struct explorer *explorer);
/* "L6", "RW"; of two that are compared "A2", "B3". */
const char *explorer_layer_name(const struct explorer *explorer, unsigned layer, char out[16]);

/* ---- work ---- */

bool explorer_is_busy(const struct explorer *explorer);
/* About `budget` paths of it; false: it failed, and err says why. */
bool explorer_step(struct explorer *explorer, uint32_t budget, struct err *err);
/* Sums are of what is shown now. */
bool explorer_is_weighed(const struct explorer *explorer);
/* Counts up whenever rows are others than before. */
unsigned explorer_turn(const struct explorer *explorer);

/* ---- rows ---- */

struct explorer_row {
	uint32_t spot;
	uint16_t depth;
	bool open;
	uint64_t alone; /* of a layer alone: all that it has here and below */
};
size_t explorer_count(const struct explorer *explorer);
/* index: below explorer_count. */
struct explorer_row explorer_at(const struct explorer *explorer, size_t index);
/* What a row says; false: nothing any more. */
bool explorer_row(const struct explorer *explorer, struct explorer_row row, struct layers_row *out);
/* + ~ m - o ! = ^ */
char explorer_mark(const struct explorer *explorer, const struct layers_row *row);
/* "added", "content", … */
const char *explorer_mark_word(char mark);
bool explorer_is_change(const struct layers_row *row);
/* Bytes of the versions of a path that do not show. */
uint64_t explorer_hidden(const struct explorer *explorer, uint32_t spot);

/* Opens or closes a directory; false: there is nothing to open. */
bool explorer_toggle(struct explorer *explorer, size_t index);
/* Where the directory that the row is in stands; index itself when it is in none. */
size_t explorer_parent(const struct explorer *explorer, size_t index);
void explorer_fold_all(struct explorer *explorer);
/* Opens directories that something changed in, until about `most` rows are shown. */
void explorer_open_changes(struct explorer *explorer, size_t most);
/* The next (or previous) row that changed, opening directories on the way; SIZE_MAX: none. */
size_t explorer_next_change(struct explorer *explorer, size_t from, bool backwards);
/* The row of a path, opening what it is in; SIZE_MAX: it does not show. Ends a filter. */
size_t explorer_show(struct explorer *explorer, uint32_t spot);
/* The row of a spot as things stand, or SIZE_MAX. */
size_t explorer_find(const struct explorer *explorer, uint32_t spot);

/* For tui/filter.h: of struct explorer_file. */
struct explorer_file {
	const struct explorer *explorer;
	uint32_t spot;
	enum { FILE_UNKNOWN, FILE_SHOWN, FILE_HIDDEN_HERE } known;
	struct layers_row row; /* once it is asked for: most names are told by their path */
	char path[INDEX_PATH_MAX + 2];
	char text[40];
};
extern const struct filter_set explorer_fields;

#endif
