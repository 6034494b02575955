#include "build/expand.h"

#include <errno.h>
#include <string.h>

#include "build/quote.h"
#include "util/own.h"

enum { DEPTH_MAX = 50, END = -1 };

/* Words being cut out of a result as it grows. */
struct splitter {
	struct strs *words;
	struct buf word;
};

struct lex {
	const struct expander *x;
	struct piece left;
	int depth;
	size_t made; /* bytes so far, of every level */
	struct err *err;
};

static int peek(const struct lex *lex)
{
	return lex->left.len ? (unsigned char)lex->left.at[0] : END;
}

static struct piece next(struct lex *lex)
{
	struct piece c = {lex->left.at, piece_char(lex->left)};

	lex->left = piece_skip(lex->left, c.len);
	return c;
}

static int fail(struct lex *lex, const char *words)
{
	return err_set(lex->err, EINVAL, "%s", words);
}

/* ---- splitting ---- */

static void end_word(struct splitter *split)
{
	if (split->word.len)
		strs_add(split->words, buf_text(&split->word));
	buf_clear(&split->word);
}

static void add_raw(struct splitter *split, struct piece text)
{
	if (split)
		buf_add(&split->word, text.at, text.len);
}

static void add_split(struct splitter *split, struct piece text)
{
	size_t len;

	if (!split)
		return;
	for (; (len = piece_char(text)) > 0; text = piece_skip(text, len)) {
		if (piece_space(text))
			end_word(split);
		else
			buf_add(&split->word, text.at, len);
	}
}

/* ---- variables ---- */

static bool is_special(int c)
{
	return c > 0 && strchr("@*#?-$!0", c) != NULL;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Letters of any script count: every byte above ASCII but for Unicode's blanks. */
static bool is_name(struct piece left)
{
	unsigned char c = left.len ? (unsigned char)left.at[0] : 0;

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) ||
	       (c >= 0x80 && !piece_space(left) && piece_char(left) > 1);
}

static void read_name(struct lex *lex, struct buf *name)
{
	if (is_digit(peek(lex))) {
		while (is_digit(peek(lex)))
			buf_addc(name, next(lex).at[0]);
		return;
	}
	if (is_special(peek(lex))) {
		buf_addc(name, next(lex).at[0]);
		return;
	}
	while (is_name(lex->left)) {
		struct piece c = next(lex);

		buf_add(name, c.at, c.len);
	}
}

static const char *look_up(struct lex *lex, const struct buf *name)
{
	return lex->x->lookup ? lex->x->lookup(lex->x->context, buf_text(name)) : NULL;
}

static void miss(struct lex *lex, const struct buf *name)
{
	if (lex->x->missed)
		lex->x->missed(lex->x->context, buf_text(name));
}

static int until(
	struct lex *lex, int stop, bool raw_escapes, struct buf *out, struct splitter *split);

/* The word up to `stop` inside ${}; what ends it too early is said about the brace. */
static int inner_word(
	struct lex *lex, int stop, bool raw_escapes, const char *missing, struct buf *out)
{
	if (until(lex, stop, raw_escapes, out, NULL) == 0)
		return 0;
	return lex->left.len ? lex->err->code : fail(lex, missing);
}

static int require(struct lex *lex, const struct buf *name, const char *value, bool empty_counts,
	const struct buf *word, struct buf *out)
{
	const char *what = !value ? "is not allowed to be unset" : "is not allowed to be empty";

	if (!value || (empty_counts && !*value))
		return err_set(lex->err, EINVAL, "%s: %.300s", buf_text(name),
			word->len ? buf_text(word) : what);
	buf_adds(out, value);
	return 0;
}

static int cut(
	struct lex *lex, char side, const char *value, const struct buf *word, struct buf *out)
{
	struct piece pattern = {buf_text(word), word->len};
	bool most = pattern.len && pattern.at[0] == side;

	if (most)
		pattern = piece_skip(pattern, 1);
	if (glob_cut(pattern, piece_of(value), side == '%', most, out) == GLOB_BAD)
		return err_set(lex->err, EINVAL,
			"invalid pattern (%.100s) in substitution: invalid escape", pattern.at);
	return 0;
}

/* ${name OP word}: OP is one of - + ? # %, a colon before it or not. */
static int modified(struct lex *lex, const struct buf *name, bool colon, char op, struct buf *out)
{
	auto_buf word = BUF_INIT;
	const char *value;
	bool none;

	if (inner_word(lex, '}', op == '#' || op == '%', "syntax error: missing '}'", &word) < 0)
		return lex->err->code;
	value = look_up(lex, name);
	if (!value && lex->x->keep_unset) {
		buf_addf(out, "${%s%s%c%s}", buf_text(name), colon ? ":" : "", op, buf_text(&word));
		return 0;
	}
	none = !value || (colon && !*value);
	if (op == '-') {
		buf_adds(out, none ? buf_text(&word) : value);
	} else if (op == '+') {
		buf_adds(out, none ? "" : buf_text(&word));
	} else if (op == '?') {
		return require(lex, name, value, colon, &word, out);
	} else if ((op == '#' || op == '%') && !colon) {
		if (!value)
			miss(lex, name);
		return cut(lex, op, value ? value : "", &word, out);
	} else {
		return err_set(lex->err, EINVAL, "unsupported modifier (%s%c) in substitution",
			colon ? ":" : "", op);
	}
	return 0;
}

/* ${name/pattern/with}, ${name//pattern/with} */
static int replaced(struct lex *lex, const struct buf *name, struct buf *out)
{
	auto_buf pattern = BUF_INIT, with = BUF_INIT;
	bool all = peek(lex) == '/';
	const char *value;

	if (all)
		next(lex);
	if (inner_word(lex, '/', true, "syntax error: missing '/' in ${}", &pattern) < 0 ||
		inner_word(lex, '}', true, "syntax error: missing '}'", &with) < 0)
		return lex->err->code;
	value = look_up(lex, name);
	if (!value && lex->x->keep_unset) {
		buf_addf(out, "${%s/%s/%s}", buf_text(name), buf_text(&pattern), buf_text(&with));
		return 0;
	}
	if (!value)
		miss(lex, name);
	if (glob_replace((struct piece){buf_text(&pattern), pattern.len},
		    piece_of(value ? value : ""), (struct piece){buf_text(&with), with.len}, all,
		    out) == GLOB_BAD)
		return err_set(lex->err, EINVAL,
			"invalid pattern (%.100s) in substitution: invalid escape",
			buf_text(&pattern));
	return 0;
}

static void plain(struct lex *lex, const struct buf *name, bool braces, struct buf *out)
{
	const char *value = look_up(lex, name);

	if (value) {
		buf_adds(out, value);
		return;
	}
	miss(lex, name);
	if (lex->x->keep_unset)
		buf_addf(out, braces ? "${%s}" : "$%s", buf_text(name));
}

static int braces(struct lex *lex, struct buf *out)
{
	auto_buf name = BUF_INIT;
	struct piece op;

	if (peek(lex) == END)
		return fail(lex, "syntax error: missing '}'");
	if (peek(lex) == '{' || peek(lex) == '}' || peek(lex) == ':')
		return fail(lex, "syntax error: bad substitution");
	read_name(lex, &name);
	op = next(lex);
	if (!op.len)
		return fail(lex, "syntax error: missing '}'");
	switch (op.at[0]) {
	case '}':
		plain(lex, &name, true, out);
		return 0;
	case ':':
		op = next(lex);
		if (!op.len)
			return fail(lex, "syntax error: missing '}'");
		return modified(lex, &name, true, op.at[0], out);
	case '-':
	case '+':
	case '?':
	case '#':
	case '%':
		return modified(lex, &name, false, op.at[0], out);
	case '/':
		return replaced(lex, &name, out);
	default:
		return err_set(lex->err, EINVAL, "unsupported modifier (%.*s) in substitution",
			(int)op.len, op.at);
	}
}

static int dollar(struct lex *lex, struct buf *out)
{
	auto_buf name = BUF_INIT;

	next(lex);
	if (peek(lex) == '{') {
		next(lex);
		return braces(lex, out);
	}
	read_name(lex, &name);
	if (!name.len)
		buf_addc(out, '$');
	else
		plain(lex, &name, false, out);
	return 0;
}

/* ---- quotes ---- */

static int single_quoted(struct lex *lex, struct buf *out)
{
	const char *end;

	if (lex->x->raw_quotes)
		buf_addc(out, '\'');
	next(lex);
	end = lex->left.len ? memchr(lex->left.at, '\'', lex->left.len) : NULL;
	if (!end) {
		lex->left = piece_skip(lex->left, lex->left.len);
		return fail(
			lex, "unexpected end of statement while looking for matching single-quote");
	}
	buf_add(out, lex->left.at, (size_t)(end - lex->left.at));
	lex->left = piece_skip(lex->left, (size_t)(end - lex->left.at) + 1);
	if (lex->x->raw_quotes)
		buf_addc(out, '\'');
	return 0;
}

static void escaped_in_quotes(struct lex *lex, bool raw_escapes, struct buf *out)
{
	int c;

	next(lex);
	if (raw_escapes)
		buf_addc(out, lex->x->escape);
	c = peek(lex);
	if (c == '"' || c == '$' || c == (unsigned char)lex->x->escape)
		buf_addc(out, next(lex).at[0]);
	else if (c != END && !raw_escapes)
		buf_addc(out, lex->x->escape);
}

static int double_quoted(struct lex *lex, bool raw_escapes, struct buf *out)
{
	if (lex->x->raw_quotes)
		buf_addc(out, '"');
	next(lex);
	for (;;) {
		int c = peek(lex);

		if (c == END)
			return fail(lex,
				"unexpected end of statement while looking for matching double-quote");
		if (c == '"')
			break;
		if (c == '$') {
			if (dollar(lex, out) < 0)
				return lex->err->code;
		} else if (c == (unsigned char)lex->x->escape) {
			escaped_in_quotes(lex, raw_escapes, out);
		} else {
			struct piece plain_char = next(lex);

			buf_add(out, plain_char.at, plain_char.len);
		}
	}
	next(lex);
	if (lex->x->raw_quotes)
		buf_addc(out, '"');
	return 0;
}

/* ---- the word ---- */

static int special(
	struct lex *lex, int c, bool raw_escapes, struct buf *out, struct splitter *split)
{
	size_t before = out->len;
	int failed = c == '$'    ? dollar(lex, out)
		     : c == '\'' ? single_quoted(lex, out)
				 : double_quoted(lex, raw_escapes, out);
	struct piece made = {buf_text(out) + before, out->len - before};

	if (failed < 0)
		return failed;
	lex->made += made.len;
	if (lex->made > EXPAND_MAX)
		return fail(lex, "it expands to more than 1 MiB");
	if (c == '$')
		add_split(split, made);
	else
		add_raw(split, made);
	return 0;
}

static void escaped(struct lex *lex, bool raw_escapes, struct buf *out, struct splitter *split)
{
	struct piece c = next(lex);

	if (raw_escapes) {
		buf_add(out, c.at, c.len);
		add_raw(split, c);
	}
	c = next(lex);
	buf_add(out, c.at, c.len);
	add_raw(split, c);
}

static int until(
	struct lex *lex, int stop, bool raw_escapes, struct buf *out, struct splitter *split)
{
	if (++lex->depth > DEPTH_MAX) {
		lex->left = piece_skip(lex->left, lex->left.len > 0 ? lex->left.len - 1 : 0);
		return fail(lex, "it is nested too deeply");
	}
	for (int c = peek(lex); c != stop; c = peek(lex)) {
		if (c == END)
			return err_set(lex->err, EINVAL,
				"unexpected end of statement while looking for matching %c", stop);
		if (c == '$' || (!lex->x->skip_quotes && (c == '\'' || c == '"'))) {
			if (special(lex, c, raw_escapes, out, split) < 0)
				return lex->err->code;
		} else if (c == (unsigned char)lex->x->escape) {
			escaped(lex, raw_escapes, out, split);
		} else {
			struct piece plain_char = next(lex);

			buf_add(out, plain_char.at, plain_char.len);
			add_split(split, plain_char);
		}
	}
	if (stop != END)
		next(lex);
	lex->depth--;
	return 0;
}

static int expand(const struct expander *x, struct piece word, struct buf *out,
	struct splitter *split, struct err *err)
{
	struct lex lex = {.x = x, .left = word, .err = err};
	auto_buf source = BUF_INIT;

	if (until(&lex, END, x->raw_escapes, out, split) < 0) {
		quote_add(&source, word);
		return err_in(err, "failed to process %.200s", buf_text(&source));
	}
	if (buf_failed(out))
		return err_set(err, ENOMEM, "out of memory");
	return 0;
}

int expand_word(const struct expander *x, struct piece word, struct buf *out, struct err *err)
{
	return expand(x, word, out, NULL, err);
}

int expand_words(const struct expander *x, struct piece word, struct strs *out, struct err *err)
{
	struct splitter split = {.words = out};
	auto_buf whole = BUF_INIT;
	int failed = expand(x, word, &whole, &split, err);

	if (failed == 0)
		end_word(&split);
	if (failed == 0 && (buf_failed(&split.word) || strs_failed(out)))
		failed = err_set(err, ENOMEM, "out of memory");
	buf_fini(&split.word);
	return failed;
}
