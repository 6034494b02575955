#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/launch/launch.h"
#include "runtime/launch/sys.h"
#include "shim/dns_serve.h"

enum {
	PAUSE_MS = 5,        /* when the budget is used up: the kernel drops what it cannot hold */
	IDLE_TCP_MS = 10000, /* RFC 7766 */
	SEND_ROOM = 2 * DNS_MESSAGE_MAX,
};

static void on_connection(struct watch *watch, uint32_t events);

/* ---- answers ---- */

static void close_connection(struct dns_connection *connection)
{
	struct dns_resolver *resolver = connection->resolver;
	struct dns_flight *flight = connection->flight;

	connection->flight = NULL;
	if (flight)
		dns_flight_drop(flight);
	timer_stop(&resolver->loop, &connection->timer);
	watch_close(&resolver->loop, &connection->watch);
	watch_set(&resolver->loop, &resolver->tcp, EPOLLIN);
}

static void on_silence(struct timer *timer)
{
	close_connection(container_of(timer, struct dns_connection, timer));
}

static void wait_for_more(struct dns_connection *connection)
{
	struct loop *loop = &connection->resolver->loop;

	timer_start(loop, &connection->timer, IDLE_TCP_MS, on_silence);
	watch_set(loop, &connection->watch, EPOLLIN);
}

/* The socket has room for one answer, so one that does not fit waits behind another that nobody
 * reads. */
static void answer_connection(struct dns_connection *connection, uint8_t *msg, size_t len)
{
	uint8_t size[2];
	struct iovec parts[] = {{size, sizeof(size)}, {msg, len}};
	struct msghdr out = {.msg_iov = parts, .msg_iovlen = 2};

	connection->flight = NULL;
	dns_put_u16(size, (unsigned)len);
	if (sendmsg(connection->watch.fd, &out, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len + 2)
		wait_for_more(connection);
	else
		close_connection(connection);
}

/* A raw socket adds the addresses; the ports are ours to say. No checksum: it never leaves the
 * machine. */
static void answer_datagram(
	struct dns_resolver *resolver, struct sockaddr_in to, uint8_t *msg, size_t len)
{
	uint8_t head[8] = {0};
	struct iovec parts[] = {{head, sizeof(head)}, {msg, len}};
	bool raw = resolver->is_steered;
	struct msghdr out = {.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = raw ? parts : parts + 1,
		.msg_iovlen = raw ? 2 : 1};

	if (raw) {
		dns_put_u16(head, RESOLVER_PORT);
		dns_put_u16(head + 2, ntohs(to.sin_port));
		dns_put_u16(head + 4, (unsigned)(sizeof(head) + len));
		to.sin_port = 0;
	}
	sendmsg(raw ? DNS_FD_RAW : DNS_FD_UDP, &out, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void dns_ask_answer(
	struct dns_resolver *resolver, const struct dns_asker *asker, uint8_t *msg, size_t len)
{
	if (asker->connection)
		answer_connection(asker->connection, msg, len);
	else
		answer_datagram(resolver, asker->from, msg, len);
}

void dns_ask_short(struct dns_resolver *resolver, const struct dns_asker *asker, const uint8_t *msg,
	const struct dns_query *query, enum dns_code code)
{
	struct dns_reply reply;

	dns_reply_begin(&reply, resolver->reply, DNS_PLAIN_UDP, msg, query, code);
	reply.truncated = code == DNS_NOERROR;
	dns_ask_answer(resolver, asker, resolver->reply, dns_reply_end(&reply, query));
}

/* ---- questions ---- */

static size_t room_for(const struct dns_asker *asker, const struct dns_query *query)
{
	return asker->connection || query->udp_size > DNS_REPLY_MAX ? DNS_REPLY_MAX
								    : query->udp_size;
}

static void take(struct dns_resolver *resolver, const uint8_t *msg, size_t len,
	const struct dns_asker *asker)
{
	struct dns_query query;
	struct dns_reply reply;

	switch (dns_read(msg, len, &query)) {
	case DNS_IGNORE:
		if (asker->connection)
			close_connection(asker->connection);
		return;
	case DNS_BROKEN:
		dns_ask_short(resolver, asker, msg, &query, DNS_FORMERR);
		return;
	case DNS_UNKNOWN:
		dns_ask_short(resolver, asker, msg, &query, DNS_NOTIMP);
		return;
	case DNS_READ:
		break;
	}
	if (dns_answer(
		    &resolver->view, msg, &query, resolver->reply, room_for(asker, &query), &reply))
		dns_ask_answer(resolver, asker, resolver->reply, dns_reply_end(&reply, &query));
	else if (!dns_flight_begin(resolver, msg, len, &query, asker))
		dns_ask_short(resolver, asker, msg, &query, DNS_SERVFAIL);
}

/* ---- by UDP ---- */

static void on_pause_over(struct timer *timer)
{
	struct dns_resolver *resolver = container_of(timer, struct dns_resolver, pause);

	watch_set(&resolver->loop, &resolver->udp, EPOLLIN);
	watch_set(&resolver->loop, &resolver->tcp, EPOLLIN);
}

/* False: there was too much of it; nothing is taken for some milliseconds. */
static bool may_take(struct dns_resolver *resolver)
{
	uint64_t now = launch_clock();

	resolver->used_ns = now;
	if (dns_budget_take(&resolver->queries, now))
		return true;
	watch_set(&resolver->loop, &resolver->udp, 0);
	watch_set(&resolver->loop, &resolver->tcp, 0);
	timer_start(&resolver->loop, &resolver->pause, PAUSE_MS, on_pause_over);
	return false;
}

/* One at a time: what is sent after a change of the configuration must find it seen. */
static void on_packet(struct watch *watch, uint32_t events)
{
	struct dns_resolver *resolver = container_of(watch, struct dns_resolver, udp);
	struct dns_asker asker = {0};
	socklen_t room = sizeof(asker.from);
	ssize_t len;

	(void)events;
	if (dns_is_replaced()) /* the next resolver answers what waits here */
		_exit(0);
	if (!may_take(resolver))
		return;
	len = recvfrom(watch->fd, resolver->packet, sizeof(resolver->packet), MSG_DONTWAIT,
		(struct sockaddr *)&asker.from, &room);
	if (len >= 0)
		take(resolver, resolver->packet, (size_t)len, &asker);
}

/* ---- by TCP ---- */

/* Its length, then the query; what is not a query ends the connection. */
static void on_connection(struct watch *watch, uint32_t events)
{
	struct dns_connection *connection = container_of(watch, struct dns_connection, watch);
	struct dns_asker asker = {.connection = connection};
	size_t wanted = 2;
	ssize_t len;

	(void)events;
	if (connection->have >= 2)
		wanted += dns_u16(connection->in);
	len = recv(watch->fd, connection->in + connection->have, wanted - connection->have,
		MSG_DONTWAIT);
	if (len < 0 && errno == EAGAIN)
		return;
	if (len <= 0 || !may_take(connection->resolver)) {
		close_connection(connection);
		return;
	}
	connection->have += (size_t)len;
	if (connection->have == 2 &&
		(dns_u16(connection->in) < DNS_HEAD || dns_u16(connection->in) > DNS_QUERY_MAX))
		close_connection(connection);
	if (connection->have <= 2 || connection->have < wanted)
		return;
	connection->have = 0;
	take(connection->resolver, connection->in + 2, wanted - 2, &asker);
}

static struct dns_connection *free_connection(struct dns_resolver *resolver)
{
	for (unsigned i = 0; i < DNS_CONNECTIONS; i++)
		if (resolver->connection[i].watch.fd < 0)
			return &resolver->connection[i];
	return NULL;
}

static void on_knock(struct watch *watch, uint32_t events)
{
	struct dns_resolver *resolver = container_of(watch, struct dns_resolver, tcp);
	struct dns_connection *connection = free_connection(resolver);
	int fd, room = SEND_ROOM;

	(void)events;
	if (dns_is_replaced())
		_exit(0);
	if (!connection) { /* until one ends */
		watch_set(&resolver->loop, watch, 0);
		return;
	}
	if (!may_take(resolver))
		return;
	fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	connection->have = 0;
	connection->flight = NULL;
	if (watch_open(&resolver->loop, &connection->watch, fd, 0, on_connection) < 0)
		connection->watch.fd = -1;
	else
		wait_for_more(connection);
}

int dns_ask_open(struct dns_resolver *resolver)
{
	int error = watch_open(&resolver->loop, &resolver->udp, DNS_FD_UDP, EPOLLIN, on_packet);

	for (unsigned i = 0; i < DNS_CONNECTIONS; i++) {
		resolver->connection[i].watch.fd = -1;
		resolver->connection[i].resolver = resolver;
	}
	return error ? error
		     : watch_open(&resolver->loop, &resolver->tcp, DNS_FD_TCP, EPOLLIN, on_knock);
}
