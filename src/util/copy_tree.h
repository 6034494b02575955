/* copy_tree.h - what lies below one directory, into another: contents, owners, modes, times,
 * extended attributes, links among the files, devices. */
#ifndef UTIL_COPY_TREE_H
#define UTIL_COPY_TREE_H

#include "util/err.h"

/* Both are directories held open for reading; nothing is followed out of either, and the copy stays
 * on from's file system. What exists in `to` is left as it is, and a file comes under its name only
 * when it is complete: a copy that was cut short is finished by doing it again. */
int copy_tree(int from_fd, int to_fd, struct err *err);

#endif
