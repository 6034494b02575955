/* template_parse.h - the parser's state: what template_parse.c (blocks) and template_pipe.c
 * (pipelines) share.
 *
 * Follows the grammar of Go's text/template/parse, function by function, so that its sentences come
 * out at the same mistakes. After the first failure every function returns at once. */
#ifndef UTIL_TEMPLATE_PARSE_H
#define UTIL_TEMPLATE_PARSE_H

#include "util/template_tree.h"

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

/* Keeps the first failure, with the line of the token; returns NULL. */
void *parse_fail(struct parser *p, const struct token *token, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
const struct token *parse_peek(const struct parser *p);
const struct token *parse_next(struct parser *p);
/* The same past blanks. */
const struct token *parse_peek_word(struct parser *p);
const struct token *parse_next_word(struct parser *p);
void *parse_unexpected(struct parser *p, const struct token *token, const char *context);
bool parse_expect(struct parser *p, enum token_kind kind, const char *context);
struct node *parse_node(struct parser *p, enum node_kind kind, const struct token *token);
void parse_end_source(struct parser *p, struct node *node);
struct node *parse_pipeline(struct parser *p, const char *context, enum token_kind end);

#endif
