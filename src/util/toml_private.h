/* toml_private.h - a TOML document being read, for toml*.c. */
#ifndef UTIL_TOML_PRIVATE_H
#define UTIL_TOML_PRIVATE_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/strs.h"
#include "util/toml.h"

struct toml {
	const char *at, *end;
	unsigned line;
	unsigned values; /* made so far */
	struct err *err;
};

/* "line N: …"; returns the code. */
int toml_fail(struct toml *toml, const char *what);
bool toml_is(const struct toml *toml, char c);
bool toml_take(struct toml *toml, const char *text); /* goes past it, if it is next */
void toml_skip_blanks(struct toml *toml);            /* of this line */
int toml_skip_lines(struct toml *toml);              /* blanks, comments and line ends */
int toml_end_of_line(struct toml *toml);             /* nothing but a comment may follow */

/* Every kind of string; `lines`: also those of three quotes. */
int toml_string(struct toml *toml, bool lines, struct buf *out);
/* a."b c".d as its parts. */
int toml_key(struct toml *toml, struct strs *out);
/* Appends to `out` (an object's member, when name is not NULL; else an array's). */
int toml_value(struct toml *toml, cJSON *out, const char *name, int depth);
/* path = value into a table, making the tables between. */
int toml_assign(struct toml *toml, cJSON *table, int depth);

#endif
