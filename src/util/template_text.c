/* Constants of the template's text, and UTF-8. */
#include "util/template_value.h"

#include <errno.h>
#include <stdio.h>

void utf8_put(uint32_t rune, struct buf *out)
{
	if (rune >= 0x110000 || (rune >= 0xd800 && rune < 0xe000))
		rune = 0xfffd;
	if (rune < 0x80) {
		buf_addc(out, (char)rune);
	} else if (rune < 0x800) {
		buf_addc(out, (char)(0xc0 | rune >> 6));
		buf_addc(out, (char)(0x80 | (rune & 0x3f)));
	} else if (rune < 0x10000) {
		buf_addc(out, (char)(0xe0 | rune >> 12));
		buf_addc(out, (char)(0x80 | (rune >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (rune & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | rune >> 18));
		buf_addc(out, (char)(0x80 | (rune >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (rune >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (rune & 0x3f)));
	}
}

size_t utf8_get(const char *text, size_t len, uint32_t *rune)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *at = (const unsigned char *)text;
	size_t need = *at < 0xc2 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : *at < 0xf5 ? 4 : 1;
	uint32_t value = *at;

	*rune = *at;
	if (need == 1 || need > len)
		return 1;
	value &= 0x7fU >> need;
	for (size_t i = 1; i < need; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (value < least[need] || value >= 0x110000 || (value >= 0xd800 && value < 0xe000))
		return 1;
	*rune = value;
	return need;
}

static bool hex_escape(const char **at, const char *end, int digits, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++, (*at)++) {
		const char *hex = "0123456789abcdef", *digit;

		if (*at >= end)
			return false;
		digit = strchr(hex, **at | 0x20);
		if (!digit || !*digit)
			return false;
		*out = *out << 4 | (uint32_t)(digit - hex);
	}
	return true;
}

static bool octal_escape(const char **at, const char *end, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < 3; i++, (*at)++) {
		if (*at >= end || **at < '0' || **at > '7')
			return false;
		*out = *out << 3 | (uint32_t)(**at - '0');
	}
	return *out <= 255;
}

/* What follows a backslash; is_byte tells \x41 from \u0041. */
static bool escape(const char **at, const char *end, char quote, uint32_t *rune, bool *is_byte)
{
	static const char letters[] = "abfnrtv\\", meaning[] = "\a\b\f\n\r\t\v\\";
	const char *letter;
	char c;

	if (*at >= end)
		return false;
	c = **at;
	*is_byte = c == 'x' || (c >= '0' && c <= '7');
	if (c >= '0' && c <= '7')
		return octal_escape(at, end, rune);
	(*at)++;
	if (c == 'x')
		return hex_escape(at, end, 2, rune);
	if (c == 'u' || c == 'U')
		return hex_escape(at, end, c == 'u' ? 4 : 8, rune) && *rune < 0x110000 &&
		       !(*rune >= 0xd800 && *rune < 0xe000);
	*rune = (unsigned char)c;
	if (c == quote)
		return true;
	letter = c ? strchr(letters, c) : NULL;
	if (letter)
		*rune = (unsigned char)meaning[letter - letters];
	return letter;
}

bool template_unquote(
	struct arena *arena, const char *text, size_t len, char **out, size_t *out_len)
{
	const char *at = text + 1, *end = text + len - 1;
	auto_buf value = BUF_INIT;
	uint32_t rune;
	bool is_byte;

	if (*text == '`') {
		buf_add(&value, at, (size_t)(end - at));
		at = end;
	}
	while (at < end) {
		if (*at != '\\') {
			buf_addc(&value, *at++);
			continue;
		}
		at++;
		if (!escape(&at, end, '"', &rune, &is_byte))
			return false;
		if (is_byte)
			buf_addc(&value, (char)rune);
		else
			utf8_put(rune, &value);
	}
	*out = arena_copy(arena, buf_text(&value), value.len);
	*out_len = value.len;
	return *out && !buf_failed(&value);
}

bool template_unquote_rune(const char *text, size_t len, uint32_t *rune)
{
	const char *at = text + 1, *end = text + len - 1;
	bool is_byte;

	if (at >= end)
		return false;
	if (*at != '\\')
		return at + utf8_get(at, (size_t)(end - at), rune) == end;
	at++;
	return escape(&at, end, '\'', rune, &is_byte) && at == end;
}

/* Without the "_" that may stand between digits. */
static bool strip(const char *text, char *out, size_t room)
{
	size_t len = 0;

	for (; *text; text++) {
		if (*text == '_')
			continue;
		if (len + 1 >= room)
			return false;
		out[len++] = *text;
	}
	out[len] = '\0';
	return len > 0;
}

bool template_parse_int(const char *text, int64_t *out)
{
	char digits[80], *end, *at;
	int base = 10;

	if (!strip(text, digits, sizeof(digits)))
		return false;
	at = digits + (strspn(digits, "+-") ? 1 : 0);
	if (at[0] == '0' && at[1]) {
		char kind = at[1] | 0x20;
		int skip = kind == 'x' || kind == 'o' || kind == 'b' ? 2 : 1;

		base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
		memmove(at, at + skip, strlen(at + skip) + 1);
		if (!*at)
			return false;
	}
	errno = 0;
	*out = strtoll(digits, &end, base);
	return !errno && !*end && end != digits;
}

bool template_parse_float(const char *text, double *out)
{
	char digits[80], *end;

	if (!strip(text, digits, sizeof(digits)) || strpbrk(digits, "xXbBoO"))
		return false;
	errno = 0;
	*out = strtod(digits, &end);
	return !errno && !*end && end != digits;
}
