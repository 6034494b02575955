/* dbus.h - just enough of D-Bus to ask one question of a bus and wait for its signal.
 *
 * Little endian, version 1: dbus.freedesktop.org/doc/dbus-specification.html. Writing is by hand:
 * each value is aligned to its own size, counted from the body's beginning. */
#ifndef RUNTIME_DBUS_H
#define RUNTIME_DBUS_H

#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

/* ---- writing a body ---- */

void dbus_u32(struct buf *body, uint32_t value);
void dbus_u64(struct buf *body, uint64_t value);
void dbus_text(struct buf *body, const char *text);      /* s, o */
void dbus_signature(struct buf *body, const char *text); /* g */
/* An array whose elements are aligned to `align`: begin, write them, end with what begin returned.
 */
size_t dbus_array_begin(struct buf *body, size_t align);
void dbus_array_end(struct buf *body, size_t begin, size_t align);
void dbus_struct(struct buf *body); /* aligns for what follows */

/* ---- the bus ---- */

struct dbus_call {
	const char *destination, *path, *interface, *member;
	const char *signature; /* of the body; NULL: none */
	const struct buf *body;
};

struct dbus_message {
	unsigned type;    /* 2 a reply, 3 an error, 4 a signal */
	uint32_t answers; /* which call */
	char member[64], error[96];
	struct buf body;
};

struct dbus_bus {
	const char *socket;
	uint32_t uid; /* who we are for it, in its own numbers */
};

/* Connects, proves who we are, and says hello. A file descriptor or a negative errno. NULL: the
 * system's bus. */
int dbus_open(const struct dbus_bus *bus, struct err *err);
/* The call's number, or a negative errno. */
int64_t dbus_send(int bus, const struct dbus_call *call);
/* The next message, within `seconds`; the caller finishes out->body. */
int dbus_receive(int bus, int seconds, struct dbus_message *out);
/* The text at *at of a body, which moves behind it; NULL: there is none. Lives as long as the body.
 */
const char *dbus_read_text(const struct buf *body, size_t *at);
int dbus_read_u32(const struct buf *body, size_t *at, uint32_t *out);

#endif
