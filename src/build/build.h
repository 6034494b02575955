/* build.h - the builder's façade: a Dockerfile in, an image (or an opinion) out.
 *
 * davit-build.so is opened on first use; build_open gives its table. What reads text only (dump,
 * check) is pure and answers at once. */
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/* A Dockerfile's text and what the user calls it; lent. */
struct build_file {
	const char *name;
	const char *text;
	size_t len;
};

struct build_ops {
	/* One JSON array an instruction, as `davit builder dump` prints them. On failure *excerpt
	 * has the lines in question with their frame, or nothing. */
	int (*dump)(const struct build_file *file, struct buf *out, struct buf *excerpt,
		struct err *err);
};

/* The module's table; it stays until the process ends. */
int build_open(const struct build_ops **out, struct err *err);

/* The module's one exported name. */
const struct build_ops *davit_build_ops(void);

#endif
