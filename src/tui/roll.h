/* roll.h - containers as they stand in the list: by project under a header that folds, what is sick
 * in a group of its own at the top, and below each sick one what its last probe answered.
 *
 * Without a project there are no headers. Lines are made anew when the model's version or a fold
 * changes; a note is no place for the cursor. */
#ifndef TUI_ROLL_H
#define TUI_ROLL_H

#include "tui/model.h"
#include "util/strs.h"

enum roll_kind { ROLL_ROW, ROLL_GROUP, ROLL_NOTE };

struct roll_group {
	char name[80];     /* "" for those of no project */
	bool sick, folded; /* sick: the one at the top */
	struct row *const *rows;
	size_t count;
};

struct roll_line {
	enum roll_kind kind;
	struct row *row;                /* of a row, and of a note whose it is */
	const struct roll_group *group; /* of a header; of others the one they are in, or NULL */
};

struct roll {
	struct roll_line *lines;
	struct roll_group *groups;
	struct row **rows;
	size_t len, group_count, row_count;
	struct strs folds; /* names of what is folded */
	bool flat;         /* no groups are wanted */
	unsigned version;  /* of the model that they were made of, */
	bool made;         /* and of the folds */
};

void roll_fini(struct roll *roll);
/* Makes the lines that `model` asks for; of what there is no memory for, there are none. */
void roll_make(struct roll *roll, const struct model *model);
void roll_fold(struct roll *roll, const char *group, bool folded);
void roll_fold_all(struct roll *roll, bool folded);
void roll_set_flat(struct roll *roll, bool flat);
/* The line of a container, or of a group's header; false: it has none. */
bool roll_find_row(const struct roll *roll, const char *id, size_t *at);
bool roll_find_group(const struct roll *roll, const char *name, size_t *at);

#endif
