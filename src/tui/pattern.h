/* pattern.h - a regular expression that is looked for in lines of bytes, in linear time.
 *
 * Extended syntax: . [] [^] * + ? {m,n} | () ^ $ \d \w \s \D \W \S \b \t \xHH and \ before anything
 * else for itself. A point is one character of UTF-8. What is no such expression is looked for as
 * the plain text it is. Without a capital in it, case does not matter.
 *
 *     text → parser → program (pattern_code.c) → automaton, made as it is needed (pattern.c)
 *
 * No input makes it slow: each byte is one step of the automaton, whose states are bounded. Where
 * the expression begins or consists of plain text, that is looked for first, many bytes a step. */
#ifndef TUI_PATTERN_H
#define TUI_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "util/own.h"

struct pattern;

/* An empty text is met by every line. NULL: out of memory. */
struct pattern *pattern_new(const char *text);
/* The same of a plain text, whatever is in it. */
struct pattern *pattern_new_plain(const char *text);
void pattern_free(struct pattern *pattern);
own_define(pattern)

/* False: it was no expression and is looked for as plain text. */
bool pattern_is_regular(const struct pattern *pattern);
/* One line, without its newline. */
bool pattern_meets(struct pattern *pattern, const char *line, size_t len);
/* The first and longest match at or after `from`; false: none. */
bool pattern_find(struct pattern *pattern, const char *line, size_t len, size_t from, size_t *begin,
	size_t *end);
/* Many lines: where the first line might be that meets it, looking only for its plain text; len:
 * none of them does. Any place in that line. */
size_t pattern_skip(const struct pattern *pattern, const char *lines, size_t len);

#endif
