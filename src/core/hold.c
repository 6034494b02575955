#include "core/hold.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/lifecycle.h"
#include "util/own.h"

enum { PATIENCE_S = 15, TRIES = 300, PAUSE_US = 1000 };

static int say(int fd, enum wire_type type, const void *payload, size_t len, struct err *err)
{
	struct wire_head head = {.len = (uint32_t)len, .type = (uint16_t)type};
	char frame[sizeof(head) + sizeof(struct wire_hello)];

	memcpy(frame, &head, sizeof(head));
	if (len)
		memcpy(frame + sizeof(head), payload, len);
	return send(fd, frame, sizeof(head) + len, MSG_NOSIGNAL) < 0
		       ? err_sys(err, "ask the container's monitor")
		       : 0;
}

static int hear(int fd, void *to, size_t len)
{
	ssize_t got;

	do
		got = recv(fd, to, len, MSG_WAITALL);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return (size_t)got == len ? 0 : -ECONNRESET;
}

/* Until DONE, which says how it went. */
static int hear_done(int fd, struct err *err)
{
	char payload[256];
	struct wire_head head;
	struct wire_done done;
	int failed;

	for (;;) {
		failed = hear(fd, &head, sizeof(head));
		if (!failed && head.len > sizeof(payload))
			failed = -EPROTO;
		if (!failed && head.len)
			failed = hear(fd, payload, head.len);
		if (failed)
			return err_set(err, failed, "the container's monitor does not answer: %s",
				err_name(failed));
		if (head.type != WIRE_DONE || head.len < sizeof(done))
			continue;
		memcpy(&done, payload, sizeof(done));
		return done.code < 0
			       ? err_set(err, done.code, "%.*s", (int)(head.len - sizeof(done)),
					 payload + sizeof(done))
			       : 0;
	}
}

static int freeze(
	struct engine *engine, unsigned number, struct row *row, struct hold *out, struct err *err)
{
	const struct wire_hello hello = {.version = WIRE_VERSION};
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	auto_close int fd = -1;
	int failed = lifecycle_connect(engine, number, row, &fd, err);

	if (failed)
		return failed;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	failed = say(fd, WIRE_HELLO, &hello, sizeof(hello), err);
	if (!failed)
		failed = say(fd, WIRE_HOLD, NULL, 0, err);
	if (!failed)
		failed = hear_done(fd, err);
	if (failed)
		return failed;
	*out = (struct hold){.fd = take_fd(&fd), .running = true};
	return 0;
}

/* Between two looks it may start or end, each of which takes a moment to be true everywhere. */
int hold_take(struct engine *engine, unsigned number, struct row *row, int own_dir_fd,
	struct hold *out, struct err *err)
{
	int failed = 0;

	for (int i = 0; i < TRIES; i++) {
		err_forgive(err);
		if (row_has_processes(row))
			failed = freeze(engine, number, row, out, err);
		else
			failed = launch_claim(
				engine, number, row->id, own_dir_fd, row, &out->fd, err);
		if (failed != -ESRCH && failed != -EALREADY && failed != -ECONNRESET)
			return failed;
		usleep(PAUSE_US);
		if (roster_read(engine->roster, number, row) < 0)
			return err_set(err, ENOENT, "No such container: %s", row->name);
		engine_correct_row(engine, number, row);
	}
	return err_set(err, EBUSY,
		"container %s neither runs nor rests: wait until it has started again, or stop it",
		row->name);
}

void hold_release(struct hold *hold)
{
	own_closep(&hold->fd);
	hold->fd = -1;
}
