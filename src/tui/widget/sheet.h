/* sheet.h - a form: a few labelled fields to fill in, and the command line that they stand for.
 *
 *       Image   shop/api:1.9
 *       Name    api-2▏                    what is typed; a value from before is shown behind it
 *       Restart < unless-stopped >        a choice: Space, Left, Right
 *     [x] Detach                          a toggle: Space
 *
 * The form knows its fields alone. What they mean is the caller's: a check gives a field's mistake,
 * a command the words of the line. Text fields hold one line; where several values are meant they
 * are words apart, quoted as in a shell (sheet_words). */
#ifndef TUI_WIDGET_SHEET_H
#define TUI_WIDGET_SHEET_H

#include "tui/widget/prompt.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/strs.h"

enum sheet_kind { SHEET_TEXT, SHEET_CHOICE, SHEET_TOGGLE };

struct sheet;

struct sheet_field {
	enum sheet_kind kind;
	const char *label;          /* sentence case, at most 16 columns */
	const char *help;           /* one line, shown while the field is the one being filled in */
	const char *const *choices; /* of a choice; ends with NULL */
};

/* All strings and the fields are lent for the form's life. */
struct sheet_shape {
	const struct sheet_field *fields;
	size_t count;
	/* Appends the mistake in a field, a sentence without a full stop; nothing: it is good.
	 * NULL: every value is. */
	void (*check)(void *arg, const struct sheet *sheet, size_t field, struct buf *mistake);
	/* Adds the words of the command line, "davit" first. NULL: it stands for none. */
	void (*command)(void *arg, const struct sheet *sheet, struct strs *words);
	/* Appends the nth value that a text field might get and that begins with what is typed;
	 * false: there are no more. NULL: nothing is offered. */
	bool (*offer)(
		void *arg, const struct sheet *sheet, size_t field, size_t nth, struct buf *value);
};

/* NULL when out of memory. */
struct sheet *sheet_new(const struct sheet_shape *shape, void *arg);
void sheet_free(struct sheet *sheet);
own_define(sheet)

/* A text; the choice's word; "yes" or "" of a toggle. Setting a choice that there is not: the first
 * one. */
const char *sheet_get(const struct sheet *sheet, size_t field);
void sheet_set(struct sheet *sheet, size_t field, const char *value);
bool sheet_is_on(const struct sheet *sheet, size_t field); /* not empty */
size_t sheet_at(const struct sheet *sheet);                /* the field being filled in */
void sheet_go(struct sheet *sheet, size_t field);

/* Keys of lines, Tab, S-Tab, Up, Down, Space, Left, Right; ^N and ^P turn over what is offered,
 * Right at the end of a line takes it. False: not for a form. */
bool sheet_key(struct sheet *sheet, const struct key *key);
/* Checks every field; the first bad one is gone to and its mistake shown until something is typed.
 */
bool sheet_check(struct sheet *sheet);
/* Shows a sentence in the place of a mistake. */
void sheet_complain(struct sheet *sheet, const char *sentence);

/* Rows that sheet_paint wants of a canvas `width` columns wide. */
int sheet_height(const struct sheet *sheet, int width);
void sheet_paint(struct sheet *sheet, struct canvas canvas);
/* The command line as one would type it; "" when there is none. */
void sheet_command(const struct sheet *sheet, struct buf *line);

/* Words apart by blanks; '…', "…" and backslashes as in a shell, nothing is expanded. -EINVAL: a
 * quote is not closed. */
int sheet_words(const char *text, struct strs *words);
/* Appends a word as a shell would have to be given it. */
void sheet_quote(struct buf *line, const char *word);

#endif
