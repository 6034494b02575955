/* script.c - see script.h. */
#include "tui/widget/script.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/text.h"

enum { PARAGRAPHS_MAX = 20000, TEXT_MAX = 4096 };

struct paragraph {
	look style;
	int indent;
	bool open; /* output that has no line end yet */
	bool cut;  /* never more than a line */
	char *text;
};

void script_fini(struct script *script)
{
	script_cut(script, 0);
	free(script->list);
}

void script_cut(struct script *script, size_t count)
{
	while (script->count > count)
		free(script->list[--script->count].text);
	script->fresh = script->fresh < count ? script->fresh : count;
	script->up = 0;
}

void script_mark_fresh(struct script *script)
{
	script->fresh = script->count;
	script->stays = true;
}

static struct paragraph *add(struct script *script, look style, int indent, char *text)
{
	if (script->count == script->room) {
		size_t room = script->room ? 2 * script->room : 64;
		struct paragraph *list =
			room > PARAGRAPHS_MAX ? NULL : realloc(script->list, room * sizeof(*list));

		if (list) {
			script->list = list;
			script->room = room;
		}
	}
	if (!text || script->count == script->room) {
		script->failed = true;
		free(text);
		return NULL;
	}
	script->list[script->count] = (struct paragraph){style, indent, false, false, text};
	script->up = 0;
	return &script->list[script->count++];
}

void script_add(struct script *script, look style, int indent, const char *text)
{
	add(script, style, indent, strdup(text));
}

void script_addf(struct script *script, look style, int indent, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	script_add(script, style, indent, text);
}

static void extend(struct script *script, struct paragraph *paragraph, const char *text, size_t len)
{
	char *longer = NULL;

	if (asprintf(&longer, "%s%.*s", paragraph->text, (int)len, text) < 0) {
		script->failed = true;
		return;
	}
	free(paragraph->text);
	paragraph->text = longer;
}

void script_output(struct script *script, look style, int indent, const char *bytes, size_t len)
{
	while (len) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end ? (size_t)(end - bytes) : len;
		struct paragraph *last = script->count ? &script->list[script->count - 1] : NULL;

		if (last && last->open)
			extend(script, last, bytes, part);
		else
			last = add(script, style, indent, strndup(bytes, part));
		if (!last)
			return;
		last->open = !end;
		script->up = 0;
		bytes += part + (end != NULL);
		len -= part + (end != NULL);
	}
}

bool script_table(
	struct script *script, look style, int indent, const char *text, size_t len, size_t most)
{
	for (; len && most; most--) {
		const char *end = memchr(text, '\n', len);
		size_t part = end ? (size_t)(end - text) : len;
		struct paragraph *line = add(script, style, indent, strndup(text, part));

		if (!line)
			return true;
		line->cut = true;
		text += part + (end != NULL);
		len -= part + (end != NULL);
	}
	return !len;
}

static bool scroll(struct script *script, enum action action, int count)
{
	size_t by = count > 0 ? (size_t)count : 1, page = script->page > 1 ? script->page - 1 : 1;

	switch (action) {
	case ACTION_UP:
		script->up += by;
		return true;
	case ACTION_DOWN:
		script->up -= by < script->up ? by : script->up;
		return true;
	case ACTION_HALF_UP:
	case ACTION_PAGE_UP:
		script->up += action == ACTION_PAGE_UP ? page : (page + 1) / 2;
		return true;
	case ACTION_HALF_DOWN:
	case ACTION_PAGE_DOWN:
		by = action == ACTION_PAGE_DOWN ? page : (page + 1) / 2;
		script->up -= by < script->up ? by : script->up;
		return true;
	case ACTION_FIRST:
		script->up = SIZE_MAX / 2;
		return true;
	case ACTION_LAST:
		script->up = 0;
		return true;
	default:
		return false;
	}
}

bool script_move(struct script *script, enum action action, int count)
{
	bool moved = scroll(script, action, count);

	script->stays &= !moved;
	return moved;
}

static size_t lines_of(const struct paragraph *paragraph, int width)
{
	const char *at = paragraph->text;
	size_t lines = 0;

	if (paragraph->cut)
		return 1;
	do {
		at += text_line(at, width - paragraph->indent);
		at += *at == ' ' || *at == '\n';
		lines++;
	} while (*at);
	return lines;
}

/* From line `from` of the paragraph on; the row after its last. */
static int paint_paragraph(
	const struct paragraph *paragraph, size_t from, struct canvas canvas, int y)
{
	const char *at = paragraph->text;

	if (paragraph->cut) {
		canvas_cut(canvas, paragraph->indent, y, canvas.w - paragraph->indent,
			paragraph->style, at);
		return y + 1;
	}
	do {
		size_t len = text_line(at, canvas.w - paragraph->indent);

		if (from > 0)
			from--;
		else if (y < canvas.h)
			canvas_textn(canvas, paragraph->indent, y++, paragraph->style, at, len);
		at += len;
		at += *at == ' ' || *at == '\n';
	} while (*at && y < canvas.h);
	return y;
}

static size_t lines_between(const struct script *script, size_t from, size_t to, int width)
{
	size_t lines = 0;

	for (; from < to; from++)
		lines += lines_of(&script->list[from], width);
	return lines;
}

void script_paint(struct script *script, struct canvas canvas)
{
	size_t old = lines_between(script, 0, script->fresh, canvas.w);
	size_t fresh = lines_between(script, script->fresh, script->count, canvas.w);
	size_t total = old + fresh, skip, height = canvas.h > 0 ? (size_t)canvas.h : 0;
	int y = 0;

	script->page = height;
	script->fresh_from = script->fresh_to = 0;
	skip = total > height ? total - height : 0;
	if (script->stays && fresh > height)
		script->up = fresh - height;
	if (script->up > skip)
		script->up = skip;
	skip -= script->up;
	for (size_t i = 0; i < script->count && y < canvas.h; i++) {
		size_t lines = lines_of(&script->list[i], canvas.w);

		if (i == script->fresh)
			script->fresh_from = y;
		if (skip < lines)
			y = paint_paragraph(&script->list[i], skip, canvas, y);
		if (i >= script->fresh && *script->list[i].text)
			script->fresh_to = y;
		skip -= skip < lines ? skip : lines;
	}
}
