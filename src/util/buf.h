/* buf.h - bytes that grow.
 *
 * Running out of memory is remembered, not returned by every call: append
 * freely, then ask buf_failed once. data is always NUL-terminated once anything
 * was appended; the NUL is not counted in len. */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t room;
	bool failed;
};

#define BUF_INIT                                                                                   \
	{                                                                                          \
		0                                                                                  \
	}
#define auto_buf __attribute__((cleanup(buf_fini))) struct buf

void buf_fini(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps the room */
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_drop(struct buf *buf, size_t len); /* forget the first len bytes */
/* Makes room for len more bytes and returns where they go, or NULL; then add to buf->len. */
char *buf_reserve(struct buf *buf, size_t len);
bool buf_failed(const struct buf *buf);
const char *buf_text(const struct buf *buf); /* "" when empty; lives until the next change */
char *buf_take(struct buf *buf);             /* the caller frees; NULL when out of memory */

#endif
