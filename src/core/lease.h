/* lease.h - a start's addresses, names and ports, written down as RUN_ROOT/c/ID/net. */
#ifndef CORE_LEASE_H
#define CORE_LEASE_H

#include "core/network.h"
#include "core/wanted.h"

/* ---- the file (runtime/launch_net.h), being written ---- */

struct net_writer {
	struct buf bytes; /* head and records */
	unsigned records;
};
void net_begin(struct net_writer *writer);
void net_put(struct net_writer *writer, unsigned type, const void *body, size_t len);
/* Two parts, one record. */
void net_put2(struct net_writer *writer, unsigned type, const void *a, size_t a_len, const void *b,
	size_t b_len);
/* Completes it; -ENOMEM. */
int net_end(struct net_writer *writer);
void net_writer_fini(struct net_writer *writer);
/* Every record of `from` that keep() likes (NULL: all). */
struct net_file;
struct net_record;
void net_copy(struct net_writer *writer, const struct net_file *from,
	bool (*keep)(const struct net_record *record, void *arg), void *arg);

/* ---- one place on one network ---- */

struct place {
	const struct network *network;
	const struct attachment *attachment;
	unsigned number; /* eth<number> */
	bool is_default_route;
	bool hairpin; /* it publishes ports */
	/* out: */
	struct net_endpoint endpoint;
	unsigned record; /* in the network's table */
};
/* Leases an address and appends how to get there. names: the container's own first. */
int place_lease(struct engine *engine, const char *container, const struct strs *names,
	struct place *place, struct net_writer *out, struct err *err);
void place_give_back(struct engine *engine, const char *container, const struct place *place);
/* Whether a default route can lead through that network. */
bool place_leads_out(const struct network *network);

/* ---- ports ---- */

/* Reserves what `publish` says for a container with that endpoint and appends mappings, elements
 * and their undoing; sockets: where the reserved ones are queued, -1: none wanted. */
struct port_keeper {
	int queue[2]; /* [0]: for the shim, -1 until something is in it */
	unsigned count;
	struct engine *engine;
	int tie; /* to who serves ports where we have no rights to lead packets; -1 */
};
void port_keeper_init(struct port_keeper *keeper);
/* Where networks are in a namespace of our own, ties the container to it (core/netspace.h). */
int port_keeper_tie(struct engine *engine, struct port_keeper *keeper, struct err *err);
void port_keeper_fini(struct port_keeper *keeper);
int ports_lease(struct engine *engine, const struct wanted *wanted, const struct network *network,
	const struct net_endpoint *endpoint, struct port_keeper *keeper, struct net_writer *out,
	struct err *err);
struct publish;
int port_lease(struct engine *engine, const struct publish *publish, const struct network *network,
	const struct net_endpoint *endpoint, struct port_keeper *keeper, struct net_writer *out,
	struct err *err);

/* For who adopts a container: its ports, reserved and served anew; *ports as in network_lease. */
int ports_again(struct engine *engine, int run, int *ports, struct err *err);

/* ---- a whole start ---- */

/* Under the container's lock, its row says STARTING. Writes `net` into run (RUN_ROOT/c/ID);
 * *ports: the fd for SHIM_FD_PORTS, the caller's, or -1. Leaves nothing when it fails. */
int network_lease(struct engine *engine, const struct row *row, const struct wanted *wanted,
	int run, int *ports, struct err *err);
/* What a container that is down still holds. thorough: also when there is no `net` to tell. */
void network_release(struct engine *engine, const char *id, bool thorough);

#endif
