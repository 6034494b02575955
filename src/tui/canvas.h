/* canvas.h - a rectangle of the grid with an origin of its own; nothing drawn leaves it.
 *
 * A canvas is two numbers and a pointer: made on the stack, passed by value, owning nothing. */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include "tui/grid.h"

struct canvas {
	struct grid *grid;
	int x, y, w, h; /* w and h are never negative */
};

/* Lines and signs with a form for UTF-8 and one for ASCII. */
enum glyph {
	GLYPH_HLINE,
	GLYPH_VLINE,
	GLYPH_TOP_LEFT,
	GLYPH_TOP_RIGHT,
	GLYPH_BOTTOM_LEFT,
	GLYPH_BOTTOM_RIGHT,
	GLYPH_TEE_DOWN,
	GLYPH_TEE_UP,
	GLYPH_RUNNING,
	GLYPH_BUSY,
	GLYPH_PAUSED,
	GLYPH_EXITED,
	GLYPH_FAILED,
	GLYPH_OOM,
	GLYPH_CREATED,
	GLYPH_STALE,
	GLYPH_ELLIPSIS,
	GLYPH_DOT,
	GLYPH_ARROW,
	GLYPH_BAR_FULL,
	GLYPH_BAR_EMPTY,
	GLYPH_HLINE_FOCUS,
	GLYPH_OPEN,
	GLYPH_FOLDED,
	GLYPH_COUNT
};

struct canvas canvas_all(struct grid *grid);
/* The part of `canvas` at x, y, cut to it. */
struct canvas canvas_sub(struct canvas canvas, int x, int y, int w, int h);
const char *canvas_glyph(struct canvas canvas, enum glyph glyph);

/* All return the column after the last one drawn. Glyphs are cut at the canvas's edge. */
int canvas_text(struct canvas canvas, int x, int y, look style, const char *text);
int canvas_textn(struct canvas canvas, int x, int y, look style, const char *text, size_t len);
int canvas_textf(struct canvas canvas, int x, int y, look style, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* In `w` columns: cut in the middle with an ellipsis, because both ends of a name tell. */
void canvas_name(struct canvas canvas, int x, int y, int w, look style, const char *text);
/* In `w` columns: cut at the end with an ellipsis. */
void canvas_cut(struct canvas canvas, int x, int y, int w, look style, const char *text);
/* From row y on, broken at blanks; "" is one row. Returns how many it takes, in view or not. */
int canvas_wrap(struct canvas canvas, int y, look style, const char *text);
/* In `w` columns, flush right; too long: cut at the end. */
void canvas_right(struct canvas canvas, int x, int y, int w, look style, const char *text);

void canvas_clear(struct canvas canvas, look style);
void canvas_hline(struct canvas canvas, int x, int y, int w, look style);
void canvas_vline(struct canvas canvas, int x, int y, int h, look style);
/* A rule across the canvas's row y with a title in it: "── title ─────". */
void canvas_rule(struct canvas canvas, int y, look line, look title, const char *text);
void canvas_box(struct canvas canvas, look line, look title, const char *text);
/* One look for a whole row, keeping what it says. */
void canvas_bar(struct canvas canvas, int y, look style);
/* The same as far as it says something: on a wide screen what follows is many bytes. */
void canvas_text_bar(struct canvas canvas, int y, look style);
/* `done` of `full` as a bar of w columns. */
void canvas_meter(struct canvas canvas, int x, int y, int w, look style, double part);
void canvas_cursor(struct canvas canvas, int x, int y, bool visible);

#endif
