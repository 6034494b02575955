/* secret.h - what --secret says, read when a step asks for it.
 *
 *     id=token,src=./file   id=token,env=NAME   id=NAME (a file or a variable of that name)
 *
 * A value is in no key, no layer, no history and no argument of a process. */
#ifndef BUILD_SECRET_H
#define BUILD_SECRET_H

#include "build/build.h"
#include "util/buf.h"

enum { SECRET_MAX = 500 << 10 };

/* -ENOENT: nobody gave it. */
int secret_read(const struct strs *secrets, const char *id, struct buf *out, struct err *err);
/* Whether all of them can be understood; BuildKit's words. */
int secrets_check(const struct strs *secrets, struct err *err);

#endif
