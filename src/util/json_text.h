/* json_text.h - a JSON string, written by hand.
 *
 * For what is a line or a few members and starts too often to build a tree first. Bytes from 0x80
 * on are passed as they are: who has them from a stranger checks that they are UTF-8. */
#ifndef UTIL_JSON_TEXT_H
#define UTIL_JSON_TEXT_H

#include "util/buf.h"

/* Appends text with its quotes and escapes (RFC 8259, 7). */
void json_put_text(struct buf *out, const char *text);
void json_put_bytes(struct buf *out, const char *text, size_t len);

#endif
