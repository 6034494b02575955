/* paths.h - paths as text, by the rules of Go's path package. Nothing is looked up. */
#ifndef BUILD_PATHS_H
#define BUILD_PATHS_H

#include "build/words.h"
#include "util/buf.h"

/* path.Clean: no "." but alone, no "//", ".." only where it leads out of a relative path. */
void path_clean(struct piece path, struct buf *out);
/* path.Join("/", dir, path), where an absolute path leaves dir behind. */
void path_below(const char *dir, const char *path, struct buf *out);

#endif
