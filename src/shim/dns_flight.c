/* Off-path answers have two numbers to guess, the id and the port that the kernel picks for each
 * question's own socket, and from there on only the server's packets reach it. One that is guessed
 * at goes on by TCP. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/launch/launch.h"
#include "runtime/launch/parcel.h"
#include "runtime/launch/sys.h"
#include "shim/dns_serve.h"

enum {
	WAIT_MS = 4000,       /* docker's */
	WAIT_SHORT_MS = 2000, /* while there is another server to ask */
	STRANGERS_MAX = 16,
	MESSAGES_AT_ONCE = 8,
	PAGE = 4096,
};

static void ask(struct dns_flight *flight);

/* ---- sockets ---- */

/* One opened by the shim. It answers at once; should it not, the server is passed over. */
static int wish(struct dns_flight *flight)
{
	struct dns_wish wanted = {++flight->resolver->wishes, flight->server, flight->by_tcp}, got;
	int fd;

	if (send(DNS_FD_SHIM, &wanted, sizeof(wanted), MSG_NOSIGNAL) != sizeof(wanted))
		return -EPIPE;
	for (;;) {
		if (parcel_receive(DNS_FD_SHIM, &got, sizeof(got), &fd, 0) != sizeof(got)) {
			sys_close(&fd);
			return -ETIMEDOUT;
		}
		if (got.number == wanted.number)
			return fd;
		sys_close(&fd);
	}
}

static int open_socket(struct dns_flight *flight)
{
	const struct dns_server *server = &flight->resolver->config.server[flight->server];
	int kind = (flight->by_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int fd;

	if (server->from_host)
		return wish(flight);
	fd = (int)sys_result(socket(server->address.any.sa_family, kind, 0));
	if (fd >= 0 && connect(fd, &server->address.any, server->len) < 0 && errno != EINPROGRESS)
		sys_close(&fd);
	return fd;
}

/* ---- places for long answers ---- */

static uint8_t *borrow(struct dns_resolver *resolver)
{
	for (unsigned i = 0; i < DNS_LONG_ANSWERS; i++)
		if (!resolver->answer_taken[i]) {
			resolver->answer_taken[i] = true;
			return resolver->answer[i];
		}
	return NULL;
}

/* The pages that lie within it whole are given back. */
static void give_back(struct dns_resolver *resolver, uint8_t *answer, size_t used)
{
	uintptr_t first = ((uintptr_t)answer + PAGE - 1) / PAGE * PAGE;
	uintptr_t last = ((uintptr_t)answer + used) / PAGE * PAGE;

	if (!answer)
		return;
	if (last > first)
		madvise((void *)first, last - first, MADV_DONTNEED);
	resolver->answer_taken[(answer - resolver->answer[0]) / (2 + DNS_MESSAGE_MAX)] = false;
}

/* ---- the end of one ---- */

static void hang_up(struct dns_flight *flight)
{
	timer_stop(&flight->resolver->loop, &flight->timer);
	watch_close(&flight->resolver->loop, &flight->watch);
	give_back(flight->resolver, flight->answer, flight->have);
	flight->answer = NULL;
	flight->have = 0;
}

void dns_flight_drop(struct dns_flight *flight)
{
	hang_up(flight);
	flight->used = false;
}

/* What was asked, once more, to be answered in our own words. */
static void end_short(struct dns_flight *flight, enum dns_code code)
{
	struct dns_query query;

	dns_flight_drop(flight);
	dns_put_u16(flight->query + 2, flight->asker_id);
	if (dns_read(flight->query + 2, flight->len, &query) == DNS_READ)
		dns_ask_short(flight->resolver, &flight->asker, flight->query + 2, &query, code);
}

static void deliver(struct dns_flight *flight, uint8_t *msg, size_t len)
{
	flight->resolver->preferred = flight->server;
	if (!flight->asker.connection && len > flight->udp_size) {
		end_short(flight, DNS_NOERROR);
		return;
	}
	dns_put_u16(msg, flight->asker_id);
	dns_ask_answer(flight->resolver, &flight->asker, msg, len);
	dns_flight_drop(flight);
}

/* ---- what servers say ---- */

static bool has_another(const struct dns_flight *flight)
{
	return flight->tried + 1u < flight->resolver->config.servers;
}

static void ask_next(struct dns_flight *flight)
{
	const struct dns_config *config = &flight->resolver->config;

	hang_up(flight);
	flight->tried++;
	flight->server = (uint8_t)((flight->server + 1u) % config->servers);
	flight->by_tcp = flight->asker.connection != NULL;
	ask(flight);
}

static void ask_by_tcp(struct dns_flight *flight)
{
	hang_up(flight);
	flight->by_tcp = true;
	ask(flight);
}

static void on_silence(struct timer *timer)
{
	ask_next(container_of(timer, struct dns_flight, timer));
}

static bool is_stranger(struct dns_flight *flight, const uint8_t *msg, size_t len)
{
	if (dns_belongs(msg, len, flight->id, flight->query + 2, flight->question_end))
		return false;
	flight->strangers++;
	return true;
}

void dns_flight_take(struct dns_flight *flight, uint8_t *msg, size_t len)
{
	unsigned flags, code;

	if (is_stranger(flight, msg, len)) {
		if (flight->by_tcp)
			ask_next(flight);
		else if (flight->strangers >= STRANGERS_MAX)
			ask_by_tcp(flight);
		return;
	}
	flags = dns_u16(msg + 2);
	code = flags & DNS_CODE;
	if ((code == DNS_SERVFAIL || code == DNS_REFUSED) && has_another(flight))
		ask_next(flight);
	else if (flags & DNS_TRUNCATED && !flight->by_tcp)
		ask_by_tcp(flight);
	else
		deliver(flight, msg, len);
}

static void on_datagrams(struct dns_flight *flight)
{
	struct dns_resolver *resolver = flight->resolver;
	uint16_t id = flight->id;

	/* As long as it is the same question by the same way. */
	for (int i = 0; i < MESSAGES_AT_ONCE && flight->used && flight->id == id; i++) {
		ssize_t len = recv(flight->watch.fd, resolver->scratch, sizeof(resolver->scratch),
			MSG_DONTWAIT);

		if (len >= 0)
			dns_flight_take(flight, resolver->scratch, (size_t)len);
		else if (errno != EAGAIN)
			ask_next(flight); /* nobody listens there, or no way leads there */
		if (len < 0)
			return;
	}
}

/* Connected: the query goes out in one piece, and the answer is waited for. */
static void send_stream(struct dns_flight *flight)
{
	size_t len = 2u + flight->len;
	ssize_t sent = send(flight->watch.fd, flight->query, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno == EAGAIN)
		return;
	if (sent != (ssize_t)len)
		ask_next(flight);
	else
		watch_set(&flight->resolver->loop, &flight->watch, EPOLLIN);
}

static void read_stream(struct dns_flight *flight)
{
	size_t wanted = flight->have < 2 ? 2 : 2u + dns_u16(flight->answer);
	ssize_t len = recv(flight->watch.fd, flight->answer + flight->have, wanted - flight->have,
		MSG_DONTWAIT);

	if (len < 0 && errno == EAGAIN)
		return;
	if (len <= 0) {
		ask_next(flight);
		return;
	}
	flight->have += (size_t)len;
	if (flight->have > 2 && flight->have == wanted)
		dns_flight_take(flight, flight->answer + 2, wanted - 2);
}

static void on_server(struct watch *watch, uint32_t events)
{
	struct dns_flight *flight = container_of(watch, struct dns_flight, watch);

	(void)events;
	if (!flight->by_tcp)
		on_datagrams(flight);
	else if (watch->events & EPOLLOUT)
		send_stream(flight);
	else
		read_stream(flight);
}

/* ---- asking ---- */

/* 0: an answer is on its way, or silence will tell. */
static int ask_one(struct dns_flight *flight)
{
	struct loop *loop = &flight->resolver->loop;
	uint16_t id;
	int fd;

	if (flight->by_tcp && !(flight->answer = borrow(flight->resolver)))
		return -EBUSY;
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	flight->id = id;
	flight->strangers = 0;
	dns_put_u16(flight->query + 2, id);
	fd = open_socket(flight);
	if (fd < 0)
		return fd;
	if (watch_open(loop, &flight->watch, fd, flight->by_tcp ? EPOLLOUT : EPOLLIN, on_server) <
		0)
		return -EIO;
	if (!flight->by_tcp &&
		send(fd, flight->query + 2, flight->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	timer_start(
		loop, &flight->timer, has_another(flight) ? WAIT_SHORT_MS : WAIT_MS, on_silence);
	return 0;
}

static void ask(struct dns_flight *flight)
{
	const struct dns_config *config = &flight->resolver->config;

	for (; flight->tried < config->servers; flight->tried++) {
		if (!ask_one(flight))
			return;
		hang_up(flight);
		flight->server = (uint8_t)((flight->server + 1u) % config->servers);
	}
	end_short(flight, DNS_SERVFAIL);
}

static struct dns_flight *free_flight(struct dns_resolver *resolver)
{
	for (unsigned i = 0; i < DNS_FLIGHTS; i++)
		if (!resolver->flight[i].used)
			return &resolver->flight[i];
	return NULL;
}

bool dns_flight_begin(struct dns_resolver *resolver, const uint8_t *msg, size_t len,
	const struct dns_query *query, const struct dns_asker *asker)
{
	struct dns_flight *flight = resolver->config.servers ? free_flight(resolver) : NULL;

	if (!flight || !dns_budget_take(&resolver->forwards, launch_clock()))
		return false;
	memset(flight, 0, offsetof(struct dns_flight, query));
	flight->watch.fd = -1;
	flight->resolver = resolver;
	flight->used = true;
	flight->by_tcp = asker->connection != NULL;
	flight->server = (uint8_t)(resolver->preferred % resolver->config.servers);
	flight->asker = *asker;
	flight->asker_id = query->id;
	flight->udp_size = query->udp_size;
	flight->len = (uint16_t)len;
	flight->question_end = (uint16_t)query->question_end;
	dns_put_u16(flight->query, (unsigned)len);
	memcpy(flight->query + 2, msg, len);
	if (asker->connection) {
		asker->connection->flight = flight;
		timer_stop(&resolver->loop, &asker->connection->timer);
		watch_set(&resolver->loop, &asker->connection->watch, 0);
	}
	ask(flight);
	return true;
}

bool dns_flights_any(const struct dns_resolver *resolver)
{
	for (unsigned i = 0; i < DNS_FLIGHTS; i++)
		if (resolver->flight[i].used)
			return true;
	return false;
}
