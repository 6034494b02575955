#include "util/template_parse.h"

#include <errno.h>
#include <stdio.h>

#include "util/template_value.h"

static struct node *item_list(struct parser *p, struct node **end);

/* "if", "with" and "range", from after the word to after their {{end}}. */
static struct node *control(struct parser *p, enum node_kind kind, const char *context)
{
	struct node *node = parse_node(p, kind, parse_peek(p)), *end = NULL;
	size_t vars = p->vars_len;

	if (!node || ++p->nesting > NESTING_MAX)
		return parse_fail(p, parse_peek(p), "nested too deeply");
	node->inner = parse_pipeline(p, context, TOKEN_RIGHT);
	p->ranges += kind == NODE_RANGE;
	node->body = item_list(p, &end);
	p->ranges -= kind == NODE_RANGE;
	if (!p->failed && end->kind == NODE_ELSE) {
		/* {{else if}} is an if inside the else that shares the one {{end}}. */
		const struct token *token = parse_peek_word(p);

		if (kind != NODE_RANGE && token->kind == TOKEN_IF) {
			parse_next(p);
			node->other = control(p, NODE_IF, "if");
		} else if (kind == NODE_WITH && token->kind == TOKEN_WITH) {
			parse_next(p);
			node->other = control(p, NODE_WITH, "with");
		} else if (parse_expect(p, TOKEN_RIGHT, "else")) {
			node->other = item_list(p, &end);
			if (!p->failed && end->kind != NODE_END)
				parse_fail(p, parse_peek(p), "expected end; found {{else}}");
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
	if (!parse_expect(p, TOKEN_RIGHT, context))
		return NULL;
	if (!p->ranges)
		return parse_fail(p, token, "{{%s}} outside {{range}}", word);
	return parse_node(p, kind, token);
}

static char *template_name(struct parser *p, const char *context)
{
	const struct token *token = parse_next_word(p);
	size_t len;
	char *name;

	if (token->kind != TOKEN_STRING && token->kind != TOKEN_RAW)
		return parse_unexpected(p, token, context);
	if (!template_unquote(&p->tmpl->arena, token->text, token->len, &name, &len))
		return parse_fail(p, token, "invalid syntax");
	return name;
}

static struct node *template_use(struct parser *p, const struct token *left)
{
	struct node *node = parse_node(p, NODE_TEMPLATE, parse_peek_word(p));

	if (!node)
		return NULL;
	node->word = template_name(p, "template clause");
	node->source = left->text;
	if (p->failed)
		return NULL;
	if (parse_peek_word(p)->kind == TOKEN_RIGHT)
		parse_next(p);
	else
		node->inner = parse_pipeline(p, "template clause", TOKEN_RIGHT);
	parse_end_source(p, node);
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
		parse_fail(p, parse_peek(p), "nested too deeply");
		return;
	}
	memcpy(saved, p->vars, vars * sizeof(*saved));
	p->vars_len = 1;
	p->ranges = 0;
	definition->name = name;
	definition->body = item_list(p, &end);
	if (!p->failed && end->kind != NODE_END)
		parse_fail(p, parse_peek(p), "unexpected {{else}} in %s", context);
	memcpy(p->vars, saved, vars * sizeof(*saved));
	p->vars_len = vars;
	p->ranges = ranges;
	p->nesting--;
	definition->next = p->tmpl->definitions;
	p->tmpl->definitions = definition;
}

static struct node *block(struct parser *p)
{
	struct node *node = parse_node(p, NODE_TEMPLATE, parse_peek_word(p));

	if (!node)
		return NULL;
	node->word = template_name(p, "block clause");
	if (!p->failed)
		node->inner = parse_pipeline(p, "block clause", TOKEN_RIGHT);
	if (!p->failed)
		define(p, node->word, "block clause");
	return p->failed ? NULL : node;
}

static struct node *definition(struct parser *p)
{
	char *name;

	parse_next_word(p);
	name = template_name(p, "define clause");
	if (!p->failed && parse_expect(p, TOKEN_RIGHT, "define clause"))
		define(p, name, "define clause");
	return NULL;
}

static struct node *action(struct parser *p)
{
	const struct token *left = parse_next(p), *token = parse_peek_word(p);
	struct node *node;

	switch (token->kind) {
	case TOKEN_IF:
		return parse_next(p), control(p, NODE_IF, "if");
	case TOKEN_RANGE:
		return parse_next(p), control(p, NODE_RANGE, "range");
	case TOKEN_WITH:
		return parse_next(p), control(p, NODE_WITH, "with");
	case TOKEN_BREAK:
		return parse_next(p), jump(p, NODE_BREAK, token);
	case TOKEN_CONTINUE:
		return parse_next(p), jump(p, NODE_CONTINUE, token);
	case TOKEN_TEMPLATE:
		return parse_next(p), template_use(p, left);
	case TOKEN_BLOCK:
		return parse_next(p), block(p);
	case TOKEN_ELSE:
		return parse_node(p, NODE_ELSE, parse_next(p));
	case TOKEN_END:
		parse_next(p);
		return parse_expect(p, TOKEN_RIGHT, "end") ? parse_node(p, NODE_END, token) : NULL;
	default:
		node = parse_node(p, NODE_ACTION, token);
		if (node)
			node->inner = parse_pipeline(p, "command", TOKEN_RIGHT);
		return p->failed ? NULL : node;
	}
}

static struct node *text_or_action(struct parser *p)
{
	const struct token *token = parse_peek(p);
	struct node *node;

	if (token->kind == TOKEN_LEFT)
		return action(p);
	if (token->kind != TOKEN_TEXT)
		return parse_unexpected(p, token, "input");
	node = parse_node(p, NODE_TEXT, parse_next(p));
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

	while (!p->failed && parse_peek(p)->kind != TOKEN_EOF) {
		const struct token *token = parse_peek(p);
		struct node *node;

		if (at_definition(p)) {
			parse_next(p);
			definition(p);
			continue;
		}
		node = text_or_action(p);
		if (node && node->kind == NODE_ELSE)
			parse_fail(p, token, "unexpected {{else}}");
		else if (node && node->kind == NODE_END)
			parse_fail(p, token, "unexpected {{end}}");
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
