/* dns_serve.h - `davit-shim dns`: a container's resolver, while it is asked something.
 *
 *     container ──UDP, TCP 127.0.0.11:53──▶ dns_ask.c ──▶ name tables ──▶ answer
 *                                               │ not ours
 *                                               ▼
 *                                          dns_flight.c ──▶ the host's nameservers, in turn
 *
 * Started by the shim on the first query, it lives in the container's network namespace with a user
 * id of its own, no capability, and some twenty system calls, none of which takes a path or starts
 * anything. All it can reach it holds: the two sockets, the tables, and a line to the shim for
 * sockets that can only be opened in the host's namespace. One thread, no allocation: everything is
 * in one struct, of which pages that were never needed are never touched. After a minute without a
 * query it ends. */
#ifndef SHIM_DNS_SERVE_H
#define SHIM_DNS_SERVE_H

#include "shim/dns_answer.h"
#include "shim/dns_config.h"
#include "shim/loop.h"

/* How it is born: `davit-shim dns PARENT TABLES`, these fds, then that many tables. */
enum dns_fd {
	DNS_FD_SHIM = 3, /* SOCK_SEQPACKET: struct dns_wish there, the same and an fd back */
	DNS_FD_UDP = 4,
	DNS_FD_TCP = 5,
	DNS_FD_CONFIG = 6, /* the resolver file; its link count at 0 says that it was replaced */
	DNS_FD_RAW = 7,    /* answers by UDP go out here, when it is a raw socket */
	DNS_FD_TABLES = 8,
};

/* A socket in the host's network namespace, connected (by TCP: connecting) to a server. */
struct dns_wish {
	uint32_t number; /* so that a late answer is not taken for another */
	uint16_t server; /* of the configuration */
	uint16_t by_tcp;
};

enum {
	DNS_FLIGHTS = 96,     /* questions that servers have not answered yet */
	DNS_CONNECTIONS = 16, /* TCP clients at a time */
	DNS_LONG_ANSWERS = 4, /* TCP answers that are being read at a time */
	DNS_REPLY_MAX = 4096, /* of our own answers */
	DNS_UID = 65533,      /* a user id of nobody else, group id too */
};

struct dns_resolver;
struct dns_flight;

/* Whom an answer goes to. */
struct dns_asker {
	struct dns_connection *connection; /* NULL: by UDP */
	struct sockaddr_in from;
};

struct dns_connection {
	struct watch watch; /* fd -1: free */
	struct timer timer;
	struct dns_resolver *resolver;
	struct dns_flight *flight; /* its question is under way; nothing is read meanwhile */
	size_t have;
	uint8_t in[2 + DNS_QUERY_MAX];
};

struct dns_flight {
	struct watch watch;
	struct timer timer;
	struct dns_resolver *resolver;
	bool used, by_tcp;
	uint8_t server, tried; /* who is asked, and how many were before */
	uint8_t strangers;     /* answers that did not belong */
	uint16_t id, asker_id; /* as the server sees it, as who asked does */
	uint16_t udp_size;
	uint16_t len, question_end; /* of the query */
	struct dns_asker asker;
	uint8_t *answer; /* by TCP; one of the resolver's */
	size_t have;
	uint8_t query[2 + DNS_QUERY_MAX]; /* as by TCP: its length first */
};

/* So many a second, and so many at once. */
struct dns_budget {
	uint32_t rate, burst, left;
	uint64_t at_ns;
};
bool dns_budget_take(struct dns_budget *budget, uint64_t now_ns);

struct dns_resolver {
	struct loop loop;
	struct watch udp, tcp;
	struct timer idle, pause;
	bool is_steered;  /* the sockets are bound to other ports than they are reached at */
	uint64_t used_ns; /* when it was last asked something */
	struct dns_config config;
	struct dns_view view;
	struct dns_table tables[RESOLVER_NETWORKS];
	struct dns_budget queries, forwards;
	uint32_t wishes;
	uint8_t preferred; /* the server that answered last */
	uint8_t packet[DNS_QUERY_MAX + 1];
	uint8_t reply[DNS_REPLY_MAX];
	struct dns_flight flight[DNS_FLIGHTS];
	struct dns_connection connection[DNS_CONNECTIONS];
	bool answer_taken[DNS_LONG_ANSWERS];
	uint8_t answer[DNS_LONG_ANSWERS][2 + DNS_MESSAGE_MAX];
	uint8_t scratch[2 + DNS_MESSAGE_MAX];
};

/* dns_main.c: everything from birth to end; the exit code */
int dns_main(char **argv);
bool dns_is_replaced(void);

/* dns_confine.c: gives up all that is not needed from here on. Negative errno: it could not. */
int dns_confine(int parent);

/* dns_ask.c: the container's side */
int dns_ask_open(struct dns_resolver *resolver);
/* The answer's id is set; by UDP it must fit already. The connection, if any, is read on. */
void dns_ask_answer(
	struct dns_resolver *resolver, const struct dns_asker *asker, uint8_t *msg, size_t len);
/* Nothing but a code, or (DNS_NOERROR) that it is too long for UDP. */
void dns_ask_short(struct dns_resolver *resolver, const struct dns_asker *asker, const uint8_t *msg,
	const struct dns_query *query, enum dns_code code);

/* dns_flight.c: the servers' side */
/* False: there are no servers, or too much is under way. */
bool dns_flight_begin(struct dns_resolver *resolver, const uint8_t *msg, size_t len,
	const struct dns_query *query, const struct dns_asker *asker);
void dns_flight_drop(struct dns_flight *flight); /* nobody waits for it any more */
bool dns_flights_any(const struct dns_resolver *resolver);
/* A server's message for a flight. */
void dns_flight_take(struct dns_flight *flight, uint8_t *msg, size_t len);

#endif
