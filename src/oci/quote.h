/* quote.h - writing JSON by hand. */
#ifndef OCI_QUOTE_H
#define OCI_QUOTE_H

#include "util/buf.h"
#include "util/strs.h"

void quote_json(struct buf *out, const char *text);
/* "name=value" strings as an object. */
void quote_map(struct buf *out, const struct strs *map);

#endif
