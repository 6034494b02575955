/* lesson.h - a lesson as a teacher wrote it (docs/lessons.md). Pure: reads a text, does nothing.
 *
 * One key a line, a colon, the rest; lines that begin with blanks go on with the one before. Steps
 * are in order, and so is what happens in each. */
#ifndef CORE_LESSON_H
#define CORE_LESSON_H

#include <stdbool.h>
#include <stddef.h>

#include "core/figure.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

enum lesson_kind {
	LESSON_STEP,     /* text: its heading; needs */
	LESSON_SAY,      /* text: paragraphs, separated by "\n" */
	LESSON_ASK,      /* text: a question; choices; text2: why the right one is right */
	LESSON_RUN,      /* text: a shell command; expect, code */
	LESSON_TERMINAL, /* the same with a terminal of its own, which the learner types into;
			    keys: what a learner types */
	LESSON_PROVE,    /* as run; shown as the proof of what was said */
	LESSON_SHOW, /* text: what is to be seen beside it: "containers", "hood web mounts", … */
	LESSON_TRY,  /* text: a task; text2: a hint; check, solution: commands */
};

enum { LESSON_ANY_CODE = -1 };

/* Whose davit it is about: root's, or an ordinary user's own (docs/rootless.md). */
enum lesson_only { LESSON_FOR_ALL, LESSON_FOR_ROOT, LESSON_FOR_ROOTLESS };

struct lesson_item {
	enum lesson_kind kind;
	int line;
	char *text, *text2; /* "" where there is none */
	struct strs choices;
	size_t right;       /* index into choices */
	struct strs expect; /* each is in the output: a text, or "/expression/" (POSIX extended) */
	int code;           /* the exit code it must have; LESSON_ANY_CODE */
	struct strs needs;  /* as struct lesson's, for this step alone */
	enum lesson_only only;
	char *keys; /* "sh\n^P^Q"; NULL */
	char *check, *solution;
};

struct lesson {
	char *name; /* of its file, without the ending */
	char *title, *about, *next;
	unsigned minutes;
	struct strs read;  /* pages of the manual that say more */
	struct strs needs; /* what a machine must have for it: lesson_lacks */
	struct lesson_item *items;
	size_t count;
};

enum { LESSON_MAX_BYTES = 1 << 20, LESSON_MAX_ITEMS = 1000 };

/* -EINVAL: the sentence begins with "line N:". The caller frees *out. */
int lesson_parse(
	const char *name, const char *text, size_t len, struct lesson **out, struct err *err);
void lesson_free(struct lesson *lesson);
/* Leaves out what is not about the davit that it is taken with. */
void lesson_fit(struct lesson *lesson, bool rootless);
void lesson_fit_here(struct lesson *lesson);
own_define(lesson)

/* Whether what a command printed is what was expected; else the index of the first that is
 * not there goes to *missing. Spaces at line ends do not matter. */
bool lesson_met(const struct lesson_item *item, const char *output, size_t *missing);
/* The command that does an item again with nobody there, as a learner would have: of a terminal what
 * is typed there, of a task its solution. False: there is nothing to do. */
bool lesson_redo_command(const struct lesson_item *item, struct buf *out);
/* Steps there are, and which one an item belongs to, counting from 1. */
size_t lesson_steps(const struct lesson *lesson);
size_t lesson_step_of(const struct lesson *lesson, size_t item);

/* Where the step after the one of an item begins; its count: that was the last. */
size_t lesson_step_after(const struct lesson *lesson, size_t item);

/* What of the needed is not here, in words; NULL: all is. Each is "root", "uplink" (a way to other
 * machines), "limits" (control groups that this davit may set) or the name of a program. */
enum { LESSON_LACK_SIZE = 120 };
const char *lesson_lacks(const struct strs *needs, char words[LESSON_LACK_SIZE]);

/* The command that shows what "show:" names: "containers", "images", "logs NAME",
 * "hood NAME [PART]", "figure KIND [OBJECT]", …: docs/lessons.md. */
void lesson_view_command(const char *show, struct buf *out);
/* "The log of web" */
void lesson_view_title(const char *show, struct buf *out);
/* Lines of columns, which are cut and not wrapped where there is no room. */
bool lesson_view_is_table(const char *show);
/* Lines whose last column is a sentence. */
bool lesson_view_has_sentences(const char *show);
/* Whether "show:" names a figure, which and of what: "layers davit/demo"; kind FIGURE_KINDS: none
 * is called so. object: "" or what follows, lent from show. */
bool lesson_figure(const char *show, enum figure_kind *kind, const char **object);

/* ---- those that davit brings ---- */

size_t lesson_shipped_count(void);
enum { LESSON_NAME_SIZE = 64 };
/* In the order to be taken; the text is lent for ever. */
void lesson_shipped_name(size_t i, char name[LESSON_NAME_SIZE]);
const char *lesson_shipped_text(size_t i, size_t *len);
/* Its tape (core/engine_tape.h), lent for ever; NULL: there is none. */
const char *lesson_shipped_tape(const char *name, size_t *len);
/* The caller frees *out. */
int lesson_shipped_parse(size_t i, struct lesson **out, struct err *err);
/* By name, by its number, or by what follows the number in it; false: there is none. */
bool lesson_shipped_find(const char *who, size_t *i);

#endif
