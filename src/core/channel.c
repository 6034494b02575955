#include "core/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/own.h"

enum { READ_ROOM = 2 * WIRE_PAYLOAD_MAX + (int)sizeof(struct wire_head) };

struct channel {
	uv_pipe_t pipe;
	const struct channel_events *events;
	void *arg;
	bool closed; /* no more callbacks */
	bool reading;
	size_t len; /* bytes in `in` not yet delivered */
	char in[READ_ROOM];
};

struct send {
	uv_write_t write;
	struct channel *channel;
	struct wire_head head;
	char payload[];
};

int channel_connect(int run_dir_fd, int *fd, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	auto_close int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return err_sys(err, "open a socket");
	/* Run roots may be deep; the path in a sockaddr may not (108 bytes, unix(7)). */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/sock", run_dir_fd);
	if (connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_set(err, errno == ENOENT || errno == ECONNREFUSED ? ESRCH : errno,
			"the container's monitor does not answer: %s", err_name(errno));
	*fd = take_fd(&sock);
	return 0;
}

/* ---- receiving ---- */

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct channel *channel = container_of((uv_pipe_t *)handle, struct channel, pipe);

	(void)suggested;
	*buf = uv_buf_init(
		channel->in + channel->len, (unsigned)(sizeof(channel->in) - channel->len));
}

static void broken(struct channel *channel, int code)
{
	uv_read_stop((uv_stream_t *)&channel->pipe);
	channel->reading = false;
	if (!channel->closed)
		channel->events->broken(channel->arg, code);
}

static void deliver(struct channel *channel)
{
	size_t at = 0;

	while (!channel->closed && channel->reading &&
		channel->len - at >= sizeof(struct wire_head)) {
		struct wire_head head;

		memcpy(&head, channel->in + at, sizeof(head));
		if (head.len > WIRE_PAYLOAD_MAX) {
			broken(channel, -EPROTO);
			return;
		}
		if (channel->len - at < sizeof(head) + head.len)
			break;
		channel->events->frame(channel->arg, &head, channel->in + at + sizeof(head));
		at += sizeof(head) + head.len;
	}
	channel->len -= at;
	memmove(channel->in, channel->in + at, channel->len);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct channel *channel = container_of((uv_pipe_t *)stream, struct channel, pipe);

	(void)buf;
	if (len == 0)
		return;
	if (len < 0) {
		broken(channel, len == UV_EOF ? 0 : (int)len);
		return;
	}
	channel->len += (size_t)len;
	deliver(channel);
}

void channel_pause(struct channel *channel, bool pause)
{
	if (channel->closed || channel->reading == !pause)
		return;
	channel->reading = !pause;
	if (pause) {
		uv_read_stop((uv_stream_t *)&channel->pipe);
		return;
	}
	uv_read_start((uv_stream_t *)&channel->pipe, give_room, on_read);
	deliver(channel); /* what came in before the pause */
}

/* ---- sending ---- */

static void on_sent(uv_write_t *write, int status)
{
	struct send *send = container_of(write, struct send, write);
	struct channel *channel = send->channel;

	free(send);
	if (channel->closed || status < 0)
		return; /* a broken pipe is reported by the read */
	if (channel->events->drained && channel_queued(channel) == 0)
		channel->events->drained(channel->arg);
}

void channel_send(struct channel *channel, enum wire_type type, const void *payload, size_t len)
{
	struct send *send = malloc(sizeof(*send) + len);
	uv_buf_t buf;

	if (!send || channel->closed) {
		free(send);
		return;
	}
	send->channel = channel;
	send->head = (struct wire_head){.len = (uint32_t)len, .type = (uint16_t)type};
	if (len)
		memcpy(send->payload, payload, len);
	buf = uv_buf_init((char *)&send->head, (unsigned)(sizeof(send->head) + len));
	if (uv_write(&send->write, (uv_stream_t *)&channel->pipe, &buf, 1, on_sent) < 0)
		free(send);
}

size_t channel_queued(const struct channel *channel)
{
	return uv_stream_get_write_queue_size((const uv_stream_t *)&channel->pipe);
}

/* ---- coming and going ---- */

int channel_open(uv_loop_t *loop, int fd, const struct channel_events *events, void *arg,
	struct channel **out, struct err *err)
{
	/* The room for what is read is not cleared: it is 128 KB, of which few bytes are ever used.
	 */
	struct channel *channel = malloc(sizeof(*channel));
	int failed;

	if (!channel) {
		close(fd);
		return err_set(err, ENOMEM, "talk to the container's monitor: out of memory");
	}
	memset(channel, 0, offsetof(struct channel, in));
	channel->events = events;
	channel->arg = arg;
	uv_pipe_init(loop, &channel->pipe, 0);
	failed = uv_pipe_open(&channel->pipe, fd);
	if (failed) {
		close(fd);
		channel_close(channel);
		return err_set(
			err, failed, "talk to the container's monitor: %s", err_name(failed));
	}
	channel->reading = true;
	uv_read_start((uv_stream_t *)&channel->pipe, give_room, on_read);
	*out = channel;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(container_of((uv_pipe_t *)handle, struct channel, pipe));
}

void channel_close(struct channel *channel)
{
	if (!channel || channel->closed)
		return;
	channel->closed = true;
	uv_close((uv_handle_t *)&channel->pipe, on_closed);
}
