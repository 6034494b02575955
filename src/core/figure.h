/* figure.h - a drawing of boxes that say what is really there. Pure: knows no store, no kernel and
 * no screen.
 *
 * A figure is a tree of boxes. How those in one lie is its flow; a link is the arrow to a box from
 * the one before it. Texts are printable whatever they were made of, in UTF-8 of one column a
 * letter. figure_draw makes cells of it, for whatever width there is: the command line prints them,
 * the screen paints them, and both know which box a cell belongs to. */
#ifndef CORE_FIGURE_H
#define CORE_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"

struct cJSON;

enum figure_kind {
	FIGURE_ENGINE,   /* the engine's parts */
	FIGURE_IMAGE,    /* what one image is made of */
	FIGURE_LAYERS,   /* its layers, and who shares them */
	FIGURE_FILES,    /* one path in all of them */
	FIGURE_MERGED,   /* a directory of a container, and where each name comes from */
	FIGURE_INDEX,    /* one name, many architectures */
	FIGURE_MACHINES, /* containers against virtual machines */
	FIGURE_KINDS
};
const char *figure_name(enum figure_kind kind);  /* "engine", … */
const char *figure_about(enum figure_kind kind); /* "the parts of the engine" */
enum figure_kind figure_find(const char *name);  /* FIGURE_KINDS: none is called so */

enum figure_flow {
	FIGURE_DOWN,   /* one below the other */
	FIGURE_ACROSS, /* side by side, as many as there is room for */
	FIGURE_SLABS,  /* one upon the other without frames of their own: a stack */
};
enum figure_tone {
	FIGURE_PLAIN,
	FIGURE_CHOSEN, /* the one that counts */
	FIGURE_FAINT,  /* there, but of no effect here */
	FIGURE_GONE,   /* hidden, deleted, missing */
};

/* "" where there is nothing to say; links and children are for the drawing. */
struct figure_box {
	int parent; /* an earlier box; -1: none */
	enum figure_flow flow;
	enum figure_tone tone;
	bool line;           /* title, text and value in one line, without a frame */
	const char *title;   /* "davit-shim" */
	const char *value;   /* beside it: "1.2 MB" */
	const char *text;    /* below it, wrapped; lines end with '\n' */
	const char *link;    /* the arrow from the box before: "starts"; "-": one without a word */
	const char *words;   /* what that is, in a sentence or two */
	const char *proof;   /* "/proc/812/smaps_rollup" */
	const char *command; /* of ordinary tools; shows the same */
};

struct figure;

struct figure *figure_new(enum figure_kind kind); /* NULL: out of memory */
void figure_free(struct figure *figure);
own_define(figure)

/* ---- making one ---- */

enum { FIGURE_BOXES_MAX = 1000 };
void figure_title(struct figure *figure, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void figure_caption(struct figure *figure, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Adds a box; fmt is its title. Beyond FIGURE_BOXES_MAX and without memory it is remembered
 * (figure_failed), and the setters go nowhere. Returns its number. */
int figure_box(struct figure *figure, int parent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* All of the box added last. */
void figure_value(struct figure *figure, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void figure_text(struct figure *figure, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void figure_link(struct figure *figure, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void figure_words(struct figure *figure, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void figure_proof(struct figure *figure, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void figure_command(struct figure *figure, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void figure_flow(struct figure *figure, enum figure_flow flow);
void figure_tone(struct figure *figure, enum figure_tone tone);
void figure_line(struct figure *figure);
bool figure_failed(const struct figure *figure);

/* ---- reading it ---- */

enum figure_kind figure_kind(const struct figure *figure);
const char *figure_title_of(const struct figure *figure);
const char *figure_caption_of(const struct figure *figure);
/* Lent for the figure's life. */
const struct figure_box *figure_boxes(const struct figure *figure, size_t *count);
/* Whether they would look the same, and prove the same. */
bool figure_same(const struct figure *a, const struct figure *b);

/* The caller deletes it. */
struct cJSON *figure_to_json(const struct figure *figure);
/* Of what figure_to_json wrote; -EINVAL when it is something else. The caller owns *out. */
int figure_from_json(const char *text, size_t len, struct figure **out, struct err *err);

/* ---- drawing ---- */

enum figure_look {
	FIGURE_LOOK_BLANK,
	FIGURE_LOOK_FRAME,
	FIGURE_LOOK_TITLE,
	FIGURE_LOOK_VALUE,
	FIGURE_LOOK_TEXT,
	FIGURE_LOOK_LINK,
};
struct figure_cell {
	uint32_t glyph; /* ' ' where nothing is */
	uint16_t look;
	int16_t box; /* whose it is; -1: nobody's */
};
/* By value. Row y begins at cells + y * w. */
struct figure_drawing {
	struct figure_cell *cells; /* free() */
	unsigned w, h;
};
enum { FIGURE_WIDTH_MIN = 24, FIGURE_WIDTH_MAX = 400 };
/* ascii: of ASCII alone. -ENOMEM. */
int figure_draw(const struct figure *figure, unsigned width, bool ascii, struct figure_drawing *out,
	struct err *err);
/* The rows a box covers; false: it was not drawn. */
bool figure_rows_of(const struct figure_drawing *drawing, int box, unsigned *first, unsigned *last);
/* Appends a cell as UTF-8. */
void figure_put(const struct figure_cell *cell, struct buf *out);

/* "4.1 MB", as docker writes sizes. */
enum { FIGURE_SIZE_TEXT = 16 };
const char *figure_size(char text[FIGURE_SIZE_TEXT], uint64_t bytes);

#endif
