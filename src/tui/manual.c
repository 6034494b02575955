/* manual.c - see manual.h. The Makefile joins the pages: a form feed and a name begin each. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tui/manual.h"
#include "tui/text.h"

__asm__(".pushsection .rodata\n"
	"manual_pages: .incbin \"" DAVIT_MANUAL "\"\n"
	"manual_pages_end: .byte 0\n"
	".popsection\n");
extern const char manual_pages[], manual_pages_end[];

enum { TOPICS_MAX = 64 };

static struct topic topics[TOPICS_MAX];
static size_t topic_count;

static const char *line_end(const char *at, const char *end)
{
	const char *stop = memchr(at, '\n', (size_t)(end - at));

	return stop ? stop : end;
}

/* "# Title" is the page's first line. */
static void add_topic(const char *at, const char *end)
{
	struct topic *topic = &topics[topic_count++];
	const char *stop = line_end(at, end);

	snprintf(topic->name, sizeof(topic->name), "%.*s", (int)(stop - at), at);
	at = stop < end ? stop + 1 : end;
	topic->text = at;
	topic->len = (size_t)(end - at);
	stop = line_end(at, end);
	while (at < stop && (*at == '#' || *at == ' '))
		at++;
	snprintf(topic->title, sizeof(topic->title), "%.*s", (int)(stop - at), at);
}

static void find_topics(void)
{
	const char *at = manual_pages;

	while (topic_count < TOPICS_MAX && at < manual_pages_end && *at == '\f') {
		const char *next = memchr(at + 1, '\f', (size_t)(manual_pages_end - at - 1));

		next = next ? next : manual_pages_end;
		add_topic(at + 1, next);
		at = next;
	}
}

const struct topic *manual_topic(size_t index)
{
	if (!topic_count)
		find_topics();
	return index < topic_count ? &topics[index] : NULL;
}

const struct topic *manual_find(const char *name)
{
	const struct topic *topic, *begins = NULL;

	for (size_t i = 0; (topic = manual_topic(i)); i++) {
		if (strcmp(topic->name, name) == 0)
			return topic;
		if (!begins && strncmp(topic->name, name, strlen(name)) == 0)
			begins = topic;
	}
	return begins;
}

/* ---- Markdown, as far as the pages use it ---- */

struct renderer {
	struct buf *out;
	size_t width, column, indent;
	bool code;
};

static void end_paragraph(struct renderer *r)
{
	if (r->column)
		buf_addc(r->out, '\n');
	r->column = 0;
	r->indent = 0;
}

/* A word without the marks of emphasis, code and links around it. */
static void add_word(struct renderer *r, const char *word, size_t len)
{
	char plain[300];
	size_t n = 0;
	int columns;

	for (size_t i = 0; i < len && n + 1 < sizeof(plain); i++)
		if (word[i] != '`' && !(word[i] == '*' && i + 1 < len && word[i + 1] == '*') &&
			!(word[i] == '*' && i > 0 && word[i - 1] == '*'))
			plain[n++] = word[i];
	plain[n] = '\0';
	columns = text_width(plain);
	if (r->column && r->column + 1 + (size_t)columns > r->width) {
		buf_addc(r->out, '\n');
		r->column = 0;
	}
	if (r->column) {
		buf_addc(r->out, ' ');
		r->column++;
	} else {
		buf_addf(r->out, "%*s", (int)r->indent, "");
		r->column = r->indent;
	}
	buf_adds(r->out, plain);
	r->column += (size_t)columns;
}

static void add_words(struct renderer *r, const char *at, const char *end)
{
	while (at < end) {
		const char *from;

		while (at < end && *at == ' ')
			at++;
		from = at;
		while (at < end && *at != ' ')
			at++;
		if (at > from)
			add_word(r, from, (size_t)(at - from));
	}
}

static void add_as_is(struct renderer *r, const char *at, const char *end)
{
	end_paragraph(r);
	buf_add(r->out, at, (size_t)(end - at));
	buf_addc(r->out, '\n');
}

static void add_heading(struct renderer *r, const char *at, const char *end)
{
	end_paragraph(r);
	while (at < end && (*at == '#' || *at == ' '))
		at++;
	for (; at < end; at++)
		if (*at != '`')
			buf_addc(r->out, (char)toupper((unsigned char)*at));
	buf_addc(r->out, '\n');
}

static bool is_item(const char *at, const char *end)
{
	return end - at > 2 && (*at == '-' || *at == '*') && at[1] == ' ';
}

static void render_line(struct renderer *r, const char *at, const char *end)
{
	const char *text = at + strspn(at, " ") < end ? at + strspn(at, " ") : end;
	bool fence = end - text >= 3 && strncmp(text, "```", 3) == 0;

	if (fence) {
		r->code = !r->code;
		end_paragraph(r);
	} else if (r->code || (text - at >= 4 && !r->column) || *text == '|') {
		add_as_is(r, at, end);
	} else if (text == end) {
		end_paragraph(r);
		buf_addc(r->out, '\n');
	} else if (*at == '#') {
		add_heading(r, at, end);
	} else {
		if (is_item(text, end)) {
			end_paragraph(r);
			add_word(r, text, 1);
			r->indent = (size_t)(text - at) + 2;
			text += 2;
		}
		add_words(r, text, end);
	}
}

void manual_render(const struct topic *topic, size_t width, struct buf *out)
{
	struct renderer r = {.out = out, .width = width};
	const char *at = topic->text, *end = at + topic->len;

	while (at < end) {
		const char *stop = line_end(at, end);

		render_line(&r, at, stop);
		at = stop + (stop < end);
	}
	end_paragraph(&r);
}

/* ---- searching ---- */

/* Blanks part words, all of which must be in the line. */
static bool has_words(const char *line, const char *words)
{
	char word[60];

	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		size_t len = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		if (!strcasestr(line, word))
			return false;
		words += len;
	}
	return true;
}

static size_t search_topic(const struct topic *topic, const char *words, size_t width,
	struct manual_match *out, size_t room)
{
	auto_buf page = BUF_INIT;
	size_t found = 0, number = 0;
	char *at, *line;

	manual_render(topic, width, &page);
	if (buf_failed(&page) || !page.len)
		return 0;
	at = page.data;
	for (; found < room && (line = strsep(&at, "\n")); number++) {
		if (!*line || !has_words(line, words))
			continue;
		out[found].topic = topic;
		out[found].line = number;
		snprintf(out[found].text, sizeof(out[found].text), "%s", line + strspn(line, " "));
		found++;
	}
	return found;
}

size_t manual_search(const char *words, size_t width, struct manual_match *out, size_t room)
{
	const struct topic *topic;
	size_t found = 0;

	if (!words[strspn(words, " ")])
		return 0;
	for (size_t i = 0; found < room && (topic = manual_topic(i)); i++)
		found += search_topic(topic, words, width, out + found, room - found);
	return found;
}
