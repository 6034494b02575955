/* What a server, or somebody who claims to be one, says to the resolver: only an answer to the very
 * question reaches who asked, under the id that was asked with, and every question ends. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/shim/dns_config.c"
#include "../../src/shim/dns_message.c"
#include "../../src/shim/loop.c"

static int fuzz_socket(int kind);
#define socket(family, kind, protocol) fuzz_socket(kind)
#define connect(fd, address, len)      0
#include "../../src/shim/dns_flight.c"
#undef socket
#undef connect

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dns_resolver resolver;
static uint8_t asked[DNS_QUERY_MAX];
static size_t asked_len;
static unsigned answers;
static int far = -1; /* the server's end */
static const uint8_t *script;
static size_t script_len;

bool dns_budget_take(struct dns_budget *budget, uint64_t now_ns)
{
	(void)budget, (void)now_ns;
	return true;
}

void dns_ask_answer(struct dns_resolver *r, const struct dns_asker *asker, uint8_t *msg, size_t len)
{
	struct dns_query query;

	(void)r;
	if (dns_read(asked, asked_len, &query) != DNS_READ ||
		!dns_belongs(msg, len, query.id, asked, query.question_end) ||
		(!asker->connection && len > query.udp_size))
		abort();
	answers++;
}

void dns_ask_short(struct dns_resolver *r, const struct dns_asker *asker, const uint8_t *msg,
	const struct dns_query *query, enum dns_code code)
{
	struct dns_reply reply;

	dns_reply_begin(&reply, r->reply, DNS_PLAIN_UDP, msg, query, code);
	dns_ask_answer(r, asker, r->reply, dns_reply_end(&reply, query));
}

static int fuzz_socket(int kind)
{
	int ends[2], type = kind & SOCK_STREAM && !(kind & SOCK_DGRAM) ? SOCK_STREAM : SOCK_DGRAM;

	if (far >= 0)
		close(far);
	if (socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, ends) < 0)
		abort();
	far = ends[1];
	return ends[0];
}

/* One message of the script: a byte of flags, two of length, then its bytes. With flag 1 it gets
 * the id that the resolver chose, with flag 2 the question too. */
static bool say_next(const struct dns_flight *flight)
{
	static uint8_t msg[70000];
	size_t len = script_len < 3 ? 0 : dns_u16(script + 1), head = flight->question_end;
	unsigned how = script_len < 3 ? 0 : script[0];

	if (script_len < 3)
		return false;
	script += 3;
	script_len -= 3;
	len = len > script_len ? script_len : len;
	memset(msg, 0, 2 + head);
	memcpy(msg + 2, script, len);
	script += len;
	script_len -= len;
	if (how & 2) {
		uint8_t flags[2] = {msg[4] | 0x80, msg[5]};

		memcpy(msg + 2, flight->query + 2, head);
		memcpy(msg + 4, flags, 2);
		msg[4] &= 0x87;
		len = len < head ? head : len;
	}
	if (how & 1 && len >= 2)
		dns_put_u16(msg + 2, flight->id);
	dns_put_u16(msg, (unsigned)(how & 4 ? len + 7 : len));
	if (flight->by_tcp)
		send(far, msg, len + 2, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		send(far, msg + 2, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (how & 8) {
		close(far);
		far = -1;
	}
	return true;
}

static void serve(struct dns_flight *flight)
{
	for (int i = 0; i < 64 && flight->used; i++) {
		struct pollfd ready = {flight->watch.fd, POLLIN, 0};

		if (flight->watch.events & EPOLLOUT || (poll(&ready, 1, 0) && ready.revents))
			on_server(&flight->watch, 0);
		else
			return;
	}
}

static void begin(const uint8_t *data, size_t size)
{
	static const char config[] = "davit-resolver 1\nserver 10.0.0.1\nserver 10.0.0.2\n";

	memset(&resolver, 0, sizeof(resolver));
	if (loop_init(&resolver.loop) < 0 ||
		!dns_config_read(&resolver.config, config, sizeof(config) - 1))
		abort();
	asked_len = size < sizeof(asked) ? size : sizeof(asked);
	memcpy(asked, data, asked_len);
	answers = 0;
}

/* First a byte: 1 for a question by TCP, and how long the question is; then the script. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_flight *flight = &resolver.flight[0];
	struct dns_connection *connection = &resolver.connection[0];
	struct dns_asker asker = {0};
	struct dns_query query;
	size_t len = size ? (size_t)(data[0] >> 1) : 0;

	if (size < 1 + len)
		return 0;
	begin(data + 1, len);
	script = data + 1 + len;
	script_len = size - 1 - len;
	connection->watch.fd = -1;
	connection->resolver = &resolver;
	asker.connection = data[0] & 1 ? connection : NULL;
	if (dns_read(asked, asked_len, &query) == DNS_READ &&
		dns_flight_begin(&resolver, asked, asked_len, &query, &asker)) {
		serve(flight);
		for (int i = 0; i < 100 && flight->used && say_next(flight); i++)
			serve(flight);
		for (int i = 0; i < 8 && flight->used; i++)
			on_silence(&flight->timer);
		if (flight->used || answers != 1 || flight->watch.fd >= 0 || resolver.loop.timers)
			abort();
	}
	for (unsigned i = 0; i < DNS_LONG_ANSWERS; i++)
		if (resolver.answer_taken[i])
			abort();
	if (far >= 0)
		close(far);
	far = -1;
	close(resolver.loop.epoll);
	return 0;
}
