/* ansi.c - see ansi.h. */
#include "tui/ansi.h"

#include <stdint.h>
#include <string.h>

enum { ESC = 0x1b, BEL = 0x07, PARAMETERS_MAX = 16, TAB = 8 };

struct sgr {
	unsigned values[PARAMETERS_MAX];
	size_t count;
};

/* 38;5;N and 38;2;R;G;B, and the same for the background; returns how many values it used. */
static size_t extended_colour(const struct sgr *sgr, size_t at, int *colour)
{
	const unsigned *v = sgr->values + at;
	size_t left = sgr->count - at;

	if (left >= 3 && v[1] == 5 && v[2] < 256) {
		*colour = (int)v[2];
		return 3;
	}
	if (left >= 5 && v[1] == 2) {
		unsigned r = v[2] > 255 ? 255 : v[2], g = v[3] > 255 ? 255 : v[3];
		unsigned b = v[4] > 255 ? 255 : v[4];

		*colour = (int)(16 + r * 6 / 256 * 36 + g * 6 / 256 * 6 + b * 6 / 256);
		return 5;
	}
	return left;
}

static look without(look style, look bits)
{
	return style & ~bits;
}

static look apply_one(look style, unsigned value, look base)
{
	switch (value) {
	case 0:
		return base;
	case 1:
		return style | STYLE_BOLD;
	case 2:
		return style | STYLE_FAINT;
	case 3:
		return style | STYLE_ITALIC;
	case 4:
		return style | STYLE_UNDERLINE;
	case 7:
		return style | STYLE_REVERSE;
	case 22:
		return without(style, STYLE_BOLD | STYLE_FAINT);
	case 23:
		return without(style, STYLE_ITALIC);
	case 24:
		return without(style, STYLE_UNDERLINE);
	case 27:
		return without(style, STYLE_REVERSE);
	case 39:
		return style_with_fg(style, -1);
	case 49:
		return style_with_bg(style, -1);
	}
	if (value >= 30 && value <= 37)
		return style_with_fg(style, (int)value - 30);
	if (value >= 40 && value <= 47)
		return style_with_bg(style, (int)value - 40);
	if (value >= 90 && value <= 97)
		return style_with_fg(style, (int)value - 90 + 8);
	if (value >= 100 && value <= 107)
		return style_with_bg(style, (int)value - 100 + 8);
	return style;
}

static look apply(const struct sgr *sgr, look style, look base)
{
	for (size_t i = 0; i < sgr->count;) {
		unsigned value = sgr->values[i];
		int colour = -1;

		if (value == 38 || value == 48) {
			i += extended_colour(sgr, i, &colour);
			if (colour >= 0)
				style = value == 38 ? style_with_fg(style, colour)
						    : style_with_bg(style, colour);
			continue;
		}
		style = apply_one(style, value, base);
		i++;
	}
	return style;
}

/* After "ESC [": returns the byte after the sequence; *style changes when it was SGR. */
static size_t read_csi(const char *bytes, size_t at, size_t len, look *style, look base)
{
	struct sgr sgr = {.count = 1};
	bool plain = true;

	for (; at < len; at++) {
		unsigned char c = (unsigned char)bytes[at];

		if (c >= '0' && c <= '9') {
			unsigned *value = &sgr.values[sgr.count - 1];

			*value = *value < 1000 ? *value * 10 + (c - '0') : *value;
		} else if (c == ';' || c == ':') {
			if (sgr.count < PARAMETERS_MAX)
				sgr.values[sgr.count++] = 0;
		} else if (c >= 0x40 && c < 0x7f) {
			if (c == 'm' && plain)
				*style = apply(&sgr, *style, base);
			return at + 1;
		} else if (c >= 0x20 && c < 0x40) {
			plain = false;
		} else {
			return at; /* a control character ends what was no sequence */
		}
	}
	return at;
}

/* After "ESC ]", "ESC P", "ESC _", "ESC ^" or "ESC X": a string up to BEL or ESC \. */
static size_t skip_string(const char *bytes, size_t at, size_t len)
{
	for (; at < len; at++) {
		if (bytes[at] == BEL)
			return at + 1;
		if (bytes[at] == ESC)
			return at + 1 < len && bytes[at + 1] == '\\' ? at + 2 : at;
	}
	return at;
}

static size_t read_escape(const char *bytes, size_t at, size_t len, look *style, look base)
{
	if (at >= len)
		return at;
	switch (bytes[at]) {
	case '[':
		return read_csi(bytes, at + 1, len, style, base);
	case ']':
	case 'P':
	case '_':
	case '^':
	case 'X':
		return skip_string(bytes, at + 1, len);
	}
	while (at < len && (unsigned char)bytes[at] >= 0x20 && (unsigned char)bytes[at] < 0x30)
		at++; /* ESC ( B and its like */
	return at < len && (unsigned char)bytes[at] >= 0x20 && bytes[at] != 0x7f ? at + 1 : at;
}

static void add(struct ansi_line *out, char c, look style)
{
	if (out->len == ANSI_LINE_MAX) {
		out->cut = true;
		return;
	}
	out->text[out->len] = c;
	out->styles[out->len++] = style;
}

void ansi_read(const char *bytes, size_t len, look base, struct ansi_line *out)
{
	look style = base;

	out->len = 0;
	out->cut = false;
	while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
		len--;
	for (size_t at = 0; at < len && !out->cut;) {
		char c = bytes[at++];

		if (c == ESC)
			at = read_escape(bytes, at, len, &style, base);
		else if (c == '\r')
			out->len = 0;
		else if (c == '\t')
			do
				add(out, ' ', style);
			while (out->len % TAB && !out->cut);
		else
			add(out, c, style);
	}
}

bool ansi_is_plain(const char *bytes, size_t len)
{
	const uint64_t ones = 0x0101010101010101, highs = ones << 7;
	uint64_t word;
	size_t at = 0;

	for (; at + sizeof(word) <= len; at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		if ((word - ones * 0x20) & ~word & highs)
			return false;
	}
	for (; at < len; at++)
		if ((unsigned char)bytes[at] < 0x20)
			return false;
	return true;
}

size_t ansi_plain(const char *bytes, size_t len, char *out, size_t room)
{
	look ignored = ROLE_TEXT;
	size_t to = 0;

	for (size_t at = 0; at < len && to + TAB < room;) {
		char c = bytes[at++];

		if (c == ESC)
			at = read_escape(bytes, at, len, &ignored, ROLE_TEXT);
		else if (c == '\r')
			to = 0;
		else if (c == '\t')
			do
				out[to++] = ' ';
			while (to % TAB);
		else
			out[to++] = c ? c : ' ';
	}
	out[to] = '\0';
	return to;
}
