/* template_tree.h - a parsed template: what the files template_*.c share.
 *
 * text → tokens (template_lex.c) → nodes (template_parse.c) → output (template_run.c), which calls
 * the functions (template_call.c) over values (template_value.c). Nodes, tokens and names live in
 * the template's arena and are never changed after parsing. */
#ifndef UTIL_TEMPLATE_TREE_H
#define UTIL_TEMPLATE_TREE_H

#include <stdint.h>

#include "util/arena.h"
#include "util/template.h"

enum token_kind {
	TOKEN_ERROR, /* text is the sentence */
	TOKEN_EOF,
	TOKEN_TEXT,
	TOKEN_LEFT,
	TOKEN_RIGHT,
	TOKEN_SPACE,
	TOKEN_PIPE,
	TOKEN_DECLARE,
	TOKEN_ASSIGN,
	TOKEN_CHAR,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_IDENT,
	TOKEN_FIELD,
	TOKEN_VARIABLE,
	TOKEN_NUMBER,
	TOKEN_RUNE,
	TOKEN_STRING,
	TOKEN_RAW,
	TOKEN_BOOL,
	TOKEN_KEYWORD, /* the rest are keywords, and "." */
	TOKEN_DOT,
	TOKEN_NIL,
	TOKEN_BLOCK,
	TOKEN_BREAK,
	TOKEN_CONTINUE,
	TOKEN_DEFINE,
	TOKEN_ELSE,
	TOKEN_END,
	TOKEN_IF,
	TOKEN_RANGE,
	TOKEN_TEMPLATE,
	TOKEN_WITH,
};

struct token {
	enum token_kind kind;
	size_t pos;       /* in the template's text */
	const char *text; /* of the source, but an error's sentence */
	size_t len;
};

/* The array ends with TOKEN_EOF or TOKEN_ERROR; NULL when out of memory. */
struct token *template_lex(struct arena *arena, const char *text);

enum node_kind {
	NODE_TEXT,
	NODE_ACTION, /* inner: the pipe, printed unless it declares */
	NODE_IF,     /* inner: the pipe; body, other */
	NODE_RANGE,
	NODE_WITH,
	NODE_BREAK,
	NODE_CONTINUE,
	NODE_TEMPLATE, /* word: its name; inner: the pipe or NULL */
	NODE_ELSE,     /* these two only end a list while parsing */
	NODE_END,
	NODE_PIPE,     /* inner: commands; vars */
	NODE_COMMAND,  /* inner: the function or value, then arguments */
	NODE_CALL,     /* word: the function's name */
	NODE_FIELD,    /* names */
	NODE_VARIABLE, /* word: "$x"; names */
	NODE_CHAIN,    /* inner: a pipe in parentheses; names */
	NODE_DOT,
	NODE_NIL,
	NODE_BOOL,
	NODE_INT,
	NODE_FLOAT,
	NODE_STRING,
};

struct name {
	struct name *next;
	char *text;
};

struct node {
	enum node_kind kind;
	size_t pos;         /* where an error about it points */
	const char *source; /* how such an error quotes it */
	size_t source_len;
	struct node *next;
	struct node *inner;
	struct node *body, *other;
	struct name *names;
	struct name *vars; /* of a pipe: what it declares or assigns */
	bool assigns;
	char *word; /* a name, or a string constant of word_len bytes */
	size_t word_len;
	bool truth;
	int64_t integer;
	double real;
};

/* {{define}} and {{block}}. */
struct definition {
	struct definition *next;
	char *name;
	struct node *body;
};

struct template
{
	struct arena arena;
	char *text;
	struct node *body;
	struct definition *definitions;
};

bool template_has_function(const char *name);

#endif
