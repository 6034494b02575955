/* git_modules.h - the file .gitmodules: where a repository's submodules come from.
 *
 * Git's configuration syntax, read as data: an include is a section like any other, no file is
 * opened, and what is not a submodule's path or url is passed over. Pure. */
#ifndef BUILD_GIT_GIT_MODULES_H
#define BUILD_GIT_GIT_MODULES_H

#include <stddef.h>

#include "util/err.h"
#include "util/own.h"

struct git_modules;

enum { GIT_MODULES_MAX = 1000, GIT_MODULES_SIZE_MAX = 1 << 20 };

/* -EINVAL naming the line. The caller owns *out. */
int git_modules_parse(const char *text, size_t len, struct git_modules **out, struct err *err);
/* The url of the submodule at `path`; lent, NULL: the file does not know it. */
const char *git_modules_url(const struct git_modules *modules, const char *path);
void git_modules_free(struct git_modules *modules);
own_define(git_modules)

#endif
