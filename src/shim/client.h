/* client.h - one connection, speaking wire.h.
 *
 * What a client cannot take at once waits in a ring that is mapped only while something waits. A
 * client that is too slow for its process is dropped from the streams, unless it said
 * WIRE_WANT_ALL: then the process waits. */
#ifndef SHIM_CLIENT_H
#define SHIM_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "runtime/launch/launch.h"
#include "runtime/wire.h"
#include "shim/loop.h"

struct shim;
struct process;

enum { CLIENT_SOFT = 256 << 10 }; /* bytes that may wait before a client counts as slow */

enum client_await { AWAIT_STOP = 1, AWAIT_RESTART = 2, AWAIT_PAUSE = 4, AWAIT_HOLD = 64 };

struct client {
	struct watch watch;
	struct shim *shim;
	struct process *process; /* whose streams; NULL: of one that is over */
	uint32_t want;           /* enum wire_want */
	uint8_t awaits;          /* enum client_await */
	bool holds;              /* see WIRE_HOLD */
	bool is_born, is_greeted, is_dropped, is_stdin_full, is_closing;
	struct wire_head head; /* of the frame being read */
	uint32_t head_len, body_len;
	int passed[2]; /* fds that came along, -1: none */
	char *ring;    /* NULL: nothing waits */
	uint32_t ring_at, ring_len;
	char body[96];
};

void client_listen(struct shim *shim);
struct client *client_open(struct shim *shim, int fd, bool is_born);
void client_close(struct client *client);

/* A whole frame; the client may be closed afterwards. */
void client_send(struct client *client, enum wire_type type, const void *payload, size_t len);
void client_send_failed(struct client *client, const struct launch_fail *fail);
void client_send_done(struct client *client, int code, const char *sentence);

/* To everybody whom it concerns. */
void clients_stream(struct process *process, enum log_stream stream, const char *data, size_t len);
bool clients_want_stream(const struct process *process, enum log_stream stream);
bool clients_hold_back(const struct process *process); /* somebody must have all and is slow */
void clients_started(struct process *process);
void clients_tell_started(struct client *client);
void clients_failed(struct process *process);
/* Whether anybody was told. */
bool clients_exit(struct process *process, bool restarting);
void clients_done(struct shim *shim, unsigned awaits, int code, const char *sentence);
void clients_stdin_ready(struct process *process);
bool clients_have_all(struct shim *shim); /* nothing waits in any ring */
void clients_close_idle(struct shim *shim, bool also_busy);

#endif
