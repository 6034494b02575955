/* size.h - numbers of bytes as people write them: 512m, 1.5GiB, 64k. */
#ifndef UTIL_SIZE_H
#define UTIL_SIZE_H

#include <stdint.h>

#include "util/err.h"

/* Letters mean powers of 1024. -EINVAL "invalid size: 'x'". */
int size_bytes(const char *text, int64_t *bytes, struct err *err);

#endif
