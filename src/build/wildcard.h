/* wildcard.h - one pattern of .dockerignore, ready to be compared.
 *
 * A pattern is run as the set of places in it that the path so far may have led to, a bit each, so
 * that a comparison costs the path's length, whatever the pattern. Plain ones are compared as text.
 */
#ifndef BUILD_WILDCARD_H
#define BUILD_WILDCARD_H

#include "build/words.h"

struct wildcard;

enum { WILDCARD_PLACES = 512 }; /* a pattern that is no plain text is shorter */

/* NULL: out of memory. The pattern was checked by wildcard_check. */
struct wildcard *wildcard_new(struct piece pattern);
void wildcard_free(struct wildcard *wildcard);
bool wildcard_matches(const struct wildcard *wildcard, const char *path, size_t len);
/* Whether it could match a path that begins with this directory. */
bool wildcard_reaches_below(const struct wildcard *wildcard, const char *path, size_t len);

/* By the rules of Go's filepath.Match: no class without an end, no backslash at the end; and not
 * too long for us. NULL, or what is wrong. */
const char *wildcard_check(struct piece pattern);

#endif
