/* sink.h - our standard output or error as the end of a stream: takes bytes at once, never waits.
 *
 * What the terminal or pipe cannot take now is kept and written when it can. */
#ifndef CLI_SINK_H
#define CLI_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/watch.h"
#include "util/buf.h"

struct sink {
	int fd, failed; /* failed: errno of the first write that went wrong */
	size_t at_once; /* bytes a write may have without waiting, once poll said yes */
	struct buf kept;
	struct watch watch;
	void (*drained)(void *arg); /* little is kept any more, or a write went wrong */
	void *arg;
};

int sink_open(struct sink *sink, uv_loop_t *loop, int fd, void (*drained)(void *arg), void *arg);
void sink_put(struct sink *sink, const char *data, size_t len);
bool sink_is_full(const struct sink *sink); /* much is kept: better stop the source */
/* Writes what is kept, waiting as long as it takes, and closes; the memory goes once the loop has
 * turned. */
void sink_close(struct sink *sink);

#endif
