/* The patterns of ${v#p}, ${v%p} and ${v/p/r}: * any run, ? one character, \ takes a meaning away.
 *
 * A pattern is run as the set of places in it that the text read so far may have led to, so that
 * the time is text times pattern, whatever a stranger thought up. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "build/expand.h"
#include "util/own.h"

enum { NOWHERE = -1 };

enum token_kind { TOKEN_CHAR, TOKEN_ONE, TOKEN_RUN };

struct token {
	enum token_kind kind;
	struct piece c;
};

struct glob {
	struct token *tokens;
	int len;
	/* Where a match that stands before token i began, NOWHERE: none does. One more than tokens:
	 * the last is the pattern's end. */
	ptrdiff_t *now, *then;
};

struct match {
	ptrdiff_t begin, end; /* begin NOWHERE: there is none */
};

static void glob_fini(struct glob *glob)
{
	free(glob->tokens);
	free(glob->now);
	free(glob->then);
}

#define auto_glob __attribute__((cleanup(glob_fini))) struct glob

/* Reads one token off the pattern. A backslash before } or / is there for ${}, not for us. */
static int read_token(struct piece *pattern, struct token *out)
{
	size_t len = piece_char(*pattern);

	*out = (struct token){.c = {pattern->at, len}};
	*pattern = piece_skip(*pattern, len);
	if (out->c.at[0] == '*') {
		out->kind = TOKEN_RUN;
	} else if (out->c.at[0] == '?') {
		out->kind = TOKEN_ONE;
	} else if (out->c.at[0] == '\\') {
		char c = pattern->len ? pattern->at[0] : 0;

		if (!c || !strchr("*?\\}/", c))
			return GLOB_BAD;
		out->c = (struct piece){pattern->at, 1};
		*pattern = piece_skip(*pattern, 1);
	}
	return 0;
}

static int glob_init(struct glob *glob, struct piece pattern)
{
	size_t room = pattern.len + 1;

	glob->tokens = calloc(room, sizeof(*glob->tokens));
	glob->now = calloc(room, sizeof(*glob->now));
	glob->then = calloc(room, sizeof(*glob->then));
	if (!glob->tokens || !glob->now || !glob->then)
		return -ENOMEM;
	while (pattern.len)
		if (read_token(&pattern, &glob->tokens[glob->len++]) < 0)
			return GLOB_BAD;
	return 0;
}

static void reverse_tokens(struct glob *glob)
{
	for (int i = 0, j = glob->len - 1; i < j; i++, j--) {
		struct token kept = glob->tokens[i];

		glob->tokens[i] = glob->tokens[j];
		glob->tokens[j] = kept;
	}
}

/* The earlier beginning wins. */
static void reach(ptrdiff_t *state, ptrdiff_t began)
{
	if (*state == NOWHERE || (began != NOWHERE && began < *state))
		*state = began;
}

/* A run may be of nothing. */
static void close_runs(const struct glob *glob, ptrdiff_t *states)
{
	for (int i = 0; i < glob->len; i++)
		if (glob->tokens[i].kind == TOKEN_RUN && states[i] != NOWHERE)
			reach(&states[i + 1], states[i]);
}

static bool accepts(const struct token *token, struct piece c)
{
	return token->kind != TOKEN_CHAR ||
	       (token->c.len == c.len && memcmp(token->c.at, c.at, c.len) == 0);
}

/* One character on; matches that began after `latest` are not wanted any more. False: none is left.
 */
static bool advance(struct glob *glob, struct piece c, ptrdiff_t latest)
{
	ptrdiff_t *kept = glob->now;
	bool alive = false;

	for (int i = 0; i <= glob->len; i++)
		glob->then[i] = NOWHERE;
	for (int i = 0; i < glob->len; i++) {
		ptrdiff_t began = glob->now[i];

		if (began == NOWHERE || (latest != NOWHERE && began > latest) ||
			!accepts(&glob->tokens[i], c))
			continue;
		reach(&glob->then[glob->tokens[i].kind == TOKEN_RUN ? i : i + 1], began);
		alive = true;
	}
	close_runs(glob, glob->then);
	glob->now = glob->then;
	glob->then = kept;
	return alive;
}

/* The first match at or after `from`, the longest (or shortest) of those that begin there. */
static struct match find(
	struct glob *glob, struct piece text, ptrdiff_t from, bool anchored, bool most)
{
	struct match match = {NOWHERE, NOWHERE};
	ptrdiff_t at = from;

	for (int i = 0; i <= glob->len; i++)
		glob->now[i] = NOWHERE;
	for (bool alive = true;;) {
		struct piece rest = piece_skip(text, (size_t)at);
		size_t len = piece_char(rest);

		if (match.begin == NOWHERE && (at == from || !anchored)) {
			reach(&glob->now[0], at);
			close_runs(glob, glob->now);
		} else if (!alive) {
			return match;
		}
		if (glob->now[glob->len] != NOWHERE &&
			(match.begin == NOWHERE || glob->now[glob->len] <= match.begin)) {
			match = (struct match){glob->now[glob->len], at};
			if (!most)
				return match;
		}
		if (!len)
			return match;
		alive = advance(glob, (struct piece){rest.at, len}, match.begin);
		at += (ptrdiff_t)len;
	}
}

/* The characters in the other order, each in one piece. */
static void reverse_text(struct piece text, struct buf *out)
{
	char *to = buf_reserve(out, text.len + 1);
	size_t left = text.len, len;

	if (!to)
		return;
	out->len = text.len;
	to[text.len] = '\0';
	for (; (len = piece_char(text)) > 0; text = piece_skip(text, len)) {
		left -= len;
		memcpy(to + left, text.at, len);
	}
}

int glob_cut(struct piece pattern, struct piece text, bool at_end, bool most, struct buf *out)
{
	auto_glob glob = {0};
	auto_buf reversed = BUF_INIT;
	struct match match;
	int failed = glob_init(&glob, pattern);

	if (failed == GLOB_BAD)
		return failed;
	if (at_end) {
		reverse_tokens(&glob);
		reverse_text(text, &reversed);
	}
	if (failed < 0 || buf_failed(&reversed)) {
		out->failed = true;
		return 0;
	}
	match = find(&glob, at_end ? (struct piece){buf_text(&reversed), text.len} : text, 0, true,
		most);
	if (match.begin == NOWHERE)
		buf_add(out, text.at, text.len);
	else if (at_end)
		buf_add(out, text.at, text.len - (size_t)match.end);
	else
		buf_add(out, text.at + match.end, text.len - (size_t)match.end);
	return 0;
}

int glob_replace(
	struct piece pattern, struct piece text, struct piece with, bool all, struct buf *out)
{
	auto_glob glob = {0};
	ptrdiff_t at = 0, ended = NOWHERE;
	int failed = glob_init(&glob, pattern);

	if (failed == GLOB_BAD)
		return failed;
	if (failed < 0) {
		out->failed = true;
		return 0;
	}
	while ((size_t)at <= text.len && out->len <= EXPAND_MAX) {
		struct match match = find(&glob, text, at, false, true);

		if (match.begin == NOWHERE)
			break;
		buf_add(out, text.at + at, (size_t)(match.begin - at));
		if (match.end > match.begin || match.begin != ended)
			buf_add(out, with.at, with.len);
		at = ended = match.end;
		if (match.end == match.begin) {
			size_t len = piece_char(piece_skip(text, (size_t)at));

			if (!len)
				return 0;
			buf_add(out, text.at + at, len);
			at += (ptrdiff_t)len;
		}
		if (!all)
			break;
	}
	if ((size_t)at < text.len)
		buf_add(out, text.at + at, text.len - (size_t)at);
	return 0;
}
