/* channel.h - framed messages over a unix socket on the loop: the client's end of runtime/wire.h.
 */
#ifndef CORE_CHANNEL_H
#define CORE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include "runtime/wire.h"
#include "util/err.h"

struct channel;

struct channel_events {
	/* payload is lent; the receiver may close the channel from here. */
	void (*frame)(void *arg, const struct wire_head *head, const char *payload);
	/* The other end is gone (0), or the connection failed (negative errno). Not called after
	 * channel_close. */
	void (*broken)(void *arg, int code);
	/* What was queued has been taken by the socket. May be NULL. */
	void (*drained)(void *arg);
};

/* Connects to the shim's socket below run_dir_fd, blocking for no longer than a full backlog.
 * -ESRCH: nobody there. */
int channel_connect(int run_dir_fd, int *fd, struct err *err);

/* Takes fd over, whatever happens. */
int channel_open(uv_loop_t *loop, int fd, const struct channel_events *events, void *arg,
	struct channel **out, struct err *err);
/* Ends all callbacks at once; the memory goes when the loop is done with it. NULL is fine. */
void channel_close(struct channel *channel);

/* Copies and queues one frame. */
void channel_send(struct channel *channel, enum wire_type type, const void *payload, size_t len);
size_t channel_queued(const struct channel *channel);    /* bytes not yet taken by the socket */
void channel_pause(struct channel *channel, bool pause); /* stop or go on reading */

#endif
