/* figure.c - see figure.h: the boxes, and what they say. */
#include "core/figure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"
#include "util/strs.h"

enum { TEXT_MAX = 2048 };

struct figure {
	enum figure_kind kind;
	const char *title, *caption;
	struct arena texts;
	struct figure_box *boxes;
	size_t count, room;
	struct figure_box nowhere; /* what the setters write to without memory */
	struct figure_box *last;
	bool failed;
};

/* ---- the seven ---- */

static const struct {
	const char *name, *about;
} kinds[] = {
	[FIGURE_ENGINE] = {"engine", "the parts of the engine"},
	[FIGURE_IMAGE] = {"image", "what an image is made of"},
	[FIGURE_LAYERS] = {"layers", "layers, and who shares them"},
	[FIGURE_FILES] = {"files", "one path in all layers"},
	[FIGURE_MERGED] = {"merged", "how files merge"},
	[FIGURE_INDEX] = {"index", "one name, many architectures"},
	[FIGURE_MACHINES] = {"machines", "containers against virtual machines"},
};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == FIGURE_KINDS, "every figure is there");

const char *figure_name(enum figure_kind kind)
{
	return kinds[kind].name;
}

const char *figure_about(enum figure_kind kind)
{
	return kinds[kind].about;
}

enum figure_kind figure_find(const char *name)
{
	enum figure_kind kind = 0;

	while (kind < FIGURE_KINDS && !str_eq(kinds[kind].name, name))
		kind++;
	return kind;
}

struct figure *figure_new(enum figure_kind kind)
{
	struct figure *figure = calloc(1, sizeof(*figure));

	if (!figure)
		return NULL;
	figure->kind = kind;
	figure->title = figure->caption = "";
	figure->last = &figure->nowhere;
	return figure;
}

void figure_free(struct figure *figure)
{
	if (!figure)
		return;
	arena_fini(&figure->texts);
	free(figure->boxes);
	free(figure);
}

/* ---- texts ---- */

/* One letter of UTF-8 that takes one column, at `at`: its length; 0: it is none. */
static size_t letter(const unsigned char *at)
{
	uint32_t code;
	size_t len = *at >= 0xf0 ? 0 : *at >= 0xe0 ? 3 : *at >= 0xc2 ? 2 : *at < 0x80;

	if (len <= 1)
		return *at >= ' ' && *at != 0x7f ? len : 0;
	code = *at & (len == 2 ? 0x1f : 0x0f);
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	/* Controls, what joins the letter before, and all from where letters are wide. */
	if (code < 0xa0 || (code >= 0x300 && code < 0x370) || (code >= 0x1100 && code < 0x2010) ||
		(code >= 0x202a && code < 0x2030) || (code >= 0x2060 && code < 0x2070) ||
		code >= 0x2700)
		return 0;
	return len;
}

/* A stranger names files and containers; nothing of that reaches a terminal as more than text. */
static void add_printable(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = letter((const unsigned char *)text);

		if (*text == '\n')
			buf_addc(out, '\n');
		else if (len)
			buf_add(out, text, len);
		else
			buf_addc(out, '?');
		text += len ? len : 1;
	}
}

static const char *keep(struct figure *figure, const char *fmt, va_list args)
{
	auto_buf clean = BUF_INIT;
	char text[TEXT_MAX];
	const char *kept;

	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		return "";
	add_printable(&clean, text);
	kept = arena_copy(&figure->texts, buf_text(&clean), clean.len);
	return kept ? kept : "";
}

#define DEFINE_SETTER(setter, field)                                                               \
	void setter(struct figure *figure, const char *fmt, ...)                                   \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, fmt);                                                               \
		figure->field = keep(figure, fmt, args);                                           \
		va_end(args);                                                                      \
	}
DEFINE_SETTER(figure_title, title)
DEFINE_SETTER(figure_caption, caption)
DEFINE_SETTER(figure_value, last->value)
DEFINE_SETTER(figure_text, last->text)
DEFINE_SETTER(figure_link, last->link)
DEFINE_SETTER(figure_words, last->words)
DEFINE_SETTER(figure_proof, last->proof)
DEFINE_SETTER(figure_command, last->command)

void figure_flow(struct figure *figure, enum figure_flow flow)
{
	figure->last->flow = flow;
}

void figure_tone(struct figure *figure, enum figure_tone tone)
{
	figure->last->tone = tone;
}

void figure_line(struct figure *figure)
{
	figure->last->line = true;
}

/* ---- boxes ---- */

static bool grow(struct figure *figure)
{
	size_t room = figure->room ? 2 * figure->room : 32;
	struct figure_box *boxes;

	if (figure->count < figure->room)
		return true;
	if (figure->count >= FIGURE_BOXES_MAX ||
		!(boxes = realloc(figure->boxes, room * sizeof(*boxes))))
		return false;
	figure->boxes = boxes;
	figure->room = room;
	return true;
}

int figure_box(struct figure *figure, int parent, const char *fmt, ...)
{
	int number = (int)figure->count;
	va_list args;

	figure->last = grow(figure) ? &figure->boxes[figure->count++] : &figure->nowhere;
	figure->failed |= figure->last == &figure->nowhere;
	*figure->last = (struct figure_box){.parent = parent < number ? parent : -1,
		.title = "",
		.value = "",
		.text = "",
		.link = "",
		.words = "",
		.proof = "",
		.command = ""};
	va_start(args, fmt);
	figure->last->title = keep(figure, fmt, args);
	va_end(args);
	return number;
}

bool figure_failed(const struct figure *figure)
{
	return figure->failed || figure->texts.failed;
}

enum figure_kind figure_kind(const struct figure *figure)
{
	return figure->kind;
}

const char *figure_title_of(const struct figure *figure)
{
	return figure->title;
}

const char *figure_caption_of(const struct figure *figure)
{
	return figure->caption;
}

const struct figure_box *figure_boxes(const struct figure *figure, size_t *count)
{
	*count = figure->count;
	return figure->boxes;
}

static bool same_box(const struct figure_box *a, const struct figure_box *b)
{
	return a->parent == b->parent && a->flow == b->flow && a->tone == b->tone &&
	       a->line == b->line && str_eq(a->title, b->title) && str_eq(a->value, b->value) &&
	       str_eq(a->text, b->text) && str_eq(a->link, b->link) && str_eq(a->words, b->words) &&
	       str_eq(a->proof, b->proof) && str_eq(a->command, b->command);
}

bool figure_same(const struct figure *a, const struct figure *b)
{
	if (!a || !b || a->kind != b->kind || a->count != b->count || !str_eq(a->title, b->title) ||
		!str_eq(a->caption, b->caption))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same_box(&a->boxes[i], &b->boxes[i]))
			return false;
	return true;
}

const char *figure_size(char text[FIGURE_SIZE_TEXT], uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 999.5 && unit + 1 < array_len(units)) {
		value /= 1000;
		unit++;
	}
	snprintf(text, FIGURE_SIZE_TEXT, "%.3g%s", value, units[unit]);
	return text;
}
