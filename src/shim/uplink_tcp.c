/* uplink_tcp.c - a connection to a published port, carried to the container and back.
 *
 * Bytes never come into our memory: they go from one socket into a pipe and out into the other. A
 * pipe is only held while bytes wait in it, so a connection that is silent is two sockets. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/uplink.h"

enum { CHUNK = 256 << 10, TURNS = 8, ACCEPTS = 64 };

/* ---- pipes ---- */

static bool take_pipe(struct uplink *uplink, int pipe[2])
{
	if (!uplink->pipes)
		return pipe2(pipe, O_NONBLOCK | O_CLOEXEC) == 0;
	memcpy(pipe, uplink->pipe[--uplink->pipes], sizeof(int) * 2);
	return true;
}

static void close_pipe(int pipe[2])
{
	if (pipe[0] < 0)
		return;
	close(pipe[0]);
	close(pipe[1]);
	pipe[0] = pipe[1] = -1;
}

static void give_pipe(struct uplink *uplink, int pipe[2])
{
	if (pipe[0] < 0)
		return;
	if (uplink->pipes == UPLINK_PIPES) {
		close_pipe(pipe);
		return;
	}
	memcpy(uplink->pipe[uplink->pipes++], pipe, sizeof(int) * 2);
	pipe[0] = pipe[1] = -1;
}

/* ---- a connection ---- */

static struct flow *new_flow(struct uplink *uplink)
{
	unsigned slot = 0;

	while (slot < uplink->flow_slots && uplink->flow[slot].uplink)
		slot++;
	if (slot == UPLINK_FLOWS)
		return NULL;
	if (slot == uplink->flow_slots)
		uplink->flow_slots++;
	return &uplink->flow[slot];
}

static void reset_at_close(int fd)
{
	const struct linger hard = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

/* broken: the other side shall not take it for an end. */
static void close_flow(struct flow *flow, bool broken)
{
	struct uplink *uplink = flow->uplink;

	for (int i = 0; i < 2; i++) {
		if (broken)
			reset_at_close(flow->half[i].watch.fd);
		watch_close(&uplink->loop, &flow->half[i].watch);
		close_pipe(flow->half[i].pipe);
	}
	flow->uplink = NULL;
	uplink->flows--;
}

/* 1: it moved something; 0: it waits; or a negative errno. */
static int fill(struct uplink *uplink, struct half *from)
{
	ssize_t len;

	if (from->held || from->ended)
		return 0;
	if (from->pipe[0] < 0 && !take_pipe(uplink, from->pipe))
		return -errno;
	len = splice(from->watch.fd, NULL, from->pipe[1], NULL, CHUNK,
		SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!len)
		from->ended = true;
	from->held = (unsigned)len;
	return 1;
}

static int drain(struct half *from, struct half *to)
{
	ssize_t len;

	if (!from->held)
		return 0;
	len = splice(from->pipe[0], NULL, to->watch.fd, NULL, from->held,
		SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	from->held -= (unsigned)len;
	return 1;
}

static int carry(struct uplink *uplink, struct half *from, struct half *to)
{
	int moved = 1;

	for (int i = 0; i < TURNS && moved > 0; i++) {
		moved = fill(uplink, from);
		if (moved >= 0) {
			int out = drain(from, to);

			moved = out < 0 ? out : moved | out;
		}
	}
	if (moved < 0)
		return moved;
	if (!from->held)
		give_pipe(uplink, from->pipe);
	if (from->ended && !from->held && !from->is_shut) {
		shutdown(to->watch.fd, SHUT_WR);
		from->is_shut = true;
	}
	return 0;
}

static void watch_sides(struct flow *flow)
{
	for (int i = 0; i < 2; i++) {
		struct half *half = &flow->half[i], *other = &flow->half[!i];
		uint32_t events = 0;

		if (!half->ended && !half->held && !flow->connects)
			events |= EPOLLIN;
		if (other->held || (flow->connects && i))
			events |= EPOLLOUT;
		watch_set(&flow->uplink->loop, &half->watch, events);
	}
}

static int connect_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? errno : error;
}

static void on_side(struct watch *watch, uint32_t events)
{
	struct flow *flow = container_of(watch, struct half, watch)->flow;
	struct uplink *uplink = flow->uplink;
	int error = 0;

	(void)events;
	if (flow->connects) {
		error = connect_error(flow->half[1].watch.fd);
		flow->connects = false;
	}
	for (int i = 0; i < 2 && !error; i++)
		error = carry(uplink, &flow->half[i], &flow->half[!i]);
	if (error)
		close_flow(flow, true);
	else if (flow->half[0].is_shut && flow->half[1].is_shut)
		close_flow(flow, false);
	else
		watch_sides(flow);
}

/* ---- its beginning ---- */

static void begin(struct port *port, int client, const struct sockaddr_in6 *from)
{
	struct uplink *uplink = port->uplink;
	struct flow *flow = new_flow(uplink);
	struct sockaddr_in6 target;
	socklen_t len = mapping_target(&port->mapping, &target);
	int one = 1, inside = flow ? space_socket(uplink, port->mapping.family, SOCK_STREAM,
					     port->keeps_clients ? from : NULL)
				   : -ENFILE;

	if (inside < 0 || (connect(inside, (void *)&target, len) < 0 && errno != EINPROGRESS)) {
		reset_at_close(client);
		close(client);
		if (inside >= 0)
			close(inside);
		return;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(inside, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*flow = (struct flow){.uplink = uplink, .connects = true};
	uplink->flows++;
	for (int i = 0; i < 2; i++) {
		flow->half[i].flow = flow;
		flow->half[i].pipe[0] = flow->half[i].pipe[1] = -1;
	}
	/* Nothing is asked of the client before there is whom to tell. */
	watch_open(&uplink->loop, &flow->half[0].watch, client, 0, on_side);
	watch_open(&uplink->loop, &flow->half[1].watch, inside, EPOLLOUT, on_side);
}

void tcp_accept(struct watch *watch, uint32_t events)
{
	struct port *port = container_of(watch, struct port, watch);

	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_in6 from = {0};
		socklen_t len = sizeof(from);
		int fd = accept4(watch->fd, (void *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		begin(port, fd, &from);
	}
}
