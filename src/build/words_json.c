/* A JSON array of strings, or what else it is. Strictly RFC 8259, as Go reads it: a near miss such
 * as ['a'] is no array but a shell command that begins with a bracket. */
#include "build/words.h"

#include <stdint.h>
#include <string.h>

#include "util/buf.h"

enum { DEPTH_MAX = 1000 };

struct reader {
	struct piece left;
	int depth;
	bool strings; /* so far the array has nothing else */
	struct buf text;
};

static void skip_blank(struct reader *r)
{
	while (r->left.len && (r->left.at[0] == ' ' || r->left.at[0] == '\t' ||
				      r->left.at[0] == '\n' || r->left.at[0] == '\r'))
		r->left = piece_skip(r->left, 1);
}

static bool take_char(struct reader *r, char c)
{
	if (!r->left.len || r->left.at[0] != c)
		return false;
	r->left = piece_skip(r->left, 1);
	return true;
}

static bool take_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (r->left.len < len || memcmp(r->left.at, word, len) != 0)
		return false;
	r->left = piece_skip(r->left, len);
	return true;
}

static bool take_digits(struct reader *r)
{
	size_t len = 0;

	while (len < r->left.len && r->left.at[len] >= '0' && r->left.at[len] <= '9')
		len++;
	r->left = piece_skip(r->left, len);
	return len > 0;
}

static bool take_number(struct reader *r)
{
	take_char(r, '-');
	if (!take_char(r, '0') && !take_digits(r))
		return false;
	if (take_char(r, '.') && !take_digits(r))
		return false;
	if (take_char(r, 'e') || take_char(r, 'E')) {
		if (!take_char(r, '-'))
			take_char(r, '+');
		return take_digits(r);
	}
	return true;
}

static bool take_hex(struct reader *r, uint32_t *out)
{
	*out = 0;
	if (r->left.len < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = r->left.at[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return false;
		*out = *out * 16 + (uint32_t)digit;
	}
	r->left = piece_skip(r->left, 4);
	return true;
}

static void add_code(struct buf *text, uint32_t code)
{
	if (code == 0) {
		buf_adds(text, WORD_NUL);
	} else if (code < 0x80) {
		buf_addc(text, (char)code);
	} else if (code < 0x800) {
		buf_addc(text, (char)(0xc0 | code >> 6));
		buf_addc(text, (char)(0x80 | (code & 0x3f)));
	} else {
		if (code < 0x10000) {
			buf_addc(text, (char)(0xe0 | code >> 12));
		} else {
			buf_addc(text, (char)(0xf0 | code >> 18));
			buf_addc(text, (char)(0x80 | (code >> 12 & 0x3f)));
		}
		buf_addc(text, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_addc(text, (char)(0x80 | (code & 0x3f)));
	}
}

/* A half of a pair that stands alone becomes U+FFFD. */
static bool take_unicode(struct reader *r)
{
	uint32_t code, low;

	if (!take_hex(r, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00) {
		struct piece before = r->left;

		if (take_word(r, "\\u") && take_hex(r, &low) && low >= 0xdc00 && low < 0xe000) {
			add_code(&r->text, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
			return true;
		}
		r->left = before;
	}
	add_code(&r->text, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
	return true;
}

static bool take_escape(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (take_char(r, 'u'))
		return take_unicode(r);
	found = r->left.len && r->left.at[0] ? strchr(from, r->left.at[0]) : NULL;
	if (!found)
		return false;
	buf_addc(&r->text, to[found - from]);
	r->left = piece_skip(r->left, 1);
	return true;
}

static bool take_string(struct reader *r)
{
	buf_clear(&r->text);
	if (!take_char(r, '"'))
		return false;
	while (r->left.len) {
		if (take_char(r, '"'))
			return true;
		if (take_char(r, '\\')) {
			if (!take_escape(r))
				return false;
			continue;
		}
		if ((unsigned char)r->left.at[0] < 0x20)
			return false;
		buf_addc(&r->text, r->left.at[0]);
		r->left = piece_skip(r->left, 1);
	}
	return false;
}

static bool take_value(struct reader *r);

static bool take_members(struct reader *r, char end, bool named)
{
	skip_blank(r);
	if (take_char(r, end))
		return true;
	do {
		skip_blank(r);
		if (named) {
			if (!take_string(r))
				return false;
			skip_blank(r);
			if (!take_char(r, ':'))
				return false;
		}
		if (!take_value(r))
			return false;
		skip_blank(r);
	} while (take_char(r, ','));
	return take_char(r, end);
}

static bool take_value(struct reader *r)
{
	bool ok;

	skip_blank(r);
	if (r->left.len && r->left.at[0] == '"')
		return take_string(r);
	if (take_word(r, "true") || take_word(r, "false") || take_word(r, "null"))
		return true;
	if (++r->depth > DEPTH_MAX)
		return false;
	ok = take_char(r, '[')   ? take_members(r, ']', false)
	     : take_char(r, '{') ? take_members(r, '}', true)
				 : take_number(r);
	r->depth--;
	return ok;
}

/* Collects strings until something else is met; what follows is only checked. */
static bool take_strings(struct reader *r, struct words *words, struct arena *arena)
{
	skip_blank(r);
	if (take_char(r, ']'))
		return true;
	do {
		skip_blank(r);
		if (r->left.len && r->left.at[0] != '"')
			r->strings = false;
		if (!take_value(r))
			return false;
		if (r->strings)
			words_add(words, arena, buf_text(&r->text), r->text.len);
		skip_blank(r);
	} while (take_char(r, ','));
	return take_char(r, ']');
}

enum json_words words_json(struct words *words, struct arena *arena, struct piece line)
{
	struct reader r = {.left = piece_trim_left(line), .strings = true};
	struct words found = {0};
	bool whole;

	if (!take_char(&r, '['))
		return JSON_NOT_ARRAY;
	whole = take_strings(&r, &found, arena);
	skip_blank(&r);
	whole = whole && r.left.len == 0;
	arena->failed |= r.text.failed;
	buf_fini(&r.text);
	if (!whole)
		return JSON_NOT_ARRAY;
	if (!r.strings)
		return JSON_NOT_STRINGS;
	*words = found;
	return JSON_WORDS;
}
