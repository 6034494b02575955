/* glob.h - which paths of a tree a COPY's source stands for, and which it leaves out. */
#ifndef BUILD_GLOB_H
#define BUILD_GLOB_H

#include <stdbool.h>

#include "build/files.h"
#include "build/ignore.h"
#include "build/words.h"
#include "util/err.h"
#include "util/strs.h"

/* A path from the root as COPY writes it: "/a/../b*" is "b*"; ".." stops at the root. Paths in
 * order, without a slash before them; "" is the root. A plain one is given when it is there,
 * through links. Patterns are Go's filepath.Match, one directory at a time; with `deep`, "**" is
 * any number of directories. *wild: it was a pattern. */
int glob_expand(const struct files_source *source, const char *pattern, bool deep, struct strs *out,
	bool *wild, struct err *err);

/* .dockerignore and --exclude together, as files.h asks for it. */
struct filter {
	const struct ignore *ignore; /* of paths from the root; lent, or NULL */
	struct ignore *exclude;      /* of paths relative to the source; or NULL */
	const struct strs *bases;    /* the sources' paths; lent */
};
/* Either may be NULL: nothing is left out by it. */
int filter_init(struct filter *filter, const struct ignore *ignore, const struct words *excludes,
	struct err *err);
void filter_fini(struct filter *filter);
bool filter_is_empty(const struct filter *filter);
void filter_relative_to(struct filter *filter, const struct strs *bases);
bool filter_omits(void *filter, const char *path, bool is_dir, bool *below);

#endif
