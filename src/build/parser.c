/* From logical lines to instructions and their words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build/ast.h"
#include "build/expand.h"
#include "build/lexer.h"
#include "build/quote.h"

struct parser {
	struct lexer lexer;
	struct arena *arena;
	struct err *err;
};

/* The instructions as they come; the arena is only for what stays. */
struct growing {
	struct instruction *v;
	size_t len, room;
};

static int refuse(struct parser *p, const char *words)
{
	return err_set(p->err, EINVAL, "%s", words);
}

/* ---- words, a way of reading them each ---- */

static int read_pairs(struct parser *p, struct instruction *in, struct piece rest)
{
	struct words words = {0};
	size_t gap = 0;

	words_quoted(&words, p->arena, rest, p->lexer.escape);
	if (!words.len)
		return 0;
	if (!strchr(words.v[0], '=')) {
		in->legacy = true;
		while (gap < rest.len && !is_gap(rest.at[gap]))
			gap++;
		if (gap == rest.len)
			return err_set(p->err, EINVAL, "%s must have two arguments",
				keyword_upper(in->keyword));
		words_add(&in->args, p->arena, rest.at, gap);
		while (gap < rest.len && is_gap(rest.at[gap]))
			gap++;
		words_add(&in->args, p->arena, rest.at + gap, rest.len - gap);
		return 0;
	}
	for (size_t i = 0; i < words.len; i++) {
		const char *equals = strchr(words.v[i], '=');
		auto_buf quoted = BUF_INIT;

		if (!equals) {
			quote_add(&quoted, piece_of(words.v[i]));
			return err_set(p->err, EINVAL,
				"Syntax error - can't find = in %.200s. Must be of the form: name=value",
				buf_text(&quoted));
		}
		words_add(&in->args, p->arena, words.v[i], (size_t)(equals - words.v[i]));
		words_add(&in->args, p->arena, equals + 1, strlen(equals + 1));
	}
	return 0;
}

/* A JSON array; *found is false when it is none and the words are to be read otherwise. */
static int read_json(struct parser *p, struct instruction *in, struct piece rest, bool *found)
{
	struct words words = {0};

	*found = false;
	switch (words_json(&words, p->arena, rest)) {
	case JSON_NOT_ARRAY:
		return 0;
	case JSON_NOT_STRINGS:
		return refuse(p,
			"when using JSON array syntax, arrays must be comprised of strings only");
	case JSON_WORDS:
		break;
	}
	for (size_t i = 0; i < words.len; i++)
		words_add(&in->args, p->arena, words.v[i], strlen(words.v[i]));
	in->json = *found = true;
	return 0;
}

static int read_command(struct parser *p, struct instruction *in, struct piece rest)
{
	bool json;

	if (!rest.len)
		return 0;
	if (read_json(p, in, rest, &json) < 0)
		return p->err->code;
	if (!json)
		words_add(&in->args, p->arena, rest.at, rest.len);
	return 0;
}

static int read_list(struct parser *p, struct instruction *in, struct piece rest)
{
	bool json;

	if (read_json(p, in, rest, &json) < 0)
		return p->err->code;
	if (!json)
		words_split(&in->args, p->arena, rest);
	return 0;
}

/* HEALTHCHECK: a word, then a command. */
static int read_health(struct parser *p, struct instruction *in, struct piece rest)
{
	size_t len = 0;

	while (len < rest.len && !is_blank(rest.at[len]))
		len++;
	if (!len)
		return 0;
	words_add(&in->args, p->arena, rest.at, len);
	return read_command(p, in, piece_trim_left(piece_skip(rest, len)));
}

static int read_instruction(
	struct parser *p, struct instruction *in, struct piece line, bool triggered);

static int read_trigger(struct parser *p, struct instruction *in, struct piece rest)
{
	struct instruction *trigger;

	if (!rest.len)
		return 0;
	trigger = arena_get(p->arena, sizeof(*trigger));
	if (!trigger)
		return err_set(p->err, ENOMEM, "out of memory");
	in->trigger = trigger;
	return read_instruction(p, trigger, rest, true);
}

static int read_args(struct parser *p, struct instruction *in, struct piece rest, bool triggered)
{
	switch (in->keyword) {
	case KEYWORD_ADD:
	case KEYWORD_COPY:
	case KEYWORD_VOLUME:
		return read_list(p, in, rest);
	case KEYWORD_CMD:
	case KEYWORD_ENTRYPOINT:
	case KEYWORD_RUN:
	case KEYWORD_SHELL:
		return read_command(p, in, rest);
	case KEYWORD_ENV:
	case KEYWORD_LABEL:
		return read_pairs(p, in, rest);
	case KEYWORD_ARG:
		words_quoted(&in->args, p->arena, rest, p->lexer.escape);
		return 0;
	case KEYWORD_EXPOSE:
	case KEYWORD_FROM:
		words_split(&in->args, p->arena, rest);
		return 0;
	case KEYWORD_HEALTHCHECK:
		return read_health(p, in, rest);
	case KEYWORD_ONBUILD:
		if (triggered)
			return refuse(p, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
		return read_trigger(p, in, rest);
	case KEYWORD_MAINTAINER:
	case KEYWORD_STOPSIGNAL:
	case KEYWORD_USER:
	case KEYWORD_WORKDIR:
		if (rest.len)
			words_add(&in->args, p->arena, rest.at, rest.len);
		return 0;
	case KEYWORD_UNKNOWN:
	case KEYWORD_COUNT:
		break;
	}
	return 0;
}

static int read_instruction(
	struct parser *p, struct instruction *in, struct piece line, bool triggered)
{
	struct piece rest = piece_trim(line);
	size_t len = 0;

	in->line = arena_copy(p->arena, rest.at, rest.len);
	while (len < rest.len && !is_gap(rest.at[len]))
		len++;
	in->name = arena_copy(p->arena, rest.at, len);
	in->keyword = keyword_find(rest.at, len);
	while (len < rest.len && is_gap(rest.at[len]))
		len++;
	rest = piece_skip(rest, len);
	words_flags(&in->flags, p->arena, &rest);
	return read_args(p, in, piece_trim(rest), triggered);
}

/* ---- heredocs ---- */

static bool may_have_heredocs(const struct instruction *in)
{
	if (in->keyword == KEYWORD_ONBUILD && in->trigger)
		in = in->trigger;
	return !in->json && (in->keyword == KEYWORD_RUN || in->keyword == KEYWORD_COPY ||
				    in->keyword == KEYWORD_ADD);
}

/* `<< NAME`: the name may stand apart. */
static bool is_heredoc_start(const char *word)
{
	while (*word >= '0' && *word <= '9')
		word++;
	return strcmp(word, "<<") == 0 || strcmp(word, "<<-") == 0;
}

static int read_heredoc(
	struct parser *p, struct words *names, struct heredoc *out, struct piece word)
{
	struct piece body;

	switch (heredoc_word(word.at, word.len, p->arena, out, p->err)) {
	case 0:
		break;
	case -ENOENT:
		return 0;
	default:
		return p->err->code;
	}
	if (!lexer_heredoc(&p->lexer, out->name, out->chomp, &body))
		return refuse(p, "unterminated heredoc");
	out->text = arena_copy(p->arena, body.at, body.len);
	out->len = body.len;
	words_add(names, p->arena, out->name, strlen(out->name));
	return 0;
}

/* A line whose quotes do not match has no heredocs: the shell will say what it thinks of it. */
static int read_heredocs(struct parser *p, struct instruction *in, struct piece line)
{
	const struct expander x = {
		.escape = '\\', .raw_quotes = true, .raw_escapes = true, .keep_unset = true};
	auto_strs words = STRS_INIT;
	struct heredoc *heredocs;
	struct words names = {0};
	struct err ignored;

	if (!memmem(line.at, line.len, "<<", 2) || expand_words(&x, line, &words, &ignored) < 0)
		return 0;
	heredocs = arena_get(p->arena, words.len * sizeof(*heredocs));
	if (!heredocs)
		return err_set(p->err, ENOMEM, "out of memory");
	for (size_t i = 0; i < words.len; i++) {
		auto_buf word = BUF_INIT;

		buf_adds(&word, words.v[i]);
		if (is_heredoc_start(words.v[i]) && i + 1 < words.len)
			buf_addf(&word, " %s", words.v[++i]);
		if (read_heredoc(p, &names, &heredocs[names.len],
			    (struct piece){buf_text(&word), word.len}) < 0)
			return p->err->code;
	}
	in->heredocs = heredocs;
	in->heredocs_len = names.len;
	return 0;
}

/* ---- the file ---- */

static struct instruction *grow(struct growing *growing)
{
	if (growing->len == growing->room) {
		size_t room = growing->room ? growing->room * 2 : 32;
		struct instruction *v = realloc(growing->v, room * sizeof(*v));

		if (!v)
			return NULL;
		growing->v = v;
		growing->room = room;
	}
	growing->v[growing->len] = (struct instruction){0};
	return &growing->v[growing->len++];
}

static int read_logical(struct parser *p, struct growing *growing, const struct logical *logical,
	struct place *place)
{
	struct piece line = {logical->text, logical->len};
	struct instruction *in = grow(growing);

	if (!in)
		return err_set(p->err, ENOMEM, "out of memory");
	*place = (struct place){logical->first, logical->last, (int)logical->column, 0};
	if (read_instruction(p, in, line, false) < 0)
		return p->err->code;
	in->comments = logical->comments;
	in->empty_continuation = logical->empty_continuation;
	in->last_line = logical->last;
	if (in->keyword == KEYWORD_UNKNOWN && in->name)
		place->width = (int)strlen(in->name);
	if (may_have_heredocs(in) && read_heredocs(p, in, line) < 0) {
		place->last = p->lexer.line;
		return p->err->code;
	}
	place->last = p->lexer.line;
	in->place = *place;
	return 0;
}

static int read_all(struct parser *p, struct growing *growing, struct place *place)
{
	struct logical logical;
	bool found;

	for (;;) {
		if (lexer_next(&p->lexer, &logical, &found, p->err) < 0) {
			*place = (struct place){.first = p->lexer.line, .last = p->lexer.line};
			return p->err->code;
		}
		if (!found)
			break;
		if (read_logical(p, growing, &logical, place) < 0)
			return p->err->code;
	}
	*place = (struct place){0};
	if (!growing->len)
		return refuse(p, "file with no instructions");
	return 0;
}

static int check_bytes(const struct source *source, struct place *place, struct err *err)
{
	const char *nul = source->len ? memchr(source->text, 0, source->len) : NULL;

	*place = (struct place){0};
	if (source->len > SOURCE_MAX)
		return err_set(
			err, EFBIG, "%s is larger than %d MiB", source->name, SOURCE_MAX >> 20);
	if (!source->len)
		return err_set(err, EINVAL, "the Dockerfile cannot be empty");
	if (!nul)
		return 0;
	place->first = 1;
	for (const char *p = source->text; p < nul; p++)
		place->first += *p == '\n';
	return err_set(err, EINVAL, "line %d has a NUL byte: a Dockerfile is text", place->first);
}

/* What was collected moves to the tree. */
static int settle(
	struct ast *ast, const struct parser *p, const struct growing *growing, struct err *err)
{
	struct instruction *v = arena_get(&ast->arena, growing->len * sizeof(*v));

	if (!v || ast->arena.failed)
		return err_set(err, ENOMEM, "out of memory");
	memcpy(v, growing->v, growing->len * sizeof(*v));
	ast->v = v;
	ast->len = growing->len;
	ast->escape = p->lexer.escape;
	ast->syntax = p->lexer.syntax;
	ast->check = p->lexer.check;
	ast->check_line = p->lexer.check_line;
	return 0;
}

int ast_parse(const struct source *source, struct ast **out, struct place *place, struct err *err)
{
	auto_of(ast) struct ast *ast = calloc(1, sizeof(*ast));
	struct growing growing = {0};
	struct parser p = {.err = err};
	int failed;

	if (!ast)
		return err_set(err, ENOMEM, "out of memory");
	if (check_bytes(source, place, err) < 0)
		return err->code;
	p.arena = &ast->arena;
	lexer_init(&p.lexer, source, p.arena);
	failed = read_all(&p, &growing, place);
	if (failed == 0)
		failed = settle(ast, &p, &growing, err);
	free(growing.v);
	if (failed < 0)
		return failed;
	*out = take(ast);
	return 0;
}

void ast_free(struct ast *ast)
{
	while (ast) {
		struct ast *next = ast->next;

		arena_fini(&ast->arena);
		free(ast);
		ast = next;
	}
}
