#include "util/template_parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/strs.h"
#include "util/template_value.h"

void *parse_fail(struct parser *p, const struct token *token, const char *fmt, ...)
{
	char text[400];
	int line = 1;
	va_list ap;

	if (p->failed)
		return NULL;
	p->failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < token->pos; i++)
		line += p->tmpl->text[i] == '\n';
	err_set(p->err, EINVAL, "template: :%d: %s", line, text);
	return NULL;
}

const struct token *parse_peek(const struct parser *p)
{
	return &p->tokens[p->at];
}

const struct token *parse_next(struct parser *p)
{
	const struct token *token = parse_peek(p);

	if (token->kind != TOKEN_EOF && token->kind != TOKEN_ERROR)
		p->at++;
	return token;
}

const struct token *parse_peek_word(struct parser *p)
{
	while (parse_peek(p)->kind == TOKEN_SPACE)
		p->at++;
	return parse_peek(p);
}

const struct token *parse_next_word(struct parser *p)
{
	parse_peek_word(p);
	return parse_next(p);
}

void *parse_unexpected(struct parser *p, const struct token *token, const char *context)
{
	int len = (int)token->len;

	if (token->kind == TOKEN_ERROR)
		return parse_fail(p, token, "%.*s", len, token->text);
	if (token->kind == TOKEN_EOF)
		return parse_fail(p, token, "unexpected EOF");
	if (token->kind > TOKEN_KEYWORD)
		return parse_fail(p, token, "unexpected <%.*s> in %s", len, token->text, context);
	if (len > 10)
		return parse_fail(p, token, "unexpected \"%.10s\"... in %s", token->text, context);
	return parse_fail(p, token, "unexpected \"%.*s\" in %s", len, token->text, context);
}

bool parse_expect(struct parser *p, enum token_kind kind, const char *context)
{
	const struct token *token = parse_next_word(p);

	if (token->kind != kind)
		parse_unexpected(p, token, context);
	return token->kind == kind;
}

struct node *parse_node(struct parser *p, enum node_kind kind, const struct token *token)
{
	struct node *node = arena_get(&p->tmpl->arena, sizeof(*node));

	if (!node)
		return parse_fail(p, token, "out of memory");
	node->kind = kind;
	node->pos = token->pos;
	node->source = p->tmpl->text + token->pos;
	node->source_len = token->len;
	return node;
}

/* The quoted source of a node ends where the last token that was taken ends. */
void parse_end_source(struct parser *p, struct node *node)
{
	size_t at = p->at;

	while (at && p->tokens[at - 1].kind == TOKEN_SPACE)
		at--;
	if (at)
		node->source_len =
			(size_t)(p->tokens[at - 1].text + p->tokens[at - 1].len - node->source);
}

static struct name *name_new(struct parser *p, const char *text, size_t len)
{
	struct name *name = arena_get(&p->tmpl->arena, sizeof(*name));

	if (name)
		name->text = arena_copy(&p->tmpl->arena, text, len);
	if (!name || !name->text)
		return parse_fail(p, parse_peek(p), "out of memory");
	return name;
}

static void add_name(struct name **list, struct name *name)
{
	while (*list)
		list = &(*list)->next;
	*list = name;
}

static char *word_of(struct parser *p, const struct token *token)
{
	char *word = arena_copy(&p->tmpl->arena, token->text, token->len);

	return word ? word : parse_fail(p, token, "out of memory");
}

static struct node *number(struct parser *p, const struct token *token)
{
	struct node *node = parse_node(p, NODE_INT, token);
	char *word = word_of(p, token);

	if (!node || !word)
		return NULL;
	if (template_parse_int(word, &node->integer))
		return node;
	node->kind = NODE_FLOAT;
	if (!template_parse_float(word, &node->real))
		return parse_fail(p, token, "illegal number syntax: \"%s\"", word);
	/* As in Go, 1e3 is an int where it is used as one. */
	if (node->real >= -1e15 && node->real <= 1e15 &&
		node->real == (double)(int64_t)node->real && !strchr(word, '.')) {
		node->kind = NODE_INT;
		node->integer = (int64_t)node->real;
	}
	return node;
}

static struct node *constant(struct parser *p, const struct token *token)
{
	struct node *node = parse_node(p, NODE_STRING, token);
	uint32_t rune;

	if (!node)
		return NULL;
	if (token->kind == TOKEN_RUNE) {
		if (token->len == 2)
			return parse_fail(p, token, "invalid syntax");
		if (!template_unquote_rune(token->text, token->len, &rune))
			return parse_fail(p, token, "malformed character constant: %.*s",
				(int)token->len, token->text);
		node->kind = NODE_INT;
		node->integer = rune;
		return node;
	}
	if (!template_unquote(
		    &p->tmpl->arena, token->text, token->len, &node->word, &node->word_len))
		return parse_fail(p, token, "invalid syntax");
	return node;
}

static struct node *variable(struct parser *p, const struct token *token)
{
	struct node *node = parse_node(p, NODE_VARIABLE, token);
	char *word = word_of(p, token);

	if (!node || !word)
		return NULL;
	node->word = word;
	for (size_t i = 0; i < p->vars_len; i++)
		if (str_eq(p->vars[i], word))
			return node;
	return parse_fail(p, token, "undefined variable \"%s\"", word);
}

static struct node *call(struct parser *p, const struct token *token)
{
	struct node *node = parse_node(p, NODE_CALL, token);
	char *word = word_of(p, token);

	if (!node || !word)
		return NULL;
	node->word = word;
	if (!template_has_function(word))
		return parse_fail(p, token, "function \"%s\" not defined", word);
	return node;
}

static struct node *parenthesized(struct parser *p, const struct token *token)
{
	struct node *node;

	if (++p->nesting > NESTING_MAX)
		return parse_fail(p, token, "nested too deeply");
	node = parse_pipeline(p, "parenthesized pipeline", TOKEN_CLOSE);
	p->nesting--;
	return node;
}

/* One value, without the fields after it; NULL without failure: none begins here. */
static struct node *term(struct parser *p)
{
	const struct token *token = parse_peek_word(p);
	struct node *node;

	switch (token->kind) {
	case TOKEN_IDENT:
		return call(p, parse_next(p));
	case TOKEN_DOT:
		return parse_node(p, NODE_DOT, parse_next(p));
	case TOKEN_NIL:
		return parse_node(p, NODE_NIL, parse_next(p));
	case TOKEN_VARIABLE:
		return variable(p, parse_next(p));
	case TOKEN_FIELD:
		node = parse_node(p, NODE_FIELD, parse_next(p));
		if (node)
			node->names = name_new(p, token->text + 1, token->len - 1);
		return node;
	case TOKEN_BOOL:
		node = parse_node(p, NODE_BOOL, parse_next(p));
		if (node)
			node->truth = *token->text == 't';
		return node;
	case TOKEN_NUMBER:
		return number(p, parse_next(p));
	case TOKEN_OPEN:
		return parenthesized(p, parse_next(p));
	case TOKEN_RUNE:
	case TOKEN_STRING:
	case TOKEN_RAW:
		return constant(p, parse_next(p));
	default:
		return NULL;
	}
}

static struct node *chain_of(struct parser *p, struct node *inner)
{
	struct node *node;

	if (inner->kind == NODE_FIELD || inner->kind == NODE_VARIABLE)
		return inner;
	if (inner->kind != NODE_PIPE && inner->kind != NODE_CALL) {
		auto_buf quoted = BUF_INIT;

		value_quote(inner->source, inner->source_len, &quoted);
		return parse_fail(
			p, parse_peek(p), "unexpected . after term %s", buf_text(&quoted));
	}
	node = parse_node(p, NODE_CHAIN, parse_peek(p));
	if (node)
		node->inner = inner;
	return node;
}

static struct node *operand(struct parser *p)
{
	struct node *node = term(p);

	if (!node || parse_peek(p)->kind != TOKEN_FIELD)
		return node;
	node = chain_of(p, node);
	if (!node)
		return NULL;
	node->pos = parse_peek(p)->pos;
	while (parse_peek(p)->kind == TOKEN_FIELD && !p->failed) {
		const struct token *token = parse_next(p);

		add_name(&node->names, name_new(p, token->text + 1, token->len - 1));
	}
	if (node->kind != NODE_CHAIN) {
		parse_end_source(p, node);
		return node;
	}
	/* Errors about (x).Field point at x. */
	node->pos = node->inner->pos;
	node->source = node->inner->source;
	node->source_len = node->inner->source_len;
	return node;
}

static struct node *command(struct parser *p)
{
	struct node *node = parse_node(p, NODE_COMMAND, parse_peek_word(p)), **last;

	if (!node)
		return NULL;
	for (last = &node->inner; !p->failed;) {
		const struct token *token;
		struct node *arg = operand(p);

		if (arg) {
			*last = arg;
			last = &arg->next;
			parse_end_source(p, node);
		}
		token = parse_peek(p);
		if (p->failed || token->kind == TOKEN_RIGHT || token->kind == TOKEN_CLOSE)
			break;
		parse_next(p);
		if (token->kind == TOKEN_PIPE)
			break;
		if (token->kind != TOKEN_SPACE)
			return parse_unexpected(p, token, "operand");
	}
	if (!p->failed && !node->inner)
		return parse_fail(p, parse_peek(p), "empty command");
	return p->failed ? NULL : node;
}

static void declare(struct parser *p, struct node *pipe, const struct token *token)
{
	struct name *name = name_new(p, token->text, token->len);

	if (!name)
		return;
	add_name(&pipe->vars, name);
	if (p->vars_len == VARIABLES_MAX)
		parse_fail(p, token, "too many variables");
	else
		p->vars[p->vars_len++] = name->text;
}

/* "$x :=", "$x =" and, for range, "$i, $x :=". Steps back where a variable is only used. */
static void declarations(struct parser *p, struct node *pipe, const char *context)
{
	while (!p->failed && parse_peek_word(p)->kind == TOKEN_VARIABLE) {
		size_t back = p->at;
		const struct token *var = parse_next(p), *after = parse_peek_word(p);
		bool is_range = str_eq(context, "range");

		if (after->kind == TOKEN_ASSIGN || after->kind == TOKEN_DECLARE) {
			parse_next(p);
			pipe->assigns = after->kind == TOKEN_ASSIGN;
			declare(p, pipe, var);
			return;
		}
		if (after->kind != TOKEN_CHAR || *after->text != ',') {
			p->at = back;
			return;
		}
		parse_next(p);
		declare(p, pipe, var);
		if (!is_range || pipe->vars->next) {
			parse_fail(p, after, "too many declarations in %s", context);
			return;
		}
		if (parse_peek_word(p)->kind != TOKEN_VARIABLE)
			parse_fail(p, after, "range can only initialize variables");
	}
}

static bool is_constant(const struct node *node)
{
	return node->kind == NODE_BOOL || node->kind == NODE_DOT || node->kind == NODE_NIL ||
	       node->kind == NODE_INT || node->kind == NODE_FLOAT || node->kind == NODE_STRING;
}

static struct node *check_pipeline(struct parser *p, struct node *pipe, const char *context)
{
	int stage = 1;

	if (p->failed)
		return NULL;
	if (!pipe->inner)
		return parse_fail(p, parse_peek(p), "missing value for %s", context);
	for (struct node *cmd = pipe->inner->next; cmd; cmd = cmd->next) {
		stage++;
		if (is_constant(cmd->inner))
			return parse_fail(p, parse_peek(p),
				"non executable command in pipeline stage %d", stage);
	}
	return pipe;
}

static bool begins_command(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_BOOL:
	case TOKEN_RUNE:
	case TOKEN_DOT:
	case TOKEN_FIELD:
	case TOKEN_IDENT:
	case TOKEN_NUMBER:
	case TOKEN_NIL:
	case TOKEN_RAW:
	case TOKEN_STRING:
	case TOKEN_VARIABLE:
	case TOKEN_OPEN:
		return true;
	default:
		return false;
	}
}

struct node *parse_pipeline(struct parser *p, const char *context, enum token_kind end)
{
	struct node *pipe = parse_node(p, NODE_PIPE, parse_peek_word(p)), **last;

	if (!pipe)
		return NULL;
	declarations(p, pipe, context);
	for (last = &pipe->inner; !p->failed;) {
		const struct token *token = parse_peek_word(p);

		if (token->kind == end) {
			parse_end_source(p, pipe);
			parse_next(p);
			return check_pipeline(p, pipe, context);
		}
		if (!begins_command(token->kind))
			return parse_unexpected(p, token, context);
		*last = command(p);
		if (*last)
			last = &(*last)->next;
	}
	return NULL;
}
