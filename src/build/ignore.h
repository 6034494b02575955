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
#include <stdint.h>

#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

enum { IGNORE_FILE_MAX = 1 << 20, IGNORE_PATTERN_MAX = 4096, IGNORE_FAST = 256 };

struct ignore;

/* The file's text; -EINVAL says which line is wrong and why. The caller owns *out. */
int ignore_read(const char *text, size_t len, struct ignore **out, struct err *err);
/* The same from patterns, one each. */
int ignore_new(const struct strs *patterns, struct ignore **out, struct err *err);
void ignore_free(struct ignore *ignore);
own_define(ignore)

bool ignore_is_empty(const struct ignore *ignore);

/* Whether the path (relative, clean, no slash at either end) is matched: left out. */
bool ignore_matches(const struct ignore *ignore, const char *path, size_t len);

/* Whether something below this directory could be matched by a pattern (keeps: by one that begins
 * with "!"). A directory that is left out need only be walked when its keeps reach below. */
bool ignore_reaches_below(const struct ignore *ignore, const char *path, size_t len, bool keeps);

/* For a walk, where a directory is asked before what is in it: what matched a parent is known, so
 * that a path is compared once, not once a parent. A state goes down by copy. */
struct ignore_state {
	const struct ignore *ignore;
	uint64_t matched[IGNORE_FAST / 64]; /* a bit a pattern: it matched this directory */
};
void ignore_begin(const struct ignore *ignore, struct ignore_state *root);
/* The path is directly below the directory of `parent`. here (may be NULL) is for what is below
 * it. */
bool ignore_step(
	const struct ignore_state *parent, const char *path, size_t len, struct ignore_state *here);

#endif
