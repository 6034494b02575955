/* hidden.h - a context for a RUN that mounts it: what .dockerignore leaves out is not there.
 *
 * Nothing is copied: a directory of whiteouts, one for each name that is left out, lies over the
 * context in an overlay. Directories that lead to one look as they do in the context. */
#ifndef BUILD_HIDDEN_H
#define BUILD_HIDDEN_H

#include "build/work.h"

/* The directories that show it, topmost first: the root of an open node, and what hides its names. */
int hidden_lowers(struct build_work *work, struct node *node, struct strs *lowers, struct err *err);

#endif
