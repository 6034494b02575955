#include "build/source.h"

#include <string.h>

struct view {
	const char *at;
	size_t left;
};

static int count_lines(const struct source *source)
{
	int lines = 1;

	for (size_t i = 0; i < source->len; i++)
		lines += source->text[i] == '\n';
	return lines;
}

/* The next line without its end; what follows the last newline is a line too. */
static struct view next_line(struct view *rest)
{
	const char *end = rest->left ? memchr(rest->at, '\n', rest->left) : NULL;
	struct view line = {rest->at, end ? (size_t)(end - rest->at) : rest->left};

	rest->at += line.left + (end != NULL);
	rest->left -= line.left + (end != NULL);
	return line;
}

/* One line around a long place, two around a single line, more on one side where the other ends. */
static void widen(int lines, int *first, int *last)
{
	int pad = *first == *last ? 4 : 2;

	for (int shown = 0; shown < pad; shown++) {
		if (*first > 1) {
			--*first;
			shown++;
		}
		if (*last < lines) {
			++*last;
			shown++;
		}
	}
}

/* Tabs stay tabs, so that the caret stands where the eye expects it. */
static void show_caret(struct view line, const struct place *place, struct buf *out)
{
	if (place->width <= 0 || (size_t)place->column >= line.left)
		return;
	buf_adds(out, "     |     ");
	for (int i = 0; i < place->column; i++)
		if ((line.at[i] & 0xc0) != 0x80)
			buf_addc(out, line.at[i] == '\t' ? '\t' : ' ');
	for (int i = 0; i < place->width && (size_t)(place->column + i) < line.left; i++)
		if ((line.at[place->column + i] & 0xc0) != 0x80)
			buf_addc(out, '^');
	buf_addc(out, '\n');
}

/* A stranger's line does nothing to the terminal. */
static void show_text(struct view line, struct buf *out)
{
	for (size_t i = 0; i < line.left; i++) {
		char c = line.at[i];

		if (c == '\r' && i + 1 == line.left)
			continue;
		buf_addc(out, (c >= 0 && c < ' ' && c != '\t') || c == 0x7f ? '?' : c);
	}
	buf_addc(out, '\n');
}

void source_show(const struct source *source, const struct place *place, struct buf *out)
{
	struct view rest = {source->text, source->len};
	int lines = count_lines(source);
	int first = place->first, last = place->last > first ? place->last : first;
	int from, to;

	if (first < 1 || first > lines)
		return;
	if (last > lines)
		last = lines;
	from = first;
	to = last;
	widen(lines, &from, &to);
	buf_addf(out, "%s:%d\n--------------------\n", source->name, first);
	for (int i = 1; i <= to; i++) {
		struct view line = next_line(&rest);

		if (i < from)
			continue;
		buf_addf(out, " %3d | %s ", i, i >= first && i <= last ? ">>>" : "   ");
		show_text(line, out);
		if (i == first)
			show_caret(line, place, out);
	}
	buf_adds(out, "--------------------\n");
}
