/* launch_net.h - how a container is on its networks, as flat data: RUN_ROOT/c/ID/net.
 *
 * Written by the engine under the container's lock before the shim is started (addresses are leased
 * then, so this cannot be in the plan), and carried out by the shim at the plan's PLAN_NETWORK: it
 * sends the netlink messages in here and understands none of them. The same file says what is to be
 * undone; whoever undoes it (the shim at the container's end, or the next davit after a kill)
 * unlinks the file last. While it exists, the container is on its networks: `ps`, `port`, `inspect`
 * and the repair of the packet filter read it too. Replaced by rename when a running container is
 * connected, disconnected or published anew. Used by the static shim: includes nothing of ours.
 *
 *     +------+-----------------------+
 *     | head | records, 8-aligned    |
 *     +------+-----------------------+ */
#ifndef RUNTIME_LAUNCH_NET_H
#define RUNTIME_LAUNCH_NET_H

#include <stdint.h>

#define NET_MAGIC   "davnet1\n"
#define NET_VERSION 1u
enum { NET_SIZE_MAX = 4 << 20 };

struct net_head {
	char magic[8];
	uint32_t version;
	uint32_t size;    /* of the whole file */
	uint32_t records; /* that follow */
	uint32_t spare[3];
};

enum net_type {
	/* carried out in this order of the file */
	NET_JOIN = 1,   /* struct net_join: live in that process's network namespace */
	NET_LINK = 2,   /* struct net_link and one rtnetlink message for the host's namespace */
	NET_INSIDE = 3, /* struct net_inside and rtnetlink messages for the container's own */
	NET_SYSCTL = 4, /* "net/…\0value\0" in the container's own namespace; absent is fine */
	NET_FILTER =
		5, /* nfnetlink messages, without the batch's frame, for the host's namespace */
	NET_OUTSIDE =
		6,     /* rtnetlink messages for the host's namespace, such as a port's settings */
	NET_FRESH = 7, /* one ctnetlink message: flows that are older than a mapping; a wish */
	NET_READY = 8, /* struct net_ready: goes on when frames pass; a wish */
	/* undone, in any order */
	NET_UNFILTER = 16, /* the same, taking NET_FILTER's elements away; absent is fine */
	NET_FORGET = 17,   /* one ctnetlink message: flows of a mapping that goes; a wish */
	NET_NAME = 18,     /* struct net_name: a record in a network's table, to be freed */
	/* known to the shim for adoption only */
	NET_PORT = 24,   /* struct net_port: reserved by a bound socket for the container's life */
	NET_UNPORT = 25, /* struct net_port: in a change, its socket is closed */
	/* for readers */
	NET_ENDPOINT = 32, /* struct net_endpoint and its aliases, each with its NUL */
	NET_MAPPING = 33,  /* struct net_mapping: a port that leads in, or is only exposed */
};

struct net_record {
	uint16_t type; /* enum net_type; unknown ones are skipped */
	uint16_t spare;
	uint32_t len; /* of what follows, without padding */
};

struct net_join {
	int32_t pid; /* of a container's init … */
	uint32_t spare;
	uint64_t start; /* … and its start time (row.h) */
	char who[72];   /* the container's id, for the sentence */
};

struct net_link {
	uint32_t patch_at; /* where in the message the number of an fd of the container's network
			      namespace goes (u32) */
	uint32_t spare;
	char network[136]; /* for the sentence */
};

struct net_inside {
	char name[16]; /* of the container's end; its interface index … */
	uint32_t patches;
	uint32_t patch_at[7]; /* … goes to these places in the messages (u32) */
};

struct net_ready {
	char link[16], bridge[16]; /* the host's end of a cable, and where it is plugged in */
};

struct net_name {
	char network[72]; /* id: ../../n/<network>/names */
	uint32_t number;  /* of the record */
	uint32_t spare;
	char container[72]; /* freed only while it is still this one's */
};

struct net_port {
	uint16_t family;   /* AF_INET, AF_INET6 */
	uint16_t protocol; /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP */
	uint16_t port;
	uint16_t spare;
	uint8_t address[16];
};

struct net_endpoint {
	char id[72]; /* of the endpoint, 64 hex */
	char network_id[72], network[136], bridge[16], link[16], inside[16];
	uint8_t address4[4], gateway4[4], address6[16], gateway6[16], mac[6];
	uint8_t prefix4, prefix6; /* lengths; 0: no such address */
	uint8_t is_default;       /* the default route leads here */
	uint8_t spare[7];
};

struct net_mapping {
	uint16_t family, protocol;
	uint16_t host_port; /* 0: exposed, not published */
	uint16_t port;
	uint8_t host[16]; /* address; all zero: any of the family */
	uint8_t to[16];   /* the container's address */
};

#endif
