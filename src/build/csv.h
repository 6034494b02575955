/* csv.h - one record of comma-separated values, quoted as in a CSV file: what options are made of.
 */
#ifndef BUILD_CSV_H
#define BUILD_CSV_H

#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/* The field that begins at text[*at] instead of what was in `field`; *at goes to the comma after
 * it, or the end. -EINVAL in the words of Go's encoding/csv. */
int csv_field(const char *text, size_t *at, struct buf *field, struct err *err);

#endif
