/* text.c - see text.h. */
#include <string.h>
#include <wchar.h>

#include "tui/text.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t text_decode(const char *text, size_t len, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)text[0];
	size_t want = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (first < 0x80) {
		*out = first;
		return 1;
	}
	if (first < 0xc2 || first > 0xf4 || len < want)
		return 0;
	code = first & (0x7f >> want);
	for (size_t i = 1; i < want; i++) {
		if (!is_tail((unsigned char)text[i]))
			return 0;
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (code < least[want] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*out = code;
	return want;
}

size_t text_encode(uint32_t code, char out[4])
{
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = 0xfffd;
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
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Invisible, reordering or otherwise able to make a name look like another one. */
static bool is_deceptive(uint32_t code)
{
	return (code >= 0x80 && code < 0xa0) || code == 0xad || code == 0x61c ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	       (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe0fff) ||
	       (code & 0xfffe) == 0xfffe;
}

static void set_glyph(struct text_glyph *out, uint32_t code, int width)
{
	out->len = (uint8_t)text_encode(code, out->bytes);
	out->bytes[out->len] = '\0';
	out->width = (uint8_t)width;
}

/* Appends what combines with the glyph; what no longer fits is swallowed, not shown elsewhere. */
static size_t take_combining(const char *text, size_t len, struct text_glyph *out)
{
	size_t used = 0, bytes;
	uint32_t code;

	while (used < len && (bytes = text_decode(text + used, len - used, &code)) > 1) {
		if (is_deceptive(code) || wcwidth((wchar_t)code) != 0)
			break;
		if (out->len + bytes <= TEXT_GLYPH_MAX) {
			memcpy(out->bytes + out->len, text + used, bytes);
			out->len += (uint8_t)bytes;
		}
		used += bytes;
	}
	out->bytes[out->len] = '\0';
	return used;
}

size_t text_next(const char *text, size_t len, struct text_glyph *out)
{
	uint32_t code;
	size_t used = text_decode(text, len, &code);
	int width;

	if (used == 0) {
		set_glyph(out, 0xfffd, 1);
		return 1;
	}
	if (code < 0x20 || code == 0x7f) {
		set_glyph(out, code == 0x7f ? 0x2421 : 0x2400 + code, 1);
		return used;
	}
	if (code < 0x7f) {
		set_glyph(out, code, 1);
		return used < len && (unsigned char)text[used] < 0x80
			       ? used
			       : used + take_combining(text + used, len - used, out);
	}
	width = is_deceptive(code) ? 0 : wcwidth((wchar_t)code);
	if (width <= 0) {
		set_glyph(out, 0xfffd, 1); /* also a combining mark with nothing before it */
		return used;
	}
	set_glyph(out, code, width > 2 ? 2 : width);
	return used + take_combining(text + used, len - used, out);
}

size_t text_fit(const char *text, size_t len, int columns)
{
	struct text_glyph glyph;
	size_t at = 0;

	while (at < len) {
		size_t used = text_next(text + at, len - at, &glyph);

		if (glyph.width > columns)
			break;
		columns -= glyph.width;
		at += used;
	}
	return at;
}

int text_width(const char *text)
{
	struct text_glyph glyph;
	size_t len = strlen(text), at = 0;
	int width = 0;

	while (at < len) {
		at += text_next(text + at, len - at, &glyph);
		width += glyph.width;
	}
	return width;
}

size_t text_line(const char *text, int columns)
{
	size_t all = strcspn(text, "\n"), fit = text_fit(text, all, columns), cut = fit;

	if (fit == all)
		return all;
	while (cut && text[cut] != ' ')
		cut--;
	return cut ? cut : fit ? fit : 1;
}
