/* number.h - durations, sizes and switches as Go and docker write them. */
#ifndef BUILD_NUMBER_H
#define BUILD_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

/* "1h30m", "2.5s", "-300ms" in nanoseconds; -EINVAL with Go's sentence. */
int number_duration(const char *text, int64_t *out, struct err *err);
/* The same back: "1h30m0s", "500ms", "0s". */
void number_add_duration(struct buf *out, int64_t nanoseconds);
/* "64m", "1.5GiB": powers of 1024. False: it is none. */
bool number_bytes(const char *text, int64_t *out);
/* Go's strconv.ParseBool. False: it is none. */
bool number_bool(const char *text, bool *out);
/* All of text, digits of the base only, not above max. */
bool number_whole(const char *text, int base, uint64_t max, uint64_t *out);

#endif
