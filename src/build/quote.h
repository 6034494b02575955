/* quote.h - words as Go prints them with %q, which histories and error sentences are made of. */
#ifndef BUILD_QUOTE_H
#define BUILD_QUOTE_H

#include "build/words.h"
#include "util/buf.h"

/* "a\tb" with its quotes. */
void quote_add(struct buf *out, struct piece text);
/* ["a" "b"] */
void quote_list(struct buf *out, const struct words *words);
/* [a b] */
void plain_list(struct buf *out, const struct words *words);
/* A string of JSON, with its quotes; what is no UTF-8 becomes U+FFFD. */
void quote_json(struct buf *out, struct piece text);

#endif
