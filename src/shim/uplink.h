/* uplink.h - `davit-shim uplink` (runtime/launch_uplink.h), from inside: one thread, no allocation.
 *
 *     uplink_main.c    its life: ties come and go; the end
 *     uplink_talk.c    what davit says on a tie
 *     uplink_space.c   the namespace, and sockets made in there by a child that lives in it
 *     uplink_pasta.c   the process that leads out
 *     uplink_ports.c   published ports: what listens
 *     uplink_tcp.c     connections on their way
 *     uplink_udp.c     datagrams on their way */
#ifndef SHIM_UPLINK_H
#define SHIM_UPLINK_H

#include <netinet/in.h>

#include "runtime/launch_uplink.h"
#include "shim/loop.h"

enum {
	UPLINK_TIES = 4096,
	UPLINK_PORTS = 4096,
	UPLINK_FLOWS = 8192, /* TCP connections, and as many UDP clients */
	UPLINK_PIPES = 64,   /* that wait to be used again */
	UPLINK_BUCKETS = 1024,
};

struct tie {
	struct watch watch;
	struct uplink *uplink;
	bool awaits; /* LEAD_OUT was asked and not answered yet */
	bool ends;   /* END was asked */
};

struct port {
	struct watch watch; /* listens, or is bound */
	struct uplink *uplink;
	struct tie *tie;
	struct net_mapping mapping;
	bool keeps_clients;
};

/* One direction of a connection: from its own side to the other. */
struct half {
	struct watch watch;
	struct flow *flow;
	int pipe[2];   /* -1: none needed now */
	unsigned held; /* bytes in it */
	bool ended, is_shut;
};
struct flow {
	struct half half[2]; /* [0] the client, [1] the container */
	struct uplink *uplink;
	bool connects;
};

/* One client of a UDP port. */
struct talk {
	struct watch watch; /* its socket in the namespace */
	struct port *port;
	struct talk *next; /* in its bucket */
	struct sockaddr_in6 client;
	struct in6_pktinfo called; /* which address of the host it called */
	uint64_t used_ns;
};

struct pasta {
	enum uplink_state state;
	int pid, pidfd;
	struct watch words; /* its stderr */
	struct timer limit; /* of a start, and before another */
	uint64_t started_ns;
	unsigned starts;
	char path[200], why[200];
};

struct uplink {
	struct loop loop;
	struct watch listener, children, routes;
	struct timer linger, sweep;
	unsigned ties, ports, flows, talks;                     /* in use */
	bool ends;                                              /* one tie waits for the end */
	unsigned tie_slots, port_slots, flow_slots, talk_slots; /* ever used */
	int space_pid, space; /* who lives in the namespace, and the line to it */
	bool keeps_clients;
	struct pasta pasta;
	int pipes, pipe[UPLINK_PIPES][2];
	struct talk *bucket[UPLINK_BUCKETS];
	struct tie tie[UPLINK_TIES];
	struct port port[UPLINK_PORTS];
	struct flow flow[UPLINK_FLOWS];
	struct talk talk[UPLINK_FLOWS];
};

int uplink_main(void);
void uplink_linger(struct uplink *uplink); /* nobody is tied any more */

/* ---- uplink_talk.c ---- */
void tie_open(struct uplink *uplink, int fd);
void tie_answer(struct tie *tie, int code, const char *text);
/* To everybody who waits for pasta. */
void ties_hear(struct uplink *uplink, int code, const char *text);

/* ---- uplink_space.c ---- */
/* Makes the namespace or finds it, starts who lives there, and opens uplink->routes. */
int space_open(struct uplink *uplink);
/* A non-blocking socket in there. client: whose address it should speak with, if that can be; NULL:
 * our own. */
int space_socket(
	struct uplink *uplink, unsigned family, int kind, const struct sockaddr_in6 *client);
void space_close(struct uplink *uplink); /* unbinds it */

/* ---- uplink_pasta.c ---- */
void pasta_want(struct uplink *uplink, const char *path); /* ties_hear tells how it went */
void pasta_route_seen(struct uplink *uplink);             /* a default route is there */
void pasta_reaped(struct uplink *uplink, int status);
void pasta_end(struct uplink *uplink);

/* ---- uplink_ports.c ---- */
int port_open(struct tie *tie, const struct net_mapping *mapping, bool keeps_clients, int fd);
void port_close(struct port *port);
int port_forget(struct uplink *uplink, const struct net_mapping *mapping);
/* Where a mapping leads. */
socklen_t mapping_target(const struct net_mapping *mapping, struct sockaddr_in6 *out);

/* ---- uplink_tcp.c, uplink_udp.c ---- */
void tcp_accept(struct watch *watch, uint32_t events);
void udp_arrive(struct watch *watch, uint32_t events);
void udp_prepare(int fd, unsigned family);
void udp_forget(struct port *port);

#endif
