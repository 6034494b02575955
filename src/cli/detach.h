/* detach.h - the keys that leave a container running: "ctrl-p,ctrl-q", found in what is typed.
 *
 * Bytes that begin the sequence are held back and let through once it turns out to be something
 * else. */
#ifndef CLI_DETACH_H
#define CLI_DETACH_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/err.h"

enum { DETACH_KEYS_MAX = 32 };

struct detach {
	char keys[DETACH_KEYS_MAX];
	size_t len, matched;
};

/* text: letters, or ctrl- and one of a-z @ ^ [ , _ \ ], with commas between; NULL: the default; "":
 * none. -EINVAL with docker's sentence. */
int detach_init(struct detach *detach, const char *text, struct err *err);
/* Appends to out what is meant for the container. True once the keys were typed; *used is how much
 * of data that took. */
bool detach_feed(
	struct detach *detach, const char *data, size_t len, size_t *used, struct buf *out);

#endif
