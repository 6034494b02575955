/* names.h - names of files as a line or a JSON string may show them.
 *
 * A name is any bytes but '/' and NUL, and a stranger chose it: what is no printable UTF-8 is shown
 * as \xHH, and a backslash as two. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <stdbool.h>

#include "core/engine.h"

void names_put(struct buf *out, const char *name, size_t len);
void names_puts(struct buf *out, const char *name);
/* "/usr/bin/env", "/" for the root. */
void names_put_path(struct buf *out, const struct strata *strata, uint32_t spot);
/* One line of something longer: the first `columns` characters, blanks joined, "…" when cut. */
void names_put_short(struct buf *out, const char *text, size_t columns);

/* "drwxr-xr-x", as ls has it. */
void names_put_mode(struct buf *out, unsigned mode);
/* "dir", "file", "symlink", "char", "block", "fifo", "whiteout". */
const char *names_type(const struct index_entry *entry);

#endif
