/* expand.h - $variables, quotes and escapes in a word, by the rules of a Dockerfile.
 *
 *     $v  ${v}  ${v:-w} ${v-w}  ${v:+w} ${v+w}  ${v:?m} ${v?m}
 *     ${v#p} ${v##p}  ${v%p} ${v%%p}  ${v/p/r} ${v//p/r}       p: * any, ? one, \x itself
 *
 * A word may hold more of the same. Nothing expands between single quotes; between double quotes
 * the escape works on " $ and itself only. */
#ifndef BUILD_EXPAND_H
#define BUILD_EXPAND_H

#include <stdbool.h>

#include "build/words.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/strs.h"

enum { EXPAND_MAX = 1 << 20 };

struct expander {
	char escape;      /* \ or ` */
	bool raw_quotes;  /* quotes stay in the result */
	bool raw_escapes; /* so do escapes */
	bool skip_quotes; /* quotes are characters like any: heredoc bodies */
	bool keep_unset;  /* what is unset stays as it is written */
	/* NULL: unset. Each name that decided something is asked once a mention. */
	const char *(*lookup)(void *context, const char *name);
	/* A name that is unset where the word did not say what then; NULL: nobody listens. */
	void (*missed)(void *context, const char *name);
	void *context;
};

/* Appends what the word becomes. -EINVAL: BuildKit's sentence, "failed to process …". */
int expand_word(const struct expander *x, struct piece word, struct buf *out, struct err *err);
/* The same, split where blanks are that no quote protects. */
int expand_words(const struct expander *x, struct piece word, struct strs *out, struct err *err);

/* ---- pattern.c: the patterns of ${v#p} and its kin ---- */

enum { GLOB_BAD = -2 }; /* a backslash before what needs none */

/* Appends text without what the pattern covers at its beginning or end; GLOB_BAD or 0. */
int glob_cut(struct piece pattern, struct piece text, bool at_end, bool most, struct buf *out);
int glob_replace(
	struct piece pattern, struct piece text, struct piece with, bool all, struct buf *out);

#endif
