/* script.h - paragraphs one below the other, wrapped to the width there is when they are painted;
 * the end is followed until one scrolls up, but what is new never goes by: where it is longer than
 * the view, its beginning stays until one moves. */
#ifndef TUI_WIDGET_SCRIPT_H
#define TUI_WIDGET_SCRIPT_H

#include "tui/canvas.h"
#include "tui/keymap.h"

struct paragraph;

/* By value; zeroed is empty. */
struct script {
	struct paragraph *list;
	size_t count, room;
	size_t up;                /* lines scrolled up from the end */
	size_t page;              /* lines that were in view */
	size_t fresh;             /* what is new begins with this paragraph; count: nothing is */
	int fresh_from, fresh_to; /* rows of it that were in view */
	bool stays;               /* with the beginning of what is new, should it be long */
	bool failed;              /* out of memory: something is missing */
};

void script_fini(struct script *script);
/* indent: columns before each of its lines. Empty text is an empty line. Follows the end again. */
void script_add(struct script *script, look style, int indent, const char *text);
void script_addf(struct script *script, look style, int indent, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Output as it comes, line by line, without what a terminal would act on. */
void script_output(struct script *script, look style, int indent, const char *bytes, size_t len);
/* The same of a table: a line that is too long is cut, and only the first `most` are taken. False:
 * there are more. */
bool script_table(
	struct script *script, look style, int indent, const char *text, size_t len, size_t most);
/* All from here on is new, and is begun with. */
void script_mark_fresh(struct script *script);
/* Forgets all from the nth paragraph on. */
void script_cut(struct script *script, size_t count);
/* Scrolls by an action of CONTEXT_MOVE; false when it is none. */
bool script_move(struct script *script, enum action action, int count);
void script_paint(struct script *script, struct canvas canvas);

#endif
