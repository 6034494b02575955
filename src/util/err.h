/* err.h - one failure, in one sentence a user can act on.
 *
 * Plain memory without pointers: it lives on a stack, inside a job on the
 * thread pool, or crosses a pipe in one write(2). Whoever knows the fact calls
 * err_set; each layer above adds a noun the user knows with err_in:
 *
 *     pull alpine:3.20: unpack layer 3f2a: etc/shadow: no space left on device
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

struct err {
	int code;       /* negative errno: what a caller branches on; 0: no error */
	char text[500]; /* what the user reads, without a final full stop */
};

/* Both return the (negative) code, so that a failing function ends in one line.
 * `code` may be given positive or negative. err may be NULL: the code is still returned. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "doing: what went wrong", keeping the code. */
int err_in(struct err *err, const char *doing, ...) __attribute__((format(printf, 2, 3)));
/* err_set with ": " and the words for errno after the text. */
int err_sys(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What failed was no failure: 0, and err, which may be NULL, holds none. */
int err_forgive(struct err *err);
/* The words for a positive or negative errno; never NULL, safe on any thread. */
const char *err_name(int code);

#endif
