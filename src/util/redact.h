/* redact.h - a command line without its secrets, for records that others read later.
 *
 * Hidden is the rest of a shell word behind `NAME=` where the name says that a secret follows
 * (PASSWORD, *_TOKEN, *KEY, …), the word behind an option of such a name, and the password in a
 * URL. Rather too much than too little: what is hidden is shown as "…". */
#ifndef UTIL_REDACT_H
#define UTIL_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/* line: as a shell would take it, quotes and all; quotes that do not end reach to the end. */
void redact_line(const char *line, struct buf *out);
/* One word, such as "NAME=value" of an environment, with or without blanks in it. */
void redact_word(const char *word, struct buf *out);
struct cJSON;
/* Does so, in place, with every string of an array, and hides those behind an option of such a name;
 * NULL is fine. */
void redact_strings(struct cJSON *array);
/* Words as one line that a shell takes apart again, not redacted. */
void redact_join(const char *const *words, size_t count, struct buf *out);
bool redact_is_secret(const char *name, size_t len);

#endif
