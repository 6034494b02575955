/* canvas.c - see canvas.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui/canvas.h"

static const char *const glyphs[GLYPH_COUNT][2] = {
	[GLYPH_HLINE] = {"─", "-"},
	[GLYPH_VLINE] = {"│", "|"},
	[GLYPH_TOP_LEFT] = {"╭", "+"},
	[GLYPH_TOP_RIGHT] = {"╮", "+"},
	[GLYPH_BOTTOM_LEFT] = {"╰", "+"},
	[GLYPH_BOTTOM_RIGHT] = {"╯", "+"},
	[GLYPH_TEE_DOWN] = {"┬", "+"},
	[GLYPH_TEE_UP] = {"┴", "+"},
	[GLYPH_RUNNING] = {"●", "R"},
	[GLYPH_BUSY] = {"↻", "~"},
	[GLYPH_PAUSED] = {"‖", "P"},
	[GLYPH_EXITED] = {"○", "o"},
	[GLYPH_FAILED] = {"✗", "X"},
	[GLYPH_OOM] = {"!", "!"},
	[GLYPH_CREATED] = {"·", "c"},
	[GLYPH_STALE] = {"?", "?"},
	[GLYPH_ELLIPSIS] = {"…", "~"},
	[GLYPH_DOT] = {"·", "-"},
	[GLYPH_ARROW] = {"→", ">"},
	[GLYPH_BAR_FULL] = {"▪", "#"},
	[GLYPH_BAR_EMPTY] = {"·", "."},
	[GLYPH_HLINE_FOCUS] = {"═", "="},
	[GLYPH_OPEN] = {"▾", "v"},
	[GLYPH_FOLDED] = {"▸", ">"},
};

struct canvas canvas_all(struct grid *grid)
{
	return (struct canvas){grid, 0, 0, grid_width(grid), grid_height(grid)};
}

struct canvas canvas_sub(struct canvas canvas, int x, int y, int w, int h)
{
	struct canvas sub = {canvas.grid, canvas.x + x, canvas.y + y, w, h};

	if (x < 0) {
		sub.x = canvas.x;
		sub.w += x;
	}
	if (y < 0) {
		sub.y = canvas.y;
		sub.h += y;
	}
	if (sub.x + sub.w > canvas.x + canvas.w)
		sub.w = canvas.x + canvas.w - sub.x;
	if (sub.y + sub.h > canvas.y + canvas.h)
		sub.h = canvas.y + canvas.h - sub.y;
	sub.w = sub.w < 0 ? 0 : sub.w;
	sub.h = sub.h < 0 ? 0 : sub.h;
	return sub;
}

const char *canvas_glyph(struct canvas canvas, enum glyph glyph)
{
	return glyphs[glyph][grid_is_ascii(canvas.grid)];
}

int canvas_textn(struct canvas canvas, int x, int y, look style, const char *text, size_t len)
{
	struct text_glyph glyph;
	size_t at = 0;

	if (y < 0 || y >= canvas.h)
		return x;
	while (at < len && x < canvas.w) {
		at += text_next(text + at, len - at, &glyph);
		if (x + glyph.width > canvas.w)
			break;
		if (x >= 0)
			grid_put(canvas.grid, canvas.x + x, canvas.y + y, style, &glyph);
		x += glyph.width;
	}
	return x;
}

int canvas_text(struct canvas canvas, int x, int y, look style, const char *text)
{
	return canvas_textn(canvas, x, y, style, text, strlen(text));
}

int canvas_textf(struct canvas canvas, int x, int y, look style, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return canvas_text(canvas, x, y, style, text);
}

void canvas_cut(struct canvas canvas, int x, int y, int w, look style, const char *text)
{
	size_t len = strlen(text);

	if (w <= 0)
		return;
	if (text_width(text) <= w) {
		canvas_textn(canvas, x, y, style, text, len);
		return;
	}
	x = canvas_textn(canvas, x, y, style, text, text_fit(text, len, w - 1));
	canvas_text(canvas, x, y, style, canvas_glyph(canvas, GLYPH_ELLIPSIS));
}

int canvas_wrap(struct canvas canvas, int y, look style, const char *text)
{
	int rows = 0;

	do {
		size_t len = text_line(text, canvas.w);

		canvas_textn(canvas, 0, y + rows++, style, text, len);
		text += len;
		text += strspn(text, " \n");
	} while (*text && canvas.w > 0);
	return rows;
}

/* Skips glyphs until what is left is at most `columns` wide. */
static const char *tail_of(const char *text, int columns)
{
	struct text_glyph glyph;

	while (*text && text_width(text) > columns)
		text += text_next(text, strlen(text), &glyph);
	return text;
}

void canvas_name(struct canvas canvas, int x, int y, int w, look style, const char *text)
{
	int head = (w - 1) - (w - 1) / 2;

	if (w < 5 || text_width(text) <= w) {
		canvas_cut(canvas, x, y, w, style, text);
		return;
	}
	x = canvas_textn(canvas, x, y, style, text, text_fit(text, strlen(text), head));
	x = canvas_text(canvas, x, y, style, canvas_glyph(canvas, GLYPH_ELLIPSIS));
	canvas_text(canvas, x, y, style, tail_of(text, (w - 1) / 2));
}

void canvas_right(struct canvas canvas, int x, int y, int w, look style, const char *text)
{
	int width = text_width(text);

	canvas_cut(canvas, x + (width < w ? w - width : 0), y, w, style, text);
}

void canvas_clear(struct canvas canvas, look style)
{
	static const struct text_glyph space = {.bytes = " ", .len = 1, .width = 1};

	for (int y = 0; y < canvas.h; y++)
		for (int x = 0; x < canvas.w; x++)
			grid_put(canvas.grid, canvas.x + x, canvas.y + y, style, &space);
}

void canvas_hline(struct canvas canvas, int x, int y, int w, look style)
{
	for (int i = 0; i < w; i++)
		canvas_text(canvas, x + i, y, style, canvas_glyph(canvas, GLYPH_HLINE));
}

void canvas_vline(struct canvas canvas, int x, int y, int h, look style)
{
	for (int i = 0; i < h; i++)
		canvas_text(canvas, x, y + i, style, canvas_glyph(canvas, GLYPH_VLINE));
}

void canvas_rule(struct canvas canvas, int y, look line, look title, const char *text)
{
	canvas_hline(canvas, 0, y, canvas.w, line);
	if (!*text || canvas.w < 8)
		return;
	canvas_text(canvas, 1, y, title, " ");
	canvas_cut(canvas, 2, y, canvas.w - 4, title, text);
	if (2 + text_width(text) < canvas.w - 2)
		canvas_text(canvas, 2 + text_width(text), y, title, " ");
}

void canvas_box(struct canvas canvas, look line, look title, const char *text)
{
	int right = canvas.w - 1, bottom = canvas.h - 1;

	canvas_rule(canvas, 0, line, title, text);
	canvas_hline(canvas, 0, bottom, canvas.w, line);
	canvas_vline(canvas, 0, 1, canvas.h - 2, line);
	canvas_vline(canvas, right, 1, canvas.h - 2, line);
	canvas_text(canvas, 0, 0, line, canvas_glyph(canvas, GLYPH_TOP_LEFT));
	canvas_text(canvas, right, 0, line, canvas_glyph(canvas, GLYPH_TOP_RIGHT));
	canvas_text(canvas, 0, bottom, line, canvas_glyph(canvas, GLYPH_BOTTOM_LEFT));
	canvas_text(canvas, right, bottom, line, canvas_glyph(canvas, GLYPH_BOTTOM_RIGHT));
}

void canvas_bar(struct canvas canvas, int y, look style)
{
	if (y < 0 || y >= canvas.h)
		return;
	for (int x = 0; x < canvas.w; x++)
		grid_restyle(canvas.grid, canvas.x + x, canvas.y + y, style);
}

void canvas_text_bar(struct canvas canvas, int y, look style)
{
	int end = canvas.w;

	if (y < 0 || y >= canvas.h)
		return;
	while (end > 0) {
		const struct cell *cell = grid_at(canvas.grid, canvas.x + end - 1, canvas.y + y);

		if (cell->width != 1 || cell->text[0] != ' ')
			break;
		end--;
	}
	canvas_bar(canvas_sub(canvas, 0, 0, end + 1, canvas.h), y, style);
}

void canvas_meter(struct canvas canvas, int x, int y, int w, look style, double part)
{
	int full = (int)((part < 0 ? 0 : part > 1 ? 1 : part) * w + 0.5);

	for (int i = 0; i < w; i++)
		canvas_text(canvas, x + i, y, i < full ? style : ROLE_DIM,
			canvas_glyph(canvas, i < full ? GLYPH_BAR_FULL : GLYPH_BAR_EMPTY));
}

void canvas_cursor(struct canvas canvas, int x, int y, bool visible)
{
	grid_set_cursor(canvas.grid, canvas.x + x, canvas.y + y, visible);
}
