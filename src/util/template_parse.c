#include "util/template_tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/strs.h"
#include "util/template_value.h"

/* Follows the grammar of Go's text/template/parse, function by function, so that its sentences come
 * out at the same mistakes. The first failure is kept; every caller above then returns at once. */
enum { NESTING_MAX = 100, VARIABLES_MAX = 1000 };

struct parser {
	struct template *tmpl;
	const struct token *tokens;
	size_t at;
	const char *vars[VARIABLES_MAX];
	size_t vars_len;
	int nesting, ranges;
	struct err *err;
	bool failed;
};

static void *fail(struct parser *p, const struct token *token, const char *fmt, ...)
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

static const struct token *peek(const struct parser *p)
{
	return &p->tokens[p->at];
}

static const struct token *next(struct parser *p)
{
	const struct token *token = peek(p);

	if (token->kind != TOKEN_EOF && token->kind != TOKEN_ERROR)
		p->at++;
	return token;
}

static const struct token *peek_word(struct parser *p)
{
	while (peek(p)->kind == TOKEN_SPACE)
		p->at++;
	return peek(p);
}

static const struct token *next_word(struct parser *p)
{
	peek_word(p);
	return next(p);
}

static void *unexpected(struct parser *p, const struct token *token, const char *context)
{
	int len = (int)token->len;

	if (token->kind == TOKEN_ERROR)
		return fail(p, token, "%.*s", len, token->text);
	if (token->kind == TOKEN_EOF)
		return fail(p, token, "unexpected EOF");
	if (token->kind > TOKEN_KEYWORD)
		return fail(p, token, "unexpected <%.*s> in %s", len, token->text, context);
	if (len > 10)
		return fail(p, token, "unexpected \"%.10s\"... in %s", token->text, context);
	return fail(p, token, "unexpected \"%.*s\" in %s", len, token->text, context);
}

static bool expect(struct parser *p, enum token_kind kind, const char *context)
{
	const struct token *token = next_word(p);

	if (token->kind != kind)
		unexpected(p, token, context);
	return token->kind == kind;
}

static struct node *node_new(struct parser *p, enum node_kind kind, const struct token *token)
{
	struct node *node = arena_get(&p->tmpl->arena, sizeof(*node));

	if (!node)
		return fail(p, token, "out of memory");
	node->kind = kind;
	node->pos = token->pos;
	node->source = p->tmpl->text + token->pos;
	node->source_len = token->len;
	return node;
}

/* The quoted source of a node ends where the last token that was taken ends. */
static void end_source(struct parser *p, struct node *node)
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
		return fail(p, peek(p), "out of memory");
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

	return word ? word : fail(p, token, "out of memory");
}

static struct node *pipeline(struct parser *p, const char *context, enum token_kind end);
static struct node *item_list(struct parser *p, struct node **end);

static struct node *number(struct parser *p, const struct token *token)
{
	struct node *node = node_new(p, NODE_INT, token);
	char *word = word_of(p, token);

	if (!node || !word)
		return NULL;
	if (template_parse_int(word, &node->integer))
		return node;
	node->kind = NODE_FLOAT;
	if (!template_parse_float(word, &node->real))
		return fail(p, token, "illegal number syntax: \"%s\"", word);
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
	struct node *node = node_new(p, NODE_STRING, token);
	uint32_t rune;

	if (!node)
		return NULL;
	if (token->kind == TOKEN_RUNE) {
		if (token->len == 2)
			return fail(p, token, "invalid syntax");
		if (!template_unquote_rune(token->text, token->len, &rune))
			return fail(p, token, "malformed character constant: %.*s", (int)token->len,
				token->text);
		node->kind = NODE_INT;
		node->integer = rune;
		return node;
	}
	if (!template_unquote(
		    &p->tmpl->arena, token->text, token->len, &node->word, &node->word_len))
		return fail(p, token, "invalid syntax");
	return node;
}

static struct node *variable(struct parser *p, const struct token *token)
{
	struct node *node = node_new(p, NODE_VARIABLE, token);
	char *word = word_of(p, token);

	if (!node || !word)
		return NULL;
	node->word = word;
	for (size_t i = 0; i < p->vars_len; i++)
		if (str_eq(p->vars[i], word))
			return node;
	return fail(p, token, "undefined variable \"%s\"", word);
}

static struct node *call(struct parser *p, const struct token *token)
{
	struct node *node = node_new(p, NODE_CALL, token);
	char *word = word_of(p, token);

	if (!node || !word)
		return NULL;
	node->word = word;
	if (!template_has_function(word))
		return fail(p, token, "function \"%s\" not defined", word);
	return node;
}

static struct node *parenthesized(struct parser *p, const struct token *token)
{
	struct node *node;

	if (++p->nesting > NESTING_MAX)
		return fail(p, token, "nested too deeply");
	node = pipeline(p, "parenthesized pipeline", TOKEN_CLOSE);
	p->nesting--;
	return node;
}

/* One value, without the fields after it; NULL without failure: none begins here. */
static struct node *term(struct parser *p)
{
	const struct token *token = peek_word(p);
	struct node *node;

	switch (token->kind) {
	case TOKEN_IDENT:
		return call(p, next(p));
	case TOKEN_DOT:
		return node_new(p, NODE_DOT, next(p));
	case TOKEN_NIL:
		return node_new(p, NODE_NIL, next(p));
	case TOKEN_VARIABLE:
		return variable(p, next(p));
	case TOKEN_FIELD:
		node = node_new(p, NODE_FIELD, next(p));
		if (node)
			node->names = name_new(p, token->text + 1, token->len - 1);
		return node;
	case TOKEN_BOOL:
		node = node_new(p, NODE_BOOL, next(p));
		if (node)
			node->truth = *token->text == 't';
		return node;
	case TOKEN_NUMBER:
		return number(p, next(p));
	case TOKEN_OPEN:
		return parenthesized(p, next(p));
	case TOKEN_RUNE:
	case TOKEN_STRING:
	case TOKEN_RAW:
		return constant(p, next(p));
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
		return fail(p, peek(p), "unexpected . after term %s", buf_text(&quoted));
	}
	node = node_new(p, NODE_CHAIN, peek(p));
	if (node)
		node->inner = inner;
	return node;
}

static struct node *operand(struct parser *p)
{
	struct node *node = term(p);

	if (!node || peek(p)->kind != TOKEN_FIELD)
		return node;
	node = chain_of(p, node);
	if (!node)
		return NULL;
	node->pos = peek(p)->pos;
	while (peek(p)->kind == TOKEN_FIELD && !p->failed) {
		const struct token *token = next(p);

		add_name(&node->names, name_new(p, token->text + 1, token->len - 1));
	}
	if (node->kind != NODE_CHAIN) {
		end_source(p, node);
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
	struct node *node = node_new(p, NODE_COMMAND, peek_word(p)), **last;

	if (!node)
		return NULL;
	for (last = &node->inner; !p->failed;) {
		const struct token *token;
		struct node *arg = operand(p);

		if (arg) {
			*last = arg;
			last = &arg->next;
			end_source(p, node);
		}
		token = peek(p);
		if (p->failed || token->kind == TOKEN_RIGHT || token->kind == TOKEN_CLOSE)
			break;
		next(p);
		if (token->kind == TOKEN_PIPE)
			break;
		if (token->kind != TOKEN_SPACE)
			return unexpected(p, token, "operand");
	}
	if (!p->failed && !node->inner)
		return fail(p, peek(p), "empty command");
	return p->failed ? NULL : node;
}

static void declare(struct parser *p, struct node *pipe, const struct token *token)
{
	struct name *name = name_new(p, token->text, token->len);

	if (!name)
		return;
	add_name(&pipe->vars, name);
	if (p->vars_len == VARIABLES_MAX)
		fail(p, token, "too many variables");
	else
		p->vars[p->vars_len++] = name->text;
}

/* "$x :=", "$x =" and, for range, "$i, $x :=". Steps back where a variable is only used. */
static void declarations(struct parser *p, struct node *pipe, const char *context)
{
	while (!p->failed && peek_word(p)->kind == TOKEN_VARIABLE) {
		size_t back = p->at;
		const struct token *var = next(p), *after = peek_word(p);
		bool is_range = str_eq(context, "range");

		if (after->kind == TOKEN_ASSIGN || after->kind == TOKEN_DECLARE) {
			next(p);
			pipe->assigns = after->kind == TOKEN_ASSIGN;
			declare(p, pipe, var);
			return;
		}
		if (after->kind != TOKEN_CHAR || *after->text != ',') {
			p->at = back;
			return;
		}
		next(p);
		declare(p, pipe, var);
		if (!is_range || pipe->vars->next) {
			fail(p, after, "too many declarations in %s", context);
			return;
		}
		if (peek_word(p)->kind != TOKEN_VARIABLE)
			fail(p, after, "range can only initialize variables");
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
		return fail(p, peek(p), "missing value for %s", context);
	for (struct node *cmd = pipe->inner->next; cmd; cmd = cmd->next) {
		stage++;
		if (is_constant(cmd->inner))
			return fail(
				p, peek(p), "non executable command in pipeline stage %d", stage);
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

static struct node *pipeline(struct parser *p, const char *context, enum token_kind end)
{
	struct node *pipe = node_new(p, NODE_PIPE, peek_word(p)), **last;

	if (!pipe)
		return NULL;
	declarations(p, pipe, context);
	for (last = &pipe->inner; !p->failed;) {
		const struct token *token = peek_word(p);

		if (token->kind == end) {
			end_source(p, pipe);
			next(p);
			return check_pipeline(p, pipe, context);
		}
		if (!begins_command(token->kind))
			return unexpected(p, token, context);
		*last = command(p);
		if (*last)
			last = &(*last)->next;
	}
	return NULL;
}

/* "if", "with" and "range", from after the word to after their {{end}}. */
static struct node *control(struct parser *p, enum node_kind kind, const char *context)
{
	struct node *node = node_new(p, kind, peek(p)), *end = NULL;
	size_t vars = p->vars_len;

	if (!node || ++p->nesting > NESTING_MAX)
		return fail(p, peek(p), "nested too deeply");
	node->inner = pipeline(p, context, TOKEN_RIGHT);
	p->ranges += kind == NODE_RANGE;
	node->body = item_list(p, &end);
	p->ranges -= kind == NODE_RANGE;
	if (!p->failed && end->kind == NODE_ELSE) {
		/* {{else if}} is an if inside the else that shares the one {{end}}. */
		const struct token *token = peek_word(p);

		if (kind != NODE_RANGE && token->kind == TOKEN_IF) {
			next(p);
			node->other = control(p, NODE_IF, "if");
		} else if (kind == NODE_WITH && token->kind == TOKEN_WITH) {
			next(p);
			node->other = control(p, NODE_WITH, "with");
		} else if (expect(p, TOKEN_RIGHT, "else")) {
			node->other = item_list(p, &end);
			if (!p->failed && end->kind != NODE_END)
				fail(p, peek(p), "expected end; found {{else}}");
		}
	}
	p->nesting--;
	p->vars_len = vars;
	return p->failed ? NULL : node;
}

static struct node *jump(struct parser *p, enum node_kind kind, const struct token *token)
{
	const char *word = kind == NODE_BREAK ? "break" : "continue";
	char context[20];

	snprintf(context, sizeof(context), "{{%s}}", word);
	if (!expect(p, TOKEN_RIGHT, context))
		return NULL;
	if (!p->ranges)
		return fail(p, token, "{{%s}} outside {{range}}", word);
	return node_new(p, kind, token);
}

static char *template_name(struct parser *p, const char *context)
{
	const struct token *token = next_word(p);
	size_t len;
	char *name;

	if (token->kind != TOKEN_STRING && token->kind != TOKEN_RAW)
		return unexpected(p, token, context);
	if (!template_unquote(&p->tmpl->arena, token->text, token->len, &name, &len))
		return fail(p, token, "invalid syntax");
	return name;
}

static struct node *template_use(struct parser *p, const struct token *left)
{
	struct node *node = node_new(p, NODE_TEMPLATE, peek_word(p));

	if (!node)
		return NULL;
	node->word = template_name(p, "template clause");
	node->source = left->text;
	if (p->failed)
		return NULL;
	if (peek_word(p)->kind == TOKEN_RIGHT)
		next(p);
	else
		node->inner = pipeline(p, "template clause", TOKEN_RIGHT);
	end_source(p, node);
	return p->failed ? NULL : node;
}

/* The body of a {{define}} or {{block}} sees no variable of its surroundings but "$". */
static void define(struct parser *p, char *name, const char *context)
{
	struct definition *definition = arena_get(&p->tmpl->arena, sizeof(*definition));
	struct node *end = NULL;
	const char *saved[VARIABLES_MAX];
	size_t vars = p->vars_len;
	int ranges = p->ranges;

	if (!definition || ++p->nesting > NESTING_MAX) {
		fail(p, peek(p), "nested too deeply");
		return;
	}
	memcpy(saved, p->vars, vars * sizeof(*saved));
	p->vars_len = 1;
	p->ranges = 0;
	definition->name = name;
	definition->body = item_list(p, &end);
	if (!p->failed && end->kind != NODE_END)
		fail(p, peek(p), "unexpected {{else}} in %s", context);
	memcpy(p->vars, saved, vars * sizeof(*saved));
	p->vars_len = vars;
	p->ranges = ranges;
	p->nesting--;
	definition->next = p->tmpl->definitions;
	p->tmpl->definitions = definition;
}

static struct node *block(struct parser *p)
{
	struct node *node = node_new(p, NODE_TEMPLATE, peek_word(p));

	if (!node)
		return NULL;
	node->word = template_name(p, "block clause");
	if (!p->failed)
		node->inner = pipeline(p, "block clause", TOKEN_RIGHT);
	if (!p->failed)
		define(p, node->word, "block clause");
	return p->failed ? NULL : node;
}

static struct node *definition(struct parser *p)
{
	char *name;

	next_word(p);
	name = template_name(p, "define clause");
	if (!p->failed && expect(p, TOKEN_RIGHT, "define clause"))
		define(p, name, "define clause");
	return NULL;
}

static struct node *action(struct parser *p)
{
	const struct token *left = next(p), *token = peek_word(p);
	struct node *node;

	switch (token->kind) {
	case TOKEN_IF:
		return next(p), control(p, NODE_IF, "if");
	case TOKEN_RANGE:
		return next(p), control(p, NODE_RANGE, "range");
	case TOKEN_WITH:
		return next(p), control(p, NODE_WITH, "with");
	case TOKEN_BREAK:
		return next(p), jump(p, NODE_BREAK, token);
	case TOKEN_CONTINUE:
		return next(p), jump(p, NODE_CONTINUE, token);
	case TOKEN_TEMPLATE:
		return next(p), template_use(p, left);
	case TOKEN_BLOCK:
		return next(p), block(p);
	case TOKEN_ELSE:
		return node_new(p, NODE_ELSE, next(p));
	case TOKEN_END:
		next(p);
		return expect(p, TOKEN_RIGHT, "end") ? node_new(p, NODE_END, token) : NULL;
	default:
		node = node_new(p, NODE_ACTION, token);
		if (node)
			node->inner = pipeline(p, "command", TOKEN_RIGHT);
		return p->failed ? NULL : node;
	}
}

static struct node *text_or_action(struct parser *p)
{
	const struct token *token = peek(p);
	struct node *node;

	if (token->kind == TOKEN_LEFT)
		return action(p);
	if (token->kind != TOKEN_TEXT)
		return unexpected(p, token, "input");
	node = node_new(p, NODE_TEXT, next(p));
	return node;
}

/* Up to an {{end}} or {{else}}, which is handed out. */
static struct node *item_list(struct parser *p, struct node **end)
{
	struct node *first = NULL, **last = &first;

	while (!p->failed) {
		struct node *node = text_or_action(p);

		if (node && (node->kind == NODE_END || node->kind == NODE_ELSE)) {
			*end = node;
			break;
		}
		*last = node;
		if (node)
			last = &node->next;
	}
	return first;
}

static bool at_definition(const struct parser *p)
{
	size_t at = p->at;

	if (p->tokens[at++].kind != TOKEN_LEFT)
		return false;
	while (p->tokens[at].kind == TOKEN_SPACE)
		at++;
	return p->tokens[at].kind == TOKEN_DEFINE;
}

static void whole(struct parser *p)
{
	struct node **last = &p->tmpl->body;

	while (!p->failed && peek(p)->kind != TOKEN_EOF) {
		const struct token *token = peek(p);
		struct node *node;

		if (at_definition(p)) {
			next(p);
			definition(p);
			continue;
		}
		node = text_or_action(p);
		if (node && node->kind == NODE_ELSE)
			fail(p, token, "unexpected {{else}}");
		else if (node && node->kind == NODE_END)
			fail(p, token, "unexpected {{end}}");
		*last = node;
		if (node)
			last = &node->next;
	}
}

int template_parse(const char *text, struct template **out, struct err *err)
{
	auto_of(template) struct template *tmpl = calloc(1, sizeof(*tmpl));
	struct parser parser = {.tmpl = tmpl, .vars = {"$"}, .vars_len = 1, .err = err};

	if (tmpl)
		tmpl->text = arena_copy(&tmpl->arena, text, strlen(text));
	if (tmpl && tmpl->text)
		parser.tokens = template_lex(&tmpl->arena, tmpl->text);
	if (!parser.tokens)
		return err_set(err, ENOMEM, "template: out of memory");
	whole(&parser);
	if (parser.failed)
		return -EINVAL;
	*out = take(tmpl);
	return 0;
}

void template_free(struct template *tmpl)
{
	if (!tmpl)
		return;
	arena_fini(&tmpl->arena);
	free(tmpl);
}
