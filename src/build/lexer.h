/* lexer.h - from bytes to logical lines: directives, comments, continuations, heredoc bodies. */
#ifndef BUILD_LEXER_H
#define BUILD_LEXER_H

#include "build/source.h"
#include "build/words.h"
#include "util/arena.h"
#include "util/err.h"

struct lexer {
	struct arena *arena;
	struct piece rest;
	int line;    /* lines read so far */
	char escape; /* \ or ` */
	const char *syntax, *check;
	int check_line;
	bool directives_over;
	unsigned seen; /* directives, a bit each */
	bool shebang;  /* the first line was one: then escape is a comment */
};

/* One instruction's worth of text, and what stood before it. */
struct logical {
	const char *text;
	size_t len;
	int first, last;
	size_t column; /* of its first byte in the first line */
	bool empty_continuation;
	struct words comments; /* right above, no blank line between */
};

void lexer_init(struct lexer *lexer, const struct source *source, struct arena *arena);
/* *found is false at the end of the file. On failure lexer->line is the line that is wrong. */
int lexer_next(struct lexer *lexer, struct logical *out, bool *found, struct err *err);
/* The lines before a line that is `name` alone (chomp: but for leading tabs); false: there is none.
 */
bool lexer_heredoc(struct lexer *lexer, const char *name, bool chomp, struct piece *body);

#endif
