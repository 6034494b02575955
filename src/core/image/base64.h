/* base64.h - of names and secrets, as HTTP and docker's files have them (RFC 4648, 4). */
#ifndef CORE_IMAGE_BASE64_H
#define CORE_IMAGE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

void base64_put(struct buf *out, const void *data, size_t len);
/* False: that is no base64. Padding may be missing. */
bool base64_decode(const char *text, struct buf *out);

#endif
