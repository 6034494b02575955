/* text.c - a picture as plain text. */
#include <string.h>

#include "shot.h"

static size_t encode(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (code >> 18 & 7));
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

void text_row(const struct picture *picture, int row, char *text, size_t size)
{
	const struct cell *cell = &picture->cells[row * picture->width];
	size_t len = 0;

	for (int x = 0; x < picture->width && len + 4 * CELL_CODES < size; x++, cell++) {
		if (cell->width == 0)
			continue;
		if (!cell->codes[0])
			text[len++] = ' ';
		for (int i = 0; i < CELL_CODES && cell->codes[i]; i++)
			len += encode(cell->codes[i], text + len);
	}
	while (len && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
}

void text_write(const struct picture *picture, FILE *out)
{
	char text[8192];

	for (int row = 0; row < picture->height; row++) {
		text_row(picture, row, text, sizeof(text));
		fprintf(out, "%s\n", text);
	}
}

bool text_has(const struct picture *picture, const char *wanted)
{
	char text[8192];

	for (int row = 0; row < picture->height; row++) {
		text_row(picture, row, text, sizeof(text));
		if (strstr(text, wanted))
			return true;
	}
	return false;
}
