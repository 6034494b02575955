#include "cli/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/template_value.h"

enum { COLUMNS_MAX = 64, WIDTH_MIN = 10, PADDING = 3 };

/* Combining marks take no column, East Asian wide characters two. */
static size_t rune_width(uint32_t rune)
{
	if (rune < 0x300)
		return 1;
	if ((rune >= 0x300 && rune <= 0x36f) || (rune >= 0x200b && rune <= 0x200f) ||
		rune == 0xfe0f)
		return 0;
	if ((rune >= 0x1100 && rune <= 0x115f) || (rune >= 0x2e80 && rune <= 0xa4cf) ||
		(rune >= 0xac00 && rune <= 0xd7a3) || (rune >= 0xf900 && rune <= 0xfaff) ||
		(rune >= 0xfe30 && rune <= 0xfe6f) || (rune >= 0xff00 && rune <= 0xff60) ||
		(rune >= 0x1f300 && rune <= 0x1faff) || (rune >= 0x20000 && rune <= 0x3fffd))
		return 2;
	return 1;
}

static size_t width_of(const char *text, size_t len)
{
	size_t width = 0;
	uint32_t rune;

	for (size_t i = 0; i < len;) {
		if ((unsigned char)text[i] < 0x80) {
			width++;
			i++;
			continue;
		}
		i += utf8_get(text + i, len - i, &rune);
		width += rune_width(rune);
	}
	return width;
}

/* One cell that ends with a tab, from *at; false at the end of the row. */
static bool next_cell(const char **at, const char *end, const char **cell, size_t *len)
{
	const char *stop = *at;

	while (stop < end && *stop != '\t' && *stop != '\n')
		stop++;
	*cell = *at;
	*len = (size_t)(stop - *at);
	*at = stop;
	if (stop == end || *stop == '\n')
		return false;
	(*at)++;
	return true;
}

static void measure(const char *at, const char *end, size_t *widths)
{
	while (at < end) {
		const char *cell;
		size_t len;

		for (size_t column = 0; next_cell(&at, end, &cell, &len); column++) {
			size_t width = width_of(cell, len) + PADDING;

			if (column < COLUMNS_MAX && width > widths[column])
				widths[column] = width;
		}
		at++;
	}
}

void table_align(const char *text, size_t len, struct buf *out)
{
	static const char blanks[] = "                                ";
	const char *at = text, *end = text + len;
	size_t widths[COLUMNS_MAX];

	for (size_t i = 0; i < COLUMNS_MAX; i++)
		widths[i] = WIDTH_MIN;
	measure(at, end, widths);
	while (at < end) {
		const char *cell;
		size_t cell_len, column = 0;

		for (; next_cell(&at, end, &cell, &cell_len); column++) {
			size_t fill = column < COLUMNS_MAX ? widths[column] : PADDING;
			size_t used = width_of(cell, cell_len);

			buf_add(out, cell, cell_len);
			for (fill = fill > used ? fill - used : 1; fill;) {
				size_t part = fill < sizeof(blanks) - 1 ? fill : sizeof(blanks) - 1;

				buf_add(out, blanks, part);
				fill -= part;
			}
		}
		buf_add(out, cell, cell_len);
		if (at < end)
			buf_addc(out, '\n');
		at++;
	}
}
