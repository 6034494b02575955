#include "util/template_tree.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "util/strs.h"
#include "util/template_value.h"

/* Tokens of the whole text at once: the parser looks up to three ahead. */
struct lexer {
	struct arena *arena;
	const char *text, *at;
	struct token *tokens;
	size_t len, room;
	int parens;
};

static void emit(struct lexer *lx, enum token_kind kind, const char *from)
{
	if (lx->len == lx->room) {
		size_t room = lx->room ? lx->room * 2 : 64;
		struct token *more = arena_get(lx->arena, room * sizeof(*more));

		if (!more)
			return;
		if (lx->len)
			memcpy(more, lx->tokens, lx->len * sizeof(*more));
		lx->tokens = more;
		lx->room = room;
	}
	lx->tokens[lx->len++] = (struct token){
		.kind = kind,
		.pos = (size_t)(from - lx->text),
		.text = from,
		.len = (size_t)(lx->at - from),
	};
}

/* Lexing ends with the first mistake. */
static void fail(struct lexer *lx, const char *sentence)
{
	struct token *token;

	emit(lx, TOKEN_ERROR, lx->at);
	if (lx->arena->failed)
		return;
	token = &lx->tokens[lx->len - 1];
	token->text = sentence;
	token->len = strlen(sentence);
}

static void fail_quoting(
	struct lexer *lx, const char *what, const char *from, size_t len, const char *quote)
{
	auto_buf text = BUF_INIT;
	char *copy;

	buf_adds(&text, what);
	buf_adds(&text, quote);
	buf_add(&text, from, len);
	buf_adds(&text, quote);
	copy = arena_copy(lx->arena, buf_text(&text), text.len);
	fail(lx, copy ? copy : "out of memory");
}

static void fail_bad(struct lexer *lx, const char *what)
{
	char sentence[80];
	uint32_t rune;
	size_t len = utf8_get(lx->at, strlen(lx->at), &rune);

	snprintf(sentence, sizeof(sentence), "%s U+%04X", what, rune);
	if (rune > ' ' && rune != 0x7f)
		snprintf(sentence, sizeof(sentence), "%s U+%04X '%.*s'", what, rune, (int)len,
			lx->at);
	fail_quoting(lx, sentence, "", 0, "");
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_word(char c)
{
	return c == '_' || isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool at_trim_and_right(const char *at)
{
	return is_space(at[0]) && at[1] == '-' && at[2] == '}' && at[3] == '}';
}

/* What may follow a field, a variable or a word; else a user has glued two things together. */
static bool at_terminator(const char *at)
{
	return !*at || is_space(*at) || strchr(".,|:=()", *at) || str_has_prefix(at, "}}");
}

static bool lex_comment(struct lexer *lx)
{
	const char *end = strstr(lx->at, "*/");

	if (!end) {
		fail(lx, "unclosed comment");
		return false;
	}
	lx->at = end + 2;
	if (at_trim_and_right(lx->at)) {
		lx->at += 4;
		lx->at += strspn(lx->at, " \t\r\n");
	} else if (str_has_prefix(lx->at, "}}")) {
		lx->at += 2;
	} else {
		fail(lx, "comment ends before closing delimiter");
		return false;
	}
	return true;
}

static bool lex_quoted(struct lexer *lx, char quote, enum token_kind kind, const char *unclosed)
{
	const char *from = lx->at++;

	for (; *lx->at != quote; lx->at++) {
		if (*lx->at == '\\' && quote != '`')
			lx->at++;
		if (!*lx->at || (*lx->at == '\n' && quote != '`')) {
			fail(lx, unclosed);
			return false;
		}
	}
	lx->at++;
	emit(lx, kind, from);
	return true;
}

static void skip_number(struct lexer *lx)
{
	const char *digits = "0123456789_";
	bool plain = true;

	lx->at += strspn(lx->at, "+-") ? 1 : 0;
	if (lx->at[0] == '0' && lx->at[1] && strchr("xXoObB", lx->at[1])) {
		plain = false;
		digits = strchr("xX", lx->at[1]) ? "0123456789abcdefABCDEF_" : "01234567_";
		lx->at += 2;
	}
	lx->at += strspn(lx->at, digits);
	if (plain && *lx->at == '.') {
		lx->at++;
		lx->at += strspn(lx->at, digits);
	}
	if (plain && (*lx->at == 'e' || *lx->at == 'E')) {
		lx->at++;
		lx->at += strspn(lx->at, "+-") ? 1 : 0;
		lx->at += strspn(lx->at, digits);
	}
}

static bool lex_number(struct lexer *lx)
{
	const char *from = lx->at;
	bool good = true;

	skip_number(lx);
	if (is_word(*lx->at)) {
		lx->at++;
		good = false;
	} else if (*lx->at == '+' || *lx->at == '-') {
		skip_number(lx); /* Go has complex numbers there */
		good = false;
	}
	if (good)
		emit(lx, TOKEN_NUMBER, from);
	else
		fail_quoting(lx, "bad number syntax: ", from, (size_t)(lx->at - from), "\"");
	return good;
}

static bool terminate(struct lexer *lx, enum token_kind kind, const char *from)
{
	if (!at_terminator(lx->at)) {
		fail_bad(lx, "bad character");
		return false;
	}
	emit(lx, kind, from);
	return true;
}

static enum token_kind word_kind(const char *word, size_t len)
{
	static const struct {
		const char *word;
		enum token_kind kind;
	} words[] = {
		{"true", TOKEN_BOOL},
		{"false", TOKEN_BOOL},
		{"nil", TOKEN_NIL},
		{"block", TOKEN_BLOCK},
		{"break", TOKEN_BREAK},
		{"continue", TOKEN_CONTINUE},
		{"define", TOKEN_DEFINE},
		{"else", TOKEN_ELSE},
		{"end", TOKEN_END},
		{"if", TOKEN_IF},
		{"range", TOKEN_RANGE},
		{"template", TOKEN_TEMPLATE},
		{"with", TOKEN_WITH},
	};

	for (size_t i = 0; i < array_len(words); i++)
		if (strlen(words[i].word) == len && memcmp(words[i].word, word, len) == 0)
			return words[i].kind;
	return TOKEN_IDENT;
}

static bool lex_word(struct lexer *lx, const char *from, enum token_kind kind)
{
	while (is_word(*lx->at))
		lx->at++;
	if (kind == TOKEN_IDENT)
		kind = word_kind(from, (size_t)(lx->at - from));
	return terminate(lx, kind, from);
}

static bool lex_dot(struct lexer *lx)
{
	const char *from = lx->at;

	if (isdigit((unsigned char)from[1]))
		return lex_number(lx);
	lx->at++;
	if (!is_word(*lx->at)) {
		emit(lx, TOKEN_DOT, from);
		return true;
	}
	return lex_word(lx, from, TOKEN_FIELD);
}

static bool lex_punctuation(struct lexer *lx)
{
	const char *from = lx->at++;

	switch (*from) {
	case '|':
		emit(lx, TOKEN_PIPE, from);
		return true;
	case '=':
		emit(lx, TOKEN_ASSIGN, from);
		return true;
	case ':':
		if (*lx->at != '=') {
			fail(lx, "expected :=");
			return false;
		}
		lx->at++;
		emit(lx, TOKEN_DECLARE, from);
		return true;
	case '(':
		lx->parens++;
		emit(lx, TOKEN_OPEN, from);
		return true;
	case ')':
		if (lx->parens-- == 0) {
			fail(lx, "unexpected right paren");
			return false;
		}
		emit(lx, TOKEN_CLOSE, from);
		return true;
	}
	if (*from >= ' ' && *from <= '~') {
		emit(lx, TOKEN_CHAR, from);
		return true;
	}
	lx->at = from;
	fail_bad(lx, "unrecognized character in action:");
	return false;
}

static bool lex_inside(struct lexer *lx)
{
	const char *from = lx->at;

	switch (*from) {
	case '"':
		return lex_quoted(lx, '"', TOKEN_STRING, "unterminated quoted string");
	case '`':
		return lex_quoted(lx, '`', TOKEN_RAW, "unterminated raw quoted string");
	case '\'':
		return lex_quoted(lx, '\'', TOKEN_RUNE, "unterminated character constant");
	case '.':
		return lex_dot(lx);
	case '$':
		lx->at++;
		return lex_word(lx, from, TOKEN_VARIABLE);
	case '+':
	case '-':
		return lex_number(lx);
	}
	if (isdigit((unsigned char)*from))
		return lex_number(lx);
	if (is_word(*from))
		return lex_word(lx, from, TOKEN_IDENT);
	return lex_punctuation(lx);
}

/* From after "{{" to after "}}". */
static bool lex_action(struct lexer *lx)
{
	lx->parens = 0;
	for (;;) {
		const char *from = lx->at;
		bool trim = at_trim_and_right(from);

		if (trim || str_has_prefix(from, "}}")) {
			if (lx->parens) {
				fail(lx, "unclosed left paren");
				return false;
			}
			lx->at += trim ? 4 : 2;
			emit(lx, TOKEN_RIGHT, from);
			if (trim)
				lx->at += strspn(lx->at, " \t\r\n");
			return true;
		}
		if (!*from) {
			fail(lx, "unclosed action");
			return false;
		}
		if (is_space(*from)) {
			while (is_space(*lx->at) && !at_trim_and_right(lx->at))
				lx->at++;
			emit(lx, TOKEN_SPACE, from);
		} else if (!lex_inside(lx)) {
			return false;
		}
	}
}

static void emit_text(struct lexer *lx, const char *from, const char *end, bool trim)
{
	if (trim)
		while (end > from && is_space(end[-1]))
			end--;
	if (end == from)
		return;
	lx->at = end;
	emit(lx, TOKEN_TEXT, from);
}

struct token *template_lex(struct arena *arena, const char *text)
{
	struct lexer lexer = {.arena = arena, .text = text, .at = text}, *lx = &lexer;

	while (!arena->failed) {
		const char *from = lx->at, *left = strstr(from, "{{"), *start = left;
		bool trim = left && left[2] == '-' && is_space(left[3]);

		emit_text(lx, from, left ? left : from + strlen(from), trim);
		if (!left) {
			lx->at = from + strlen(from);
			emit(lx, TOKEN_EOF, lx->at);
			break;
		}
		lx->at = left + (trim ? 4 : 2);
		if (trim)
			lx->at += strspn(lx->at, " \t\r\n");
		if (str_has_prefix(lx->at, "/*")) {
			if (!lex_comment(lx))
				break;
			continue;
		}
		emit(lx, TOKEN_LEFT, start);
		if (!lex_action(lx))
			break;
	}
	return arena->failed ? NULL : lx->tokens;
}
