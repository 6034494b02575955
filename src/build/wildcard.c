#include "build/wildcard.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* x, x/ and all below it, anything that ends in x, and all the others. */
enum kind { PLAIN, BELOW, ENDING, PROGRAM };

enum token_kind { CHAR, ONE, RUN, CLASS, DEEP, INSIDE, ALL };

/* DEEP is "**" + "/" and takes two places: INSIDE is where at least one character was read. */
struct token {
	enum token_kind kind;
	struct piece text; /* CHAR: the character. CLASS: what is between the brackets */
};

enum { WORDS_MAX = WILDCARD_PLACES / 64 };

struct bits {
	uint64_t w[WORDS_MAX];
};

struct wildcard {
	enum kind kind;
	char *text; /* the pattern, which tokens point into */
	size_t len;
	size_t head, tail; /* plain characters that it begins and ends with */
	struct token *tokens;
	size_t tokens_len;
	size_t words;      /* of struct bits that are in use: tokens_len + 1 places */
	struct bits stays; /* RUN, ALL, INSIDE: a character may also stay there */
	struct bits skips; /* RUN, ALL: need nothing */
	struct bits deeps; /* DEEP: needs nothing, and then INSIDE does not either */
	struct bits insides;
	uint64_t *accepts; /* [128][words]: the places that an ASCII character leads on from */
};

/* ---- Go's grammar ---- */

static bool check_class_char(struct piece *rest)
{
	if (!rest->len || rest->at[0] == '-' || rest->at[0] == ']')
		return false;
	if (rest->at[0] == '\\') {
		*rest = piece_skip(*rest, 1);
		if (!rest->len)
			return false;
	}
	*rest = piece_skip(*rest, piece_char(*rest));
	return rest->len > 0;
}

/* What is after "[": one range at least, then "]". */
static bool check_class(struct piece *rest)
{
	if (rest->len && rest->at[0] == '^')
		*rest = piece_skip(*rest, 1);
	do {
		if (!check_class_char(rest))
			return false;
		if (rest->at[0] == '-') {
			*rest = piece_skip(*rest, 1);
			if (!check_class_char(rest))
				return false;
		}
	} while (rest->at[0] != ']');
	*rest = piece_skip(*rest, 1);
	return true;
}

static bool is_plain(struct piece pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (strchr("*?[\\", pattern.at[i]))
			return false;
	return true;
}

const char *wildcard_check(struct piece pattern)
{
	if (pattern.len >= WILDCARD_PLACES / 2 && !is_plain(pattern))
		return "is longer than 255 characters and has wildcards";
	while (pattern.len) {
		char c = pattern.at[0];

		pattern = piece_skip(pattern, 1);
		if (c == '\\') {
			if (!pattern.len)
				return "syntax error in pattern";
			pattern = piece_skip(pattern, 1);
		} else if (c == '[' && !check_class(&pattern)) {
			return "syntax error in pattern";
		}
	}
	return NULL;
}

/* ---- compiling ---- */

static struct piece take_char(struct piece *rest)
{
	struct piece c = {rest->at, piece_char(*rest)};

	*rest = piece_skip(*rest, c.len);
	return c;
}

/* The class that begins at rest, up to its bracket, which is taken. */
static struct piece take_class(struct piece *rest)
{
	struct piece whole = *rest;

	check_class(rest);
	return (struct piece){whole.at, whole.len - rest->len - 1};
}

/* "**", and the slash after it. */
static void take_deep(struct wildcard *w, struct piece *rest, bool first)
{
	*rest = piece_skip(*rest, 1);
	if (rest->len && rest->at[0] == '/')
		*rest = piece_skip(*rest, 1);
	if (!rest->len) {
		w->tokens[w->tokens_len++] = (struct token){.kind = ALL};
		w->kind = first ? ENDING : w->kind == PLAIN ? BELOW : PROGRAM;
	} else {
		w->tokens[w->tokens_len++] = (struct token){.kind = DEEP};
		w->tokens[w->tokens_len++] = (struct token){.kind = INSIDE};
		w->kind = first ? ENDING : PROGRAM;
	}
}

static void take_token(struct wildcard *w, struct piece *rest, bool first)
{
	struct token token = {.text = take_char(rest)};
	char c = token.text.at[0];

	if (c == '*' && rest->len && rest->at[0] == '*') {
		take_deep(w, rest, first);
		return;
	}
	if (c == '*' || c == '?' || c == '[' || c == '\\')
		w->kind = PROGRAM;
	if (c == '*') {
		token.kind = RUN;
	} else if (c == '?') {
		token.kind = ONE;
	} else if (c == '[') {
		token.kind = CLASS;
		token.text = take_class(rest);
	} else if (c == '\\' && rest->len) {
		token.text = take_char(rest);
	}
	w->tokens[w->tokens_len++] = token;
}

static struct piece class_char(struct piece *rest)
{
	if (rest->at[0] == '\\')
		*rest = piece_skip(*rest, 1);
	return take_char(rest);
}

static int compare(struct piece a, struct piece b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.at, b.at, len);

	return order ? order : (int)a.len - (int)b.len;
}

/* UTF-8 sorts as its code points do, so that a range needs no decoding. */
static bool class_has(struct piece class, struct piece c)
{
	bool negated = class.len && class.at[0] == '^', found = false;

	if (negated)
		class = piece_skip(class, 1);
	while (class.len) {
		struct piece low = class_char(&class), high = low;

		if (class.len && class.at[0] == '-') {
			class = piece_skip(class, 1);
			high = class_char(&class);
		}
		found |= compare(low, c) <= 0 && compare(c, high) <= 0;
	}
	return found != negated;
}

static bool accepts(const struct token *token, struct piece c)
{
	bool slash = c.len == 1 && c.at[0] == '/';

	switch (token->kind) {
	case CHAR:
		return compare(token->text, c) == 0;
	case ONE:
	case RUN:
		return !slash;
	case CLASS:
		return class_has(token->text, c);
	case DEEP:
	case INSIDE:
	case ALL:
		return true;
	}
	return false;
}

static void set(struct bits *bits, size_t at)
{
	bits->w[at / 64] |= (uint64_t)1 << at % 64;
}

static bool build_tables(struct wildcard *w)
{
	w->words = w->tokens_len / 64 + 1;
	w->accepts = calloc(128 * w->words, sizeof(*w->accepts));
	if (!w->accepts)
		return false;
	for (size_t i = 0; i < w->tokens_len; i++) {
		enum token_kind kind = w->tokens[i].kind;

		for (int c = 0; c < 128; c++) {
			char text = (char)c;

			if (accepts(&w->tokens[i], (struct piece){&text, 1}))
				w->accepts[(size_t)c * w->words + i / 64] |= (uint64_t)1 << i % 64;
		}
		if (kind == RUN || kind == ALL || kind == INSIDE)
			set(&w->stays, i);
		if (kind == RUN || kind == ALL)
			set(&w->skips, i);
		if (kind == DEEP)
			set(&w->deeps, i);
		if (kind == INSIDE)
			set(&w->insides, i);
	}
	return true;
}

/* Most paths differ where the pattern is plain. What "**" and its slash stand for may be nothing.
 */
static void measure_ends(struct wildcard *w)
{
	static const char special[] = "*?[]\\";

	while (w->head < w->len && !strchr(special, w->text[w->head]))
		w->head++;
	while (w->tail < w->len && !strchr(special, w->text[w->len - 1 - w->tail]))
		w->tail++;
	if (w->tail && strchr("\\*", w->text[w->len - 1 - w->tail]))
		w->tail--;
}

static bool ends_fit(const struct wildcard *w, const char *path, size_t len)
{
	return len >= w->head && len >= w->tail && memcmp(path, w->text, w->head) == 0 &&
	       memcmp(path + len - w->tail, w->text + w->len - w->tail, w->tail) == 0;
}

/* Plain text of any length needs no places. */
static bool read_tokens(struct wildcard *w)
{
	struct piece rest = {w->text, w->len};

	if (is_plain(rest))
		return true;
	w->tokens = calloc(2 * w->len + 2, sizeof(*w->tokens));
	if (!w->tokens)
		return false;
	while (rest.len)
		take_token(w, &rest, rest.at == w->text);
	measure_ends(w);
	return build_tables(w);
}

struct wildcard *wildcard_new(struct piece pattern)
{
	struct wildcard *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->text = strndup(pattern.at, pattern.len);
	w->len = pattern.len;
	if (w->text && read_tokens(w))
		return w;
	wildcard_free(w);
	return NULL;
}

void wildcard_free(struct wildcard *w)
{
	if (!w)
		return;
	free(w->text);
	free(w->tokens);
	free(w->accepts);
	free(w);
}

/* ---- running ---- */

/* Adds the places `by` after those of from & mask; true when one is new. */
static bool move(const struct wildcard *w, const struct bits *from, const struct bits *mask,
	unsigned by, struct bits *to)
{
	uint64_t carry = 0, fresh = 0;

	for (size_t i = 0; i < w->words; i++) {
		uint64_t places = from->w[i] & mask->w[i];
		uint64_t moved = places << by | carry;

		carry = places >> (64 - by);
		fresh |= moved & ~to->w[i];
		to->w[i] |= moved;
	}
	return fresh != 0;
}

static void skip(const struct wildcard *w, struct bits *now)
{
	while (move(w, now, &w->skips, 1, now) | move(w, now, &w->deeps, 2, now))
		;
}

/* The places that this character leads on from. */
static void accepted(
	const struct wildcard *w, const struct bits *now, struct piece c, struct bits *out)
{
	*out = (struct bits){0};
	if (c.len == 1 && !(c.at[0] & 0x80)) {
		for (size_t i = 0; i < w->words; i++)
			out->w[i] = now->w[i] & w->accepts[(size_t)c.at[0] * w->words + i];
		return;
	}
	for (size_t i = 0; i < w->tokens_len; i++)
		if (now->w[i / 64] >> i % 64 & 1 && accepts(&w->tokens[i], c))
			set(out, i);
}

static void advance(const struct wildcard *w, struct bits *now, struct piece c)
{
	struct bits read, leaving, then = {0};

	accepted(w, now, c, &read);
	for (size_t i = 0; i < w->words; i++) {
		then.w[i] = read.w[i] & w->stays.w[i];
		leaving.w[i] = ~w->stays.w[i];
	}
	move(w, &read, &leaving, 1, &then);
	if (c.at[0] == '/') {
		move(w, &read, &w->insides, 1, &then);
		move(w, &read, &w->deeps, 2, &then);
	}
	skip(w, &then);
	*now = then;
}

static bool is_alive(const struct wildcard *w, const struct bits *now)
{
	uint64_t any = 0;

	for (size_t i = 0; i < w->words; i++)
		any |= now->w[i];
	return any != 0;
}

static void run(const struct wildcard *w, const char *path, size_t len, struct bits *now)
{
	struct piece rest = {path, len};

	*now = (struct bits){.w = {1}};
	skip(w, now);
	while (rest.len && is_alive(w, now))
		advance(w, now, take_char(&rest));
}

bool wildcard_matches(const struct wildcard *w, const char *path, size_t len)
{
	struct bits now;
	size_t tail;

	switch (w->kind) {
	case PLAIN:
		return len == w->len && memcmp(path, w->text, len) == 0;
	case BELOW:
		return len >= w->len - 2 && memcmp(path, w->text, w->len - 2) == 0;
	case ENDING:
		tail = w->len - 2;
		if (len >= tail && memcmp(path + len - tail, w->text + 2, tail) == 0)
			return true;
		return tail && w->text[2] == '/' && len == tail - 1 &&
		       memcmp(path, w->text + 3, len) == 0;
	case PROGRAM:
		break;
	}
	if (!ends_fit(w, path, len))
		return false;
	run(w, path, len, &now);
	return now.w[w->tokens_len / 64] >> w->tokens_len % 64 & 1;
}

bool wildcard_reaches_below(const struct wildcard *w, const char *path, size_t len)
{
	struct bits now;

	if (!w->tokens)
		return w->len > len && w->text[len] == '/' && memcmp(path, w->text, len) == 0;
	run(w, path, len, &now);
	if (len)
		advance(w, &now, piece_of("/"));
	return is_alive(w, &now);
}
