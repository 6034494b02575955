/* lesson_own.h - one lesson being taken: shared by lesson*.c.
 *
 *     opening → says, until something is asked of the learner → ready, asking, trying
 *             → running, away → … → over
 */
#ifndef TUI_PANE_LESSON_OWN_H
#define TUI_PANE_LESSON_OWN_H

#include "tui/pane/corner_figure.h"
#include "tui/pane/lesson.h"
#include "tui/widget/script.h"

enum taking_state { OPENING, READY, ASKING, TRYING, RUNNING, AWAY, OVER, BROKEN };

/* What a running command is for. */
enum errand_kind { SHOWN, TRIED, CHECKED, VIEWED, REDONE };

struct taking {
	struct pane pane;
	struct lesson *lesson;
	size_t at;     /* the item whose turn it is */
	size_t redo;   /* REDONE: everything before this item is done again */
	size_t redone; /* and this one is */
	void *corner;
	const struct strs *env;         /* lent by the corner */
	enum taking_state state, after; /* after: RUNNING or AWAY is over */
	enum errand_kind kind;
	struct world_errand *command;
	struct buf output; /* of the command */
	struct script text, view;
	char show[200]; /* what the view shows */
	struct corner_figure figure;
	bool in_shell; /* AWAY, and not in the item's command */
	bool wide;     /* there was room for the view */
	bool inlines;  /* what is run for the view goes below the text, too: there is no room */
	bool peeks;    /* the view is seen instead of the text */
	size_t marks[LESSON_MAX_ITEMS]; /* paragraphs there were when an item's turn came */
};

static inline const struct lesson_item *taking_item(const struct taking *taking)
{
	return &taking->lesson->items[taking->at];
}

/* ---- lesson_story.c: what is said, up to where the learner is needed ---- */

void taking_go_on(struct taking *taking);
/* Text of a teacher, whose lines are one paragraph, with something before it. */
void taking_tell(
	struct taking *taking, look style, int indent, const char *before, const char *text);
void taking_answer(struct taking *taking, size_t choice);
void taking_skip(struct taking *taking);
/* To the step before, or to the beginning of this one. */
void taking_back(struct taking *taking, bool same);
void taking_open_corner(struct taking *taking);
void taking_close_corner(struct taking *taking);

/* ---- lesson_run.c: commands, and what comes of them ---- */

void taking_run(struct taking *taking, enum errand_kind kind, const char *command);
/* The view, as it is now. */
void taking_show(struct taking *taking);
/* Whatever comes before the step that one went back to, unseen. */
void taking_redo(struct taking *taking);

/* ---- lesson_away.c: commands that have the whole terminal ---- */

/* The present item's. */
void taking_lend(struct taking *taking);
/* A shell in the corner, for whatever the learner likes. */
void taking_shell(struct taking *taking);
void taking_came_back(struct taking *taking);

#endif
