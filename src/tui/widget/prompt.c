/* prompt.c - see prompt.h. */
#include <stdio.h>

#include "tui/widget/prompt.h"

void prompt_set(struct prompt *prompt, const char *text)
{
	snprintf(prompt->text, sizeof(prompt->text), "%s", text);
	prompt->at = strlen(prompt->text);
}

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct prompt *prompt, size_t at)
{
	if (at > 0)
		at--;
	while (at > 0 && is_tail(prompt->text[at]))
		at--;
	return at;
}

static size_t after(const struct prompt *prompt, size_t at)
{
	if (prompt->text[at])
		at++;
	while (is_tail(prompt->text[at]))
		at++;
	return at;
}

static void erase(struct prompt *prompt, size_t from, size_t to)
{
	memmove(prompt->text + from, prompt->text + to, strlen(prompt->text + to) + 1);
	prompt->at = from;
}

static void insert(struct prompt *prompt, uint32_t code)
{
	char bytes[4];
	size_t len = text_encode(code, bytes), old = strlen(prompt->text);

	if (old + len >= sizeof(prompt->text))
		return;
	memmove(prompt->text + prompt->at + len, prompt->text + prompt->at, old - prompt->at + 1);
	memcpy(prompt->text + prompt->at, bytes, len);
	prompt->at += len;
}

static size_t word_start(const struct prompt *prompt)
{
	size_t at = prompt->at;

	while (at > 0 && prompt->text[at - 1] == ' ')
		at--;
	while (at > 0 && prompt->text[at - 1] != ' ')
		at--;
	return at;
}

bool prompt_key(struct prompt *prompt, const struct key *key)
{
	switch (key->code) {
	case KEY_LEFT:
		prompt->at = before(prompt, prompt->at);
		return true;
	case KEY_RIGHT:
		prompt->at = after(prompt, prompt->at);
		return true;
	case KEY_HOME:
	case KEY_CONTROL('a'):
		prompt->at = 0;
		return true;
	case KEY_END:
	case KEY_CONTROL('e'):
		prompt->at = strlen(prompt->text);
		return true;
	case KEY_BACKSPACE:
	case KEY_CONTROL('h'):
		erase(prompt, before(prompt, prompt->at), prompt->at);
		return true;
	case KEY_DELETE:
		erase(prompt, prompt->at, after(prompt, prompt->at));
		return true;
	case KEY_CONTROL('u'):
		erase(prompt, 0, prompt->at);
		return true;
	case KEY_CONTROL('w'):
		erase(prompt, word_start(prompt), prompt->at);
		return true;
	default:
		if (key->mods || key->code < ' ' || key->code >= KEY_FIRST)
			return false;
		insert(prompt, key->code);
		return true;
	}
}

/* The byte that the window of `room` columns begins with: the cursor is its last column at most. */
static size_t window_start(const struct prompt *prompt, int room)
{
	size_t from = 0;
	struct text_glyph glyph;
	int before_cursor = 0;

	for (size_t at = 0; at < prompt->at;) {
		at += text_next(prompt->text + at, prompt->at - at, &glyph);
		before_cursor += glyph.width;
	}
	while (before_cursor >= room && from < prompt->at) {
		from += text_next(prompt->text + from, prompt->at - from, &glyph);
		before_cursor -= glyph.width;
	}
	return from;
}

int prompt_paint(const struct prompt *prompt, struct canvas canvas, int x, int y, look style)
{
	struct canvas line = canvas_sub(canvas, x, y, canvas.w - x, 1);
	size_t from = window_start(prompt, line.w);
	int at = canvas_textn(line, 0, 0, style, prompt->text + from, prompt->at - from);
	int end = canvas_text(line, at, 0, style, prompt->text + prompt->at);

	canvas_cursor(line, at < line.w ? at : line.w - 1, 0, true);
	return x + end;
}

static int columns(const char *text, size_t len)
{
	struct text_glyph glyph;
	int sum = 0;

	for (size_t at = 0; at < len; sum += glyph.width)
		at += text_next(text + at, len - at, &glyph);
	return sum;
}

void prompt_mark(
	const struct prompt *prompt, struct canvas line, size_t from, size_t len, look style)
{
	size_t start = window_start(prompt, line.w), end = from + len;

	if (end <= start || end > strlen(prompt->text))
		return;
	from = from < start ? start : from;
	line = canvas_sub(line, columns(prompt->text + start, from - start), 0,
		columns(prompt->text + from, end - from), 1);
	canvas_bar(line, 0, style);
}
