/* linediff.h - two texts compared line by line.
 *
 * The shortest list of removed and added lines (Myers, in linear space), as hunks with a few lines
 * around each. Texts may be hostile: time is bounded, and where two texts differ so much that the
 * bound is reached, the rest is told as replaced (sum.rough). */
#ifndef UTIL_LINEDIFF_H
#define UTIL_LINEDIFF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum { LINEDIFF_LINES_MAX = 200000 };

enum linediff_kind {
	LINEDIFF_HUNK, /* text is "-10,4 +10,7" */
	LINEDIFF_SAME,
	LINEDIFF_REMOVED,
	LINEDIFF_ADDED,
};

struct linediff_line {
	enum linediff_kind kind;
	uint32_t old_line, new_line; /* from 1; 0: it is not there */
	const char *text;            /* without its newline; not NUL-terminated; lent */
	size_t len;
	bool cut; /* the text ends without a newline here */
};
/* Non-zero stops, and is what linediff returns. */
typedef int linediff_fn(void *arg, const struct linediff_line *line);

struct linediff_text {
	const char *data;
	size_t len;
};

struct linediff_options {
	unsigned context;
	uint64_t steps;              /* the bound; 0: 50 million, less than a second */
	const atomic_bool *canceled; /* or NULL */
};

struct linediff_sum {
	uint32_t added, removed, hunks;
	bool rough;
};

/* -EFBIG: more than LINEDIFF_LINES_MAX lines. */
int linediff(const struct linediff_text *old, const struct linediff_text *new,
	const struct linediff_options *options, linediff_fn *line, void *arg,
	struct linediff_sum *sum, struct err *err);

/* A NUL among the first bytes, as everybody decides it. */
bool linediff_is_binary(const char *data, size_t len);

#endif
