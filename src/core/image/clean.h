/* clean.h - a tar's names, made safe to walk. */
#ifndef CORE_IMAGE_CLEAN_H
#define CORE_IMAGE_CLEAN_H

#include "core/index.h"
#include "util/err.h"

/* "/a//./b/../c/" becomes "a/c", the root "". Refuses what climbs above the root, what is too
 * long or too deep, and says which in words. */
int clean_path(const char *path, char clean[INDEX_PATH_MAX], struct err *err);

#endif
