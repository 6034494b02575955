/* ignore.h - .dockerignore, and the same patterns for COPY --exclude and --parents.
 *
 *     # comment      dir/file      *.o      a/b**      !a/keep.c
 *
 * Patterns are tried in order and the last that matches decides; one that matches a directory
 * matches all below it. * and ? stop at slashes, ** does not; [a-z] [^a] \c as in Go. */
#ifndef BUILD_IGNORE_H
#define BUILD_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

struct ignore;

/* The file's text; -EINVAL with BuildKit's sentence and the line. The caller owns *out. */
int ignore_read(const char *text, size_t len, struct ignore **out, struct err *err);
/* The same from patterns, one each. */
int ignore_new(const struct strs *patterns, struct ignore **out, struct err *err);
void ignore_free(struct ignore *ignore);
own_define(ignore)

	/* Whether the path (relative, clean, no slash at either end) is left out. */
	bool ignore_matches(const struct ignore *ignore, const char *path, size_t len);

/* For a walk, which asks a directory before what is in it: each level's verdicts come from its
 * parent's, so that a path costs its last name. A copy of the parent's state goes down. */
enum { IGNORE_PATTERNS_FAST = 64 };
struct ignore_state {
	const struct ignore *ignore;
	unsigned long long matched; /* a bit a pattern: it matched a parent; first 64 only */
};
void ignore_begin(const struct ignore *ignore, struct ignore_state *root);
/* Fills *here for what lies below path, when it is a directory. */
bool ignore_step(
	const struct ignore_state *parent, const char *path, size_t len, struct ignore_state *here);
/* Whether something below this left-out directory may be wanted after all. */
bool ignore_may_keep_below(const struct ignore *ignore, const char *path, size_t len);
bool ignore_is_empty(const struct ignore *ignore);

#endif
