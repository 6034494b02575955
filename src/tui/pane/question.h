/* question.h - how a question over the screen looks: a box, lines that are broken where they do not
 * fit, and answers below them.
 *
 * Where there is little room what is blank goes first; what still does not fit is scrolled to. */
#ifndef TUI_PANE_QUESTION_H
#define TUI_PANE_QUESTION_H

#include "tui/pane/pane.h"
#include "util/strs.h"

struct answer {
	uint32_t code; /* the key that a click on it presses */
	const char *key, *label;
	look style;
};

struct question {
	const char *title;
	look frame;
	int width;                /* that its lines would like; answers are added to it */
	int head;                 /* rows above the lines that whoever asks paints */
	int foot;                 /* likewise below them, when there are no answers */
	const struct strs *lines; /* "": a blank one */
	const struct answer *answers;
	size_t count;
};

/* Where the parts that the caller paints have come to lie. */
struct question_parts {
	struct canvas head, foot;
};

/* *top: the first row of the lines that is in view; kept within what there is. */
struct question_parts question_paint(
	struct pane *pane, struct canvas canvas, const struct question *question, size_t *top);
/* Keys that scroll; false: it is none of them. */
bool question_key(const struct key *key, size_t *top);

/* Answers side by side, on as many rows as they take; returns how many. Rows outside of the canvas
 * are counted. */
int answers_paint(
	struct pane *pane, struct canvas canvas, const struct answer *answers, size_t count);

#endif
