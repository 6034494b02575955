#include "shim/client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/launch/parcel.h"
#include "runtime/launch/sys.h"
#include "shim/request.h"
#include "shim/shim.h"

/* Streams stop at CLIENT_SOFT; what is above is room for the answers, and for what pipes hold when
 * their process ends. */
enum { RING = 4 << 20 };

static void on_client(struct watch *watch, uint32_t events);

static void on_knock(struct watch *watch, uint32_t events)
{
	struct shim *shim = container_of(watch, struct shim, listener);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	(void)events;
	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.uid != getuid() ||
		!client_open(shim, fd, false))
		close(fd);
}

/* Bound by its short name in the working directory: a socket's path is limited to 107 bytes. */
void client_listen(struct shim *shim)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	unlink("sock");
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 64) < 0) {
		sys_close(&fd);
		return;
	}
	watch_open(&shim->loop, &shim->listener, fd, EPOLLIN, on_knock);
}

struct client *client_open(struct shim *shim, int fd, bool is_born)
{
	unsigned at = 0;
	struct client *client;

	while (at < shim->clients && shim->client[at].watch.fd >= 0)
		at++;
	if (at == SHIM_CLIENTS)
		return NULL;
	if (at == shim->clients)
		shim->clients++;
	client = &shim->client[at];
	memset(client, 0, sizeof(*client));
	client->shim = shim;
	client->process = shim_init_process(shim);
	client->is_born = client->is_greeted = is_born;
	client->want = is_born ? WIRE_WANT_EXIT : 0;
	client->passed[0] = client->passed[1] = -1;
	if (watch_open(&shim->loop, &client->watch, fd, EPOLLIN, on_client) < 0) {
		client->watch.fd = -1;
		return NULL;
	}
	return client;
}

static void forget_ring(struct client *client)
{
	if (client->ring)
		munmap(client->ring, RING);
	client->ring = NULL;
	client->ring_at = client->ring_len = 0;
}

void client_close(struct client *client)
{
	struct process *process = client->process;
	bool had_stdin = client->want & WIRE_WANT_STDIN;

	if (client->watch.fd < 0)
		return;
	watch_close(&client->shim->loop, &client->watch);
	sys_close(&client->passed[0]);
	sys_close(&client->passed[1]);
	forget_ring(client);
	client->process = NULL;
	client->want = 0;
	if (process && had_stdin && process->stdin_once)
		stdin_close(process);
	if (process)
		stream_resume(process);
	request_client_left(client);
}

/* ---- to the client ---- */

static void watch_for(struct client *client)
{
	uint32_t events = (client->is_stdin_full ? 0 : EPOLLIN) | (client->ring_len ? EPOLLOUT : 0);

	watch_set(&client->shim->loop, &client->watch, events);
}

static bool keep(struct client *client, const struct iovec *parts, int count, size_t skip)
{
	if (!client->ring) {
		client->ring = mmap(
			NULL, RING, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (client->ring == MAP_FAILED) {
			client->ring = NULL;
			return false;
		}
	}
	for (int i = 0; i < count; i++) {
		const char *data = parts[i].iov_base;
		size_t len = parts[i].iov_len;

		if (skip >= len) {
			skip -= len;
			continue;
		}
		data += skip;
		len -= skip;
		skip = 0;
		while (len) {
			uint32_t at = (client->ring_at + client->ring_len) % RING;
			size_t now = RING - at < len ? RING - at : len;

			memcpy(client->ring + at, data, now);
			client->ring_len += (uint32_t)now;
			data += now;
			len -= now;
		}
	}
	return true;
}

static void send_parts(struct client *client, enum wire_type type, struct iovec *parts, int count)
{
	struct wire_head head = {.type = (uint16_t)type};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
	ssize_t sent = 0;
	size_t len = sizeof(head);

	for (int i = 1; i < count; i++)
		len += parts[i].iov_len;
	head.len = (uint32_t)(len - sizeof(head));
	parts[0] = (struct iovec){&head, sizeof(head)};
	if (client->ring_len + len > RING)
		return client_close(client);
	if (!client->ring_len)
		sent = sendmsg(client->watch.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN)
		return client_close(client);
	sent = sent < 0 ? 0 : sent;
	if ((size_t)sent < len && !keep(client, parts, count, (size_t)sent))
		return client_close(client);
	watch_for(client);
}

void client_send(struct client *client, enum wire_type type, const void *payload, size_t len)
{
	struct iovec parts[2] = {{NULL, 0}, {(void *)payload, len}};

	if (client->watch.fd >= 0)
		send_parts(client, type, parts, 2);
}

void client_send_failed(struct client *client, const struct launch_fail *fail)
{
	struct wire_failed failed = {fail->code, fail->exit, fail->step};
	struct iovec parts[3] = {
		{NULL, 0}, {&failed, sizeof(failed)}, {(void *)fail->text, strlen(fail->text)}};

	if (client->watch.fd >= 0)
		send_parts(client, WIRE_FAILED, parts, 3);
}

void client_send_done(struct client *client, int code, const char *sentence)
{
	struct wire_done done = {code};
	struct iovec parts[3] = {{NULL, 0}, {&done, sizeof(done)},
		{(void *)sentence, sentence ? strlen(sentence) : 0}};

	if (client->watch.fd >= 0)
		send_parts(client, WIRE_DONE, parts, 3);
}

static void flush(struct client *client)
{
	while (client->ring_len) {
		size_t now = RING - client->ring_at < client->ring_len ? RING - client->ring_at
								       : client->ring_len;
		ssize_t sent = send(client->watch.fd, client->ring + client->ring_at, now,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent <= 0)
			return client_close(client);
		client->ring_at = (client->ring_at + (uint32_t)sent) % RING;
		client->ring_len -= (uint32_t)sent;
	}
	forget_ring(client);
	watch_for(client);
	if (client->process)
		stream_resume(client->process);
}

/* ---- from the client ---- */

static ssize_t receive(struct client *client, void *to, size_t len)
{
	int fds[2];
	unsigned count;
	ssize_t got = parcel_receive_all(client->watch.fd, to, len, fds, 2, &count, MSG_DONTWAIT);

	for (unsigned i = 0; i < count; i++) {
		sys_close(&client->passed[i]);
		client->passed[i] = fds[i];
	}
	if (got < 0)
		return got == -EAGAIN || got == -EINTR ? -EAGAIN : 0;
	return got;
}

/* Looked at first and taken only as far as the process took it: nothing is ever kept here, and a
 * full stdin fills the client's socket. */
static ssize_t forward_stdin(struct client *client)
{
	char piece[2048];
	struct process *process = client->process;
	size_t left = client->head.len - client->body_len;
	ssize_t got = recv(client->watch.fd, piece, left < sizeof(piece) ? left : sizeof(piece),
		MSG_PEEK | MSG_DONTWAIT);
	long taken;

	if (got <= 0)
		return got < 0 && errno == EAGAIN ? -EAGAIN : 0;
	if (process && process->state < PROCESS_RUNNING) {
		client->is_stdin_full = true;
		watch_for(client);
		return -EAGAIN;
	}
	taken = process && client->want & WIRE_WANT_STDIN ? stdin_write(process, piece, (size_t)got)
							  : got;
	if (taken == -EPIPE)
		taken = got; /* the process does not read any more: swallowed, as by a pipe's reader
				gone */
	if (taken == -EAGAIN) {
		client->is_stdin_full = true;
		watch_for(client);
		return -EAGAIN;
	}
	client->body_len += (uint32_t)taken;
	return recv(client->watch.fd, piece, (size_t)taken, MSG_DONTWAIT);
}

static ssize_t read_body(struct client *client)
{
	char sink[256];
	size_t left = client->head.len - client->body_len,
	       room = sizeof(client->body) - client->body_len;
	bool fits = client->head.len <= sizeof(client->body);
	ssize_t got;

	if (client->head.type == WIRE_STDIN)
		return forward_stdin(client);
	/* Longer than any frame we know: skipped. */
	got = fits ? receive(client, client->body + client->body_len, left < room ? left : room)
		   : receive(client, sink, left < sizeof(sink) ? left : sizeof(sink));
	if (got > 0)
		client->body_len += (uint32_t)got;
	return got;
}

static ssize_t read_some(struct client *client)
{
	ssize_t got;

	if (client->head_len < sizeof(client->head)) {
		got = receive(client, (char *)&client->head + client->head_len,
			sizeof(client->head) - client->head_len);
		if (got <= 0)
			return got;
		client->head_len += (uint32_t)got;
		if (client->head_len < sizeof(client->head) || client->head.len)
			return got;
	}
	if (client->head.len > WIRE_PAYLOAD_MAX)
		return 0;
	return client->head.len > client->body_len ? read_body(client) : 1;
}

static bool is_whole(const struct client *client)
{
	return client->head_len == sizeof(client->head) && client->body_len == client->head.len;
}

static void on_client(struct watch *watch, uint32_t events)
{
	struct client *client = container_of(watch, struct client, watch);
	ssize_t got = 1;

	if (events & EPOLLOUT)
		flush(client);
	if (watch->fd >= 0 && client->is_stdin_full && events & (EPOLLHUP | EPOLLERR))
		return client_close(client);
	for (int round = 0; round < 64 && watch->fd >= 0 && !client->is_stdin_full; round++) {
		got = read_some(client);
		if (got == -EAGAIN)
			return;
		if (!got)
			return client_close(client);
		if (!is_whole(client))
			continue;
		client->head_len = client->body_len = 0;
		request_serve(client);
	}
}
