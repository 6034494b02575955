/* outview.c - see outview.h. */
#include <string.h>
#include <strings.h>

#include "tui/widget/outview.h"

enum { SIDE_STEP = 20, SIDE_MAX = 4000 };

void outview_init(struct outview *view)
{
	view->follow = true;
	view->wrap = false;
	view->top = view->height = view->lines = 0;
	view->left = 0;
	view->search[0] = '\0';
}

static size_t count_lines(const char *text, size_t len)
{
	size_t lines = 0;

	for (const char *at = text, *end = text + len; at < end; lines++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : end;
	}
	return lines;
}

/* The bytes of line n; beyond the last one nothing. */
static const char *line_at(const char *text, size_t len, size_t n, size_t *line_len)
{
	const char *at = text, *end = text + len, *stop;

	while (n-- > 0 && at < end) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : end;
	}
	stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	*line_len = (size_t)((stop ? stop : end) - at);
	return at;
}

static size_t last_top(const struct outview *view)
{
	return view->lines > view->height ? view->lines - view->height : 0;
}

static look marked(const struct outview *view, size_t at)
{
	const struct ansi_line *line = &view->line;
	look style = line->styles[at];
	size_t len = strlen(view->search);

	for (size_t from = at >= len ? at - len + 1 : 0; len && from <= at; from++)
		if (from + len <= line->len &&
			strncasecmp(line->text + from, view->search, len) == 0)
			return ROLE_MARK | STYLE_REVERSE;
	return style;
}

/* Where the row that begins at `at` ends: after a blank, unless that leaves half of it empty. */
static size_t row_end(const struct ansi_line *line, size_t at, int width)
{
	size_t blank = 0;
	int x = 0;

	while (at < line->len) {
		struct text_glyph glyph;
		size_t used = text_next(line->text + at, line->len - at, &glyph);

		if (x + glyph.width > width)
			return blank ? blank : at;
		x += glyph.width;
		if (line->text[at] == ' ' && x * 2 >= width)
			blank = at + used;
		at += used;
	}
	return at;
}

static void paint_row(
	const struct outview *view, struct canvas canvas, int x, int y, size_t at, size_t end)
{
	const struct ansi_line *line = &view->line;

	while (at < end) {
		struct text_glyph glyph;
		size_t used = text_next(line->text + at, line->len - at, &glyph);

		if (x + glyph.width > canvas.w) {
			canvas_text(canvas, canvas.w - 1, y, ROLE_DIM,
				canvas_glyph(canvas, GLYPH_ELLIPSIS));
			return;
		}
		canvas_textn(canvas, x, y, marked(view, at), line->text + at, used);
		x += glyph.width;
		at += used;
	}
}

static bool wraps(const struct outview *view, int width)
{
	return view->wrap && width >= 2;
}

/* Returns the row after the line's last. */
static int paint_line(const struct outview *view, struct canvas canvas, int y)
{
	size_t at = 0, end;

	if (!wraps(view, canvas.w)) {
		paint_row(view, canvas, view->wrap ? 0 : -view->left, y, 0, view->line.len);
		return y + 1;
	}
	do {
		end = row_end(&view->line, at, canvas.w);
		paint_row(view, canvas, 0, y++, at, end);
		at = end;
	} while (at < view->line.len && y < canvas.h);
	return y;
}

/* As many as it is painted on. */
static int rows_of(struct outview *view, const char *text, size_t len, int width)
{
	int rows = 0;
	size_t at = 0;

	if (!wraps(view, width))
		return 1;
	ansi_read(text, len, ROLE_TEXT, &view->line);
	do {
		at = row_end(&view->line, at, width);
		rows++;
	} while (at < view->line.len);
	return rows;
}

/* The first line in view when the last is at the bottom. */
static size_t top_at_end(struct outview *view, const char *text, size_t len, int width)
{
	size_t top = view->lines, line_len;
	int rows = 0;

	while (top > 0) {
		const char *line = line_at(text, len, top - 1, &line_len);

		rows += rows_of(view, line, line_len, width);
		if (rows > (int)view->height)
			break;
		top--;
	}
	return top < view->lines || !top ? top : top - 1;
}

void outview_paint(struct outview *view, struct canvas canvas, const char *text, size_t len)
{
	size_t line_len;
	const char *at;
	int y = 0;

	if (canvas.h < 1 || canvas.w < 1)
		return;
	view->height = (size_t)canvas.h;
	view->lines = count_lines(text, len);
	if (view->top > last_top(view))
		view->top = last_top(view);
	if (view->follow)
		view->top = view->wrap ? top_at_end(view, text, len, canvas.w) : last_top(view);
	at = line_at(text, len, view->top, &line_len);
	for (size_t n = view->top; y < canvas.h && n < view->lines; n++) {
		ansi_read(at, line_len, ROLE_TEXT, &view->line);
		y = paint_line(view, canvas, y);
		at = line_at(at + line_len, len - (size_t)(at + line_len - text), 1, &line_len);
	}
}

static void scroll(struct outview *view, long lines)
{
	long to = (long)view->top + lines;

	view->top = to < 0 ? 0 : (size_t)to;
	view->follow = lines > 0 && view->top >= last_top(view);
	if (view->top > last_top(view))
		view->top = last_top(view);
}

bool outview_act(struct outview *view, enum action action, int count)
{
	long page = view->height > 1 ? (long)view->height : 1, times = count > 0 ? count : 1;

	switch (action) {
	case ACTION_DOWN:
	case ACTION_UP:
		scroll(view, action == ACTION_DOWN ? times : -times);
		return true;
	case ACTION_HALF_DOWN:
	case ACTION_HALF_UP:
		scroll(view, (action == ACTION_HALF_DOWN ? times : -times) * (page + 1) / 2);
		return true;
	case ACTION_PAGE_DOWN:
	case ACTION_PAGE_UP:
		scroll(view, (action == ACTION_PAGE_DOWN ? times : -times) * page);
		return true;
	case ACTION_FIRST:
		view->top = 0;
		view->follow = false;
		return true;
	case ACTION_LAST:
		view->follow = true;
		return true;
	case ACTION_LEFT:
		view->left = view->left > SIDE_STEP ? view->left - SIDE_STEP : 0;
		return true;
	case ACTION_RIGHT:
		view->left += view->wrap || view->left > SIDE_MAX ? 0 : SIDE_STEP;
		return true;
	case ACTION_FOLLOW:
		view->follow = !view->follow;
		return true;
	case ACTION_WRAP:
		view->wrap = !view->wrap;
		view->left = 0;
		return true;
	default:
		return false;
	}
}

static bool contains(const char *line, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	for (size_t at = 0; at + word_len <= len; at++)
		if (strncasecmp(line + at, word, word_len) == 0)
			return true;
	return false;
}

bool outview_search(struct outview *view, const char *text, size_t len, bool upwards)
{
	size_t n = count_lines(text, len);

	for (size_t i = 1; *view->search && i <= n; i++) {
		size_t at = upwards ? (view->top + n - i % n) % n : (view->top + i) % n, line_len;
		const char *line = line_at(text, len, at, &line_len);

		if (!contains(line, line_len, view->search))
			continue;
		view->top = at;
		view->follow = false;
		return true;
	}
	return false;
}
