#include "build/words.h"

#include <string.h>

#include "util/buf.h"

void words_add(struct words *words, struct arena *arena, const char *text, size_t len)
{
	if (words->len == words->room) {
		size_t room = words->room ? words->room * 2 : 4;
		const char **v = arena_get(arena, room * sizeof(*v));

		if (!v)
			return;
		if (words->len)
			memcpy(v, words->v, words->len * sizeof(*v));
		words->v = v;
		words->room = room;
	}
	words->v[words->len] = arena_copy(arena, text, len);
	if (words->v[words->len])
		words->len++;
}

bool is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

bool is_blank(char c)
{
	return is_gap(c) || c == '\n';
}

size_t piece_space(struct piece piece)
{
	const unsigned char *p = (const unsigned char *)piece.at;

	if (!piece.len)
		return 0;
	if (p[0] < 0x80)
		return is_blank((char)p[0]);
	if (piece.len > 1 && p[0] == 0xc2)
		return p[1] == 0x85 || p[1] == 0xa0 ? 2 : 0;
	if (piece.len < 3)
		return 0;
	if (p[0] == 0xe2 && p[1] == 0x80)
		return p[2] <= 0x8a || p[2] == 0xa8 || p[2] == 0xa9 || p[2] == 0xaf ? 3 : 0;
	if (memcmp(p, "\u205f", 3) == 0 || memcmp(p, "\u3000", 3) == 0 ||
		memcmp(p, "\u1680", 3) == 0)
		return 3;
	return 0;
}

struct piece piece_skip(struct piece piece, size_t len)
{
	return (struct piece){piece.at + len, piece.len - len};
}

struct piece piece_trim_left(struct piece piece)
{
	size_t space;

	while ((space = piece_space(piece)) > 0)
		piece = piece_skip(piece, space);
	return piece;
}

struct piece piece_trim(struct piece piece)
{
	piece = piece_trim_left(piece);
	for (size_t back = 1; back <= 3 && back <= piece.len;) {
		if (piece_space(piece_skip(piece, piece.len - back)) != back) {
			back++;
			continue;
		}
		piece.len -= back;
		back = 1;
	}
	return piece;
}

struct piece piece_of(const char *text)
{
	return (struct piece){text, strlen(text)};
}

bool piece_is(struct piece piece, const char *text)
{
	return strlen(text) == piece.len && memcmp(piece.at, text, piece.len) == 0;
}

size_t piece_char(struct piece piece)
{
	unsigned char first = piece.len ? (unsigned char)piece.at[0] : 0;
	size_t len = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;

	if (piece.len < len)
		return piece.len ? 1 : 0;
	for (size_t i = 1; i < len; i++)
		if ((piece.at[i] & 0xc0) != 0x80)
			return 1;
	return len;
}

void words_split(struct words *words, struct arena *arena, struct piece line)
{
	while (line.len) {
		size_t len = 0;

		while (len < line.len && !is_gap(line.at[len]))
			len++;
		words_add(words, arena, line.at, len);
		while (len < line.len && is_gap(line.at[len]))
			len++;
		line = piece_skip(line, len);
	}
}

/* The length of the quoted part that the piece begins with, its quotes included. An escape hides
 * the next character, but not between single quotes. */
static size_t quoted_len(struct piece piece, char escape)
{
	char quote = piece.at[0];
	size_t len = 1;

	while (len < piece.len && piece.at[len] != quote) {
		if (piece.at[len] == escape && quote != '\'')
			len++;
		len++;
	}
	return len < piece.len ? len + 1 : piece.len;
}

/* An escape that nothing follows says nothing, quoted or not. */
static size_t without_last_escape(struct piece word, char escape, bool ends_line)
{
	size_t len = 0;
	char quote = 0;

	if (!ends_line)
		return word.len;
	while (len < word.len) {
		char c = word.at[len];

		if (c == escape && quote != '\'') {
			if (len + 1 == word.len)
				return len;
			len++;
		} else if (c == quote) {
			quote = 0;
		} else if (!quote && (c == '\'' || c == '"')) {
			quote = c;
		}
		len++;
	}
	return word.len;
}

static size_t shell_word_len(struct piece line, char escape)
{
	size_t len = 0;

	while (len < line.len) {
		struct piece rest = piece_skip(line, len);

		if (piece_space(rest))
			break;
		if (rest.at[0] == '\'' || rest.at[0] == '"')
			len += quoted_len(rest, escape);
		else if (rest.at[0] == escape && rest.len > 1)
			len += 1 + piece_char(piece_skip(rest, 1));
		else
			len += piece_char(rest);
	}
	return len < line.len ? len : line.len;
}

void words_quoted(struct words *words, struct arena *arena, struct piece line, char escape)
{
	for (line = piece_trim_left(line); line.len; line = piece_trim_left(line)) {
		size_t len = shell_word_len(line, escape);
		size_t kept =
			without_last_escape((struct piece){line.at, len}, escape, len == line.len);

		if (kept)
			words_add(words, arena, line.at, kept);
		line = piece_skip(line, len);
	}
}

/* Appends one flag with its quotes and backslashes resolved; returns how far it reached. */
static size_t add_flag(struct words *words, struct arena *arena, struct piece line)
{
	auto_buf word = BUF_INIT;
	size_t at = 0;
	char quote = 0;

	for (; at < line.len && (quote || !is_blank(line.at[at])); at++) {
		char c = line.at[at];

		if (c == '\\') {
			if (at + 1 < line.len)
				buf_addc(&word, line.at[++at]);
		} else if (c == quote) {
			quote = 0;
		} else if (!quote && (c == '\'' || c == '"')) {
			quote = c;
		} else {
			buf_addc(&word, c);
		}
	}
	arena->failed |= word.failed;
	if (strcmp(buf_text(&word), "--") != 0)
		words_add(words, arena, buf_text(&word), word.len);
	return at;
}

void words_flags(struct words *words, struct arena *arena, struct piece *line)
{
	for (;;) {
		size_t before = words->len, len = 0;

		while (len < line->len && is_blank(line->at[len]))
			len++;
		*line = piece_skip(*line, len);
		if (line->len < 2 || line->at[0] != '-' || line->at[1] != '-')
			return;
		*line = piece_skip(*line, add_flag(words, arena, *line));
		if (words->len == before)
			return;
	}
}
