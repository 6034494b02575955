/* lesson_text.c - see lesson_text.h. */
#include "cli/lesson_text.h"

#include <stdio.h>
#include <string.h>

#include "util/own.h"

enum { COLUMNS = 76 };

static void wrap_paragraph(const char *text, size_t len, size_t column, struct buf *out)
{
	while (len) {
		size_t word = strcspn(text, " \n");

		word = word > len ? len : word;
		if (column && column + 1 + word > COLUMNS) {
			buf_addc(out, '\n');
			column = 0;
		} else if (column && word) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, text, word);
		column += word;
		text += word;
		len -= word;
		while (len && (*text == ' ' || *text == '\n')) {
			text++;
			len--;
		}
	}
	buf_addc(out, '\n');
}

void lesson_wrap(const char *text, const char *before, struct buf *out)
{
	size_t column = strlen(before);

	if (!*text && !*before)
		return;
	while (column && before[column - 1] == ' ')
		column--;
	buf_add(out, before, column);
	for (const char *end; (end = strstr(text, "\n\n")); text = end + 2, column = 0) {
		wrap_paragraph(text, (size_t)(end - text), column, out);
		buf_addc(out, '\n');
	}
	wrap_paragraph(text, strlen(text), column, out);
}
