#include "build/quote.h"

#include <stdint.h>
#include <string.h>

static uint32_t code_of(struct piece text, size_t len)
{
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t code = (unsigned char)text.at[0] & mask[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)text.at[i] & 0x3f);
	return code;
}

/* The one-byte form, the overlong, the surrogates and what lies past the end are no characters. */
static bool is_valid(uint32_t code, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code >= least[len] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) &&
	       (len > 1 || code < 0x80);
}

/* What Go's unicode.IsPrint says no to, above ASCII: controls, odd spaces, formats, private use. */
static bool is_hidden(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {{0x80, 0xa0}, {0xad, 0xad}, {0x1680, 0x1680}, {0x180e, 0x180e},
		{0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000},
		{0xe000, 0xf8ff}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff},
		{0xe0000, 0xe00ff}, {0xf0000, 0x10ffff}};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return true;
	return false;
}

static void quote_char(struct buf *out, struct piece text, size_t len)
{
	static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
	unsigned char first = (unsigned char)text.at[0];
	uint32_t code = len > 1 || first < 0x80 ? code_of(text, len) : first;
	const char *found = first ? strchr(from, first) : NULL;

	if (found)
		buf_addf(out, "\\%c", to[found - from]);
	else if (first < 0x20 || first == 0x7f)
		buf_addf(out, "\\x%02x", first);
	else if (!is_valid(code, len))
		for (size_t i = 0; i < len; i++)
			buf_addf(out, "\\x%02x", (unsigned char)text.at[i]);
	else if (is_hidden(code))
		buf_addf(out, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
	else
		buf_add(out, text.at, len);
}

void quote_add(struct buf *out, struct piece text)
{
	size_t len;

	buf_addc(out, '"');
	for (; (len = piece_char(text)) > 0; text = piece_skip(text, len))
		quote_char(out, text, len);
	buf_addc(out, '"');
}

void quote_list(struct buf *out, const struct words *words)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < words->len; i++) {
		buf_adds(out, i ? " " : "");
		quote_add(out, piece_of(words->v[i]));
	}
	buf_addc(out, ']');
}

void plain_list(struct buf *out, const struct words *words)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < words->len; i++)
		buf_addf(out, "%s%s", i ? " " : "", words->v[i]);
	buf_addc(out, ']');
}

static void json_char(struct buf *out, struct piece text, size_t len)
{
	static const char from[] = "\b\f\n\r\t\\\"", to[] = "bfnrt\\\"";
	unsigned char first = (unsigned char)text.at[0];
	uint32_t code = len > 1 || first < 0x80 ? code_of(text, len) : first;
	const char *found = first ? strchr(from, first) : NULL;

	if (found)
		buf_addf(out, "\\%c", to[found - from]);
	else if (first < 0x20)
		buf_addf(out, "\\u%04x", first);
	else if (!is_valid(code, len))
		buf_adds(out, "\xef\xbf\xbd");
	else
		buf_add(out, text.at, len);
}

void quote_json(struct buf *out, struct piece text)
{
	size_t len;

	buf_addc(out, '"');
	for (; (len = piece_char(text)) > 0; text = piece_skip(text, len)) {
		if (text.len > 1 && memcmp(text.at, WORD_NUL, 2) == 0) {
			buf_adds(out, "\\u0000");
			len = 2;
		} else {
			json_char(out, text, len);
		}
	}
	buf_addc(out, '"');
}
