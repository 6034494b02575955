/* quote.h - annotations, as the JSON that engines ask for. */
#ifndef OCI_QUOTE_H
#define OCI_QUOTE_H

#include "util/buf.h"
#include "util/strs.h"

/* "name=value" strings as an object. */
void quote_map(struct buf *out, const struct strs *map);

#endif
