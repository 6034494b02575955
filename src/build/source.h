/* source.h - a Dockerfile's bytes, and showing somebody the line that is meant.
 *
 *     Dockerfile:2
 *     --------------------
 *        1 |     FROM debian
 *        2 | >>> RNU make
 *          |     ^^^
 *     --------------------
 *
 * The frame and its two or four lines of surroundings are BuildKit's; the caret is ours. */
#ifndef BUILD_SOURCE_H
#define BUILD_SOURCE_H

#include <stddef.h>

#include "util/buf.h"

enum { SOURCE_MAX = 4 << 20 };

struct source {
	const char *name; /* as the user knows it: "Dockerfile" */
	const char *text;
	size_t len;
};

/* Lines count from 1; first 0: no place is known. The caret is drawn below the first line, when
 * width is not 0; column counts bytes from 0. */
struct place {
	int first, last;
	int column, width;
};

/* Nothing is appended when the place lies outside. */
void source_show(const struct source *source, const struct place *place, struct buf *out);

#endif
