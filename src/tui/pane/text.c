/* text.c - a text to scroll and search in, such as what inspect says. */
#include <ctype.h>
#include <stdio.h>

#include "tui/pane/pane.h"
#include "util/strs.h"

struct text {
	struct pane pane;
	char title[200], search[120];
	struct strs lines;
	size_t top, height;
	int left;
};

static void text_free(struct pane *pane)
{
	struct text *text = container_of(pane, struct text, pane);

	strs_fini(&text->lines);
	free(text);
}

static size_t last_top(const struct text *text)
{
	return text->lines.len > text->height ? text->lines.len - text->height : 0;
}

/* JSON at a glance: keys bold, values as they are. */
static void paint_line(const struct text *text, struct canvas canvas, const char *line)
{
	const char *key = line + strspn(line, " ");
	const char *colon = *key == '"' ? strstr(key, "\":") : NULL;
	const char *found = *text->search ? strcasestr(line, text->search) : NULL;
	int x = 1 - text->left, end;

	if (colon) {
		x = canvas_textn(canvas, x, 0, ROLE_TEXT, line, (size_t)(key - line));
		x = canvas_textn(canvas, x, 0, ROLE_INFO, key, (size_t)(colon + 1 - key));
		end = x + text_width(colon + 1);
		canvas_text(canvas, x, 0, ROLE_TEXT, colon + 1);
	} else {
		end = x + text_width(line);
		canvas_text(canvas, x, 0, ROLE_TEXT, line);
	}
	if (end > canvas.w)
		canvas_text(
			canvas, canvas.w - 1, 0, ROLE_DIM, canvas_glyph(canvas, GLYPH_ELLIPSIS));
	if (found) {
		char before[1024];

		snprintf(before, sizeof(before), "%.*s", (int)(found - line), line);
		canvas_textn(canvas, 1 - text->left + text_width(before), 0,
			ROLE_MARK | STYLE_REVERSE, found, strlen(text->search));
	}
}

static void text_paint(struct pane *pane, struct canvas canvas)
{
	struct text *text = container_of(pane, struct text, pane);
	struct canvas body = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);
	char title[300];

	text->height = body.h > 0 ? (size_t)body.h : 0;
	if (text->top > last_top(text))
		text->top = last_top(text);
	snprintf(title, sizeof(title), "%s%s%zu-%zu of %zu", text->title, *text->title ? ": " : "",
		text->top + 1,
		text->top + text->height > text->lines.len ? text->lines.len
							   : text->top + text->height,
		text->lines.len);
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, title);
	for (int y = 0; y < body.h && text->top + (size_t)y < text->lines.len; y++)
		paint_line(text, canvas_sub(body, 0, y, body.w, 1),
			text->lines.v[text->top + (size_t)y]);
}

static void scroll(struct text *text, long lines)
{
	long to = (long)text->top + lines;

	text->top = to < 0 ? 0 : (size_t)to;
	if (text->top > last_top(text))
		text->top = last_top(text);
}

/* From the line after the top (or before it) on, round the end. */
static void find(struct text *text, bool upwards)
{
	size_t n = text->lines.len;

	for (size_t i = 1; *text->search && i <= n; i++) {
		size_t at = upwards ? (text->top + n - i % n) % n : (text->top + i) % n;

		if (strcasestr(text->lines.v[at], text->search)) {
			text->top = at;
			scroll(text, 0);
			return;
		}
	}
	app_toast(text->pane.app, ROLE_WARN, "Not found: %s", text->search);
}

static void on_search(void *arg, const char *typed, bool done)
{
	struct text *text = arg;

	snprintf(text->search, sizeof(text->search), "%s", typed);
	if (done && *text->search)
		find(text, false);
	app_dirty(text->pane.app);
}

static bool text_act(struct pane *pane, enum action action, int count)
{
	struct text *text = container_of(pane, struct text, pane);
	long page = text->height > 1 ? (long)text->height : 1, times = count > 0 ? count : 1;

	switch (action) {
	case ACTION_DOWN:
	case ACTION_UP:
		scroll(text, action == ACTION_DOWN ? times : -times);
		return true;
	case ACTION_HALF_DOWN:
	case ACTION_HALF_UP:
		scroll(text, (action == ACTION_HALF_DOWN ? times : -times) * (page + 1) / 2);
		return true;
	case ACTION_PAGE_DOWN:
	case ACTION_PAGE_UP:
		scroll(text, (action == ACTION_PAGE_DOWN ? times : -times) * page);
		return true;
	case ACTION_FIRST:
	case ACTION_LAST:
		text->top = action == ACTION_FIRST ? 0 : last_top(text);
		return true;
	case ACTION_LEFT:
		text->left = text->left > 10 ? text->left - 10 : 0;
		return true;
	case ACTION_RIGHT:
		text->left += text->left < 1000 ? 10 : 0;
		return true;
	case ACTION_SEARCH:
		app_prompt(pane->app, "Search: ", "", on_search, text);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		find(text, action == ACTION_PREVIOUS);
		return true;
	default:
		return false;
	}
}

static void text_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = hint(pane, room, 1, ACTION_SEARCH, "search");

	x = hint(pane, room, x, ACTION_NEXT, "next");
	x = hint(pane, room, x, ACTION_PREVIOUS, "previous");
	hint(pane, room, x, ACTION_RIGHT, "sideways");
}

static const struct pane_ops text_ops = {
	.title = "Inspect",
	.context = CONTEXT_TEXT,
	.paint = text_paint,
	.act = text_act,
	.hints = text_hints,
	.free = text_free,
};

static void split(struct text *text, const struct buf *from)
{
	const char *at = buf_text(from), *end = at + from->len;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);

		strs_give(&text->lines, strndup(at, len));
		at += len + 1;
	}
}

struct pane *text_new(struct app *app, const char *title, struct buf *from)
{
	struct text *text = calloc(1, sizeof(*text));

	if (!text)
		return NULL;
	text->pane = (struct pane){.ops = &text_ops, .app = app};
	snprintf(text->title, sizeof(text->title), "%s", title ? title : "");
	split(text, from);
	if (strs_failed(&text->lines) || buf_failed(from)) {
		text_free(&text->pane);
		return NULL;
	}
	return &text->pane;
}

void text_go(struct pane *pane, size_t line)
{
	/* How many lines fit is known with the first painting, which puts it right. */
	container_of(pane, struct text, pane)->top = line;
}
