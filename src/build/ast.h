/* ast.h - a Dockerfile as it is written: instructions and their words, nothing looked up yet.
 *
 * The words are exactly those of BuildKit's parser: quotes and escapes stay where it leaves them
 * (ENV a="b c" is `a` and `"b c"`), a JSON array gives plain words, everything else of RUN, CMD and
 * ENTRYPOINT is one word. What an instruction's words must be is command.h's business.
 *
 *     bytes -> lexer.h: directives, logical lines, heredoc bodies -> parser.c: words -> this tree
 *
 * Everything lives in the tree's arena. */
#ifndef BUILD_AST_H
#define BUILD_AST_H

#include <stdbool.h>
#include <stddef.h>

#include "build/source.h"
#include "build/words.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/own.h"

enum keyword {
	KEYWORD_UNKNOWN,
	KEYWORD_ADD,
	KEYWORD_ARG,
	KEYWORD_CMD,
	KEYWORD_COPY,
	KEYWORD_ENTRYPOINT,
	KEYWORD_ENV,
	KEYWORD_EXPOSE,
	KEYWORD_FROM,
	KEYWORD_HEALTHCHECK,
	KEYWORD_LABEL,
	KEYWORD_MAINTAINER,
	KEYWORD_ONBUILD,
	KEYWORD_RUN,
	KEYWORD_SHELL,
	KEYWORD_STOPSIGNAL,
	KEYWORD_USER,
	KEYWORD_VOLUME,
	KEYWORD_WORKDIR,
	KEYWORD_COUNT,
};

struct heredoc {
	const char *name;
	const char *text; /* as in the file; see heredoc_body */
	size_t len;
	bool expand; /* no part of the name is quoted */
	bool chomp;  /* <<- */
};

struct instruction {
	enum keyword keyword;
	const char *name; /* as written: "Run" */
	const char *line; /* the logical line, its continuations joined */
	struct words flags;
	struct words args;                 /* ENV and LABEL: name, value, name, value, … */
	const struct instruction *trigger; /* ONBUILD's; NULL: none */
	const struct heredoc *heredocs;
	size_t heredocs_len;
	struct words comments; /* the lines of comment right above */
	struct place place;
	int last_line;           /* of the instruction itself, its heredocs left out */
	bool json;               /* args came from a JSON array */
	bool legacy;             /* ENV name value, LABEL name value */
	bool empty_continuation; /* a blank line inside */
};

struct ast {
	struct arena arena;
	const struct instruction *v;
	size_t len;
	char escape;        /* \ or ` */
	const char *syntax; /* value of the directive; NULL: none */
	const char *check;
	int check_line;
	struct ast *next; /* others that are freed with it */
};

/* -EINVAL with BuildKit's sentence, and *place where in the file. The caller owns *out. */
int ast_parse(const struct source *source, struct ast **out, struct place *place, struct err *err);
void ast_free(struct ast *ast);
own_define(ast)

/* Lower-case; "" for KEYWORD_UNKNOWN. */
const char *keyword_name(enum keyword keyword);
const char *keyword_upper(enum keyword keyword);
enum keyword keyword_find(const char *name, size_t len); /* whatever its case */

/* "unknown instruction: RNU (did you mean RUN?)"; -EINVAL. */
int ast_unknown(const struct instruction *instruction, struct err *err);

/* The heredoc `<<NAME` of that word: -ENOENT when the word is none, -EINVAL when it is a broken
 * one. Its text is empty. */
int heredoc_word(
	const char *word, size_t len, struct arena *arena, struct heredoc *out, struct err *err);
/* What the text becomes: leading tabs gone for <<-. NULL: out of memory. */
const char *heredoc_body(const struct heredoc *heredoc, struct arena *arena, size_t *len);

/* Whether the value of a syntax directive means this language: docker/dockerfile, in any version.
 */
bool syntax_is_ours(const char *syntax);

/* One JSON array a line: name, {"flags":[…]} if there are any, arguments; ONBUILD nests. */
void ast_dump(const struct ast *ast, struct buf *out);

#endif
