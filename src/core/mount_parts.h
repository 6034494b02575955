/* mount_parts.h - what the files of mount_option share. */
#ifndef CORE_MOUNT_PARTS_H
#define CORE_MOUNT_PARTS_H

#include "core/mount_option.h"

/* The word as it lives for ever; NULL: it is none. */
const char *mount_propagation(const char *word);
/* An absolute path without ".", "..", doubled and trailing slashes; NULL: out of memory. */
char *mount_clean(const char *path);
/* Source and target, whatever form they came in; cleans the target. */
int mount_check(struct mount_option *mount, struct err *err);

#endif
