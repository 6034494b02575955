/* engine_network.h - the façade (core/engine.h): networks, and who is on them.
 *
 * "bridge" is the network of whoever names none, "host" and "none" are always there; others are
 * made by engine_network_create. A container asks for networks in its request
 * (core/engine_container.h: networks, publish, …) and may be connected to more while it runs. */
#ifndef CORE_ENGINE_NETWORK_H
#define CORE_ENGINE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"

struct container;

/* ---- reading ---- */

struct network_entry {
	char id[65];
	char name[136];
	char driver[16];  /* "bridge", "host", "null" */
	char bridge[16];  /* the host's device, or "" */
	char subnet[50];  /* of IPv4, or "" */
	char subnet6[50]; /* or "" */
	bool internal, ipv6;
	bool is_builtin;     /* always there: no removal, never unused */
	unsigned containers; /* that run on it */
	uint64_t created_ns; /* CLOCK_REALTIME */
};
/* By name; the caller frees it with free(). */
int engine_networks(
	struct engine *engine, struct network_entry **out, size_t *count, struct err *err);
/* docker's inspect object of one, by name, id or id prefix; the caller deletes it. -ENOENT
 * "network x not found". */
int engine_network_inspect(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err);

/* The picture of it: who sits on which bridge, which port of the host leads where, and what stands
 * in the way. who NULL: every network. An object {Networks: [{Name, Id, Bridge, Up, Subnets,
 * Gateway, Internal, Masquerade, Endpoints: [{Container, Id, Interface, Addresses, Aliases, Ports:
 * [{Host, Container}]}]}], Forwarding: {IPv4, IPv6}, Blocks: [sentence, …]}; the caller deletes it.
 */
int engine_network_tree(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err);

/* The same for who must not wait: on the pool, the object as result.lines. */
struct op *engine_network_picture(
	struct engine *engine, const char *who, op_done_fn done, void *arg);

/* One way in: "0.0.0.0:8080->80/tcp"; host_port 0: exposed, not published. */
struct container_port {
	char host[46]; /* address of the host, "" when not published */
	uint16_t host_port, port;
	char protocol[5]; /* "tcp", "udp", "sctp" */
};
/* Of a running container (of one that does not run: none), sorted; the caller frees it with free().
 * Free of charge for containers without ports. */
int engine_container_ports(struct engine *engine, const struct container *container,
	struct container_port **out, size_t *count, struct err *err);

/* ---- changing ---- */

struct network_request {
	const char *name, *driver; /* driver NULL: "bridge" */
	struct strs subnets;       /* CIDRs; empty: from the pools */
	struct strs gateways, ip_ranges;
	struct strs aux_addresses; /* "name=address" */
	struct strs options;       /* "com.docker.network.bridge.name=…", … */
	struct strs labels;
	bool internal, attachable, ipv6, no_ipv4;
};
void network_request_init(struct network_request *request);
void network_request_fini(struct network_request *request);

/* result.id: the network's. */
struct op *engine_network_create(
	struct engine *engine, const struct network_request *request, op_done_fn done, void *arg);
struct op *engine_network_remove(
	struct engine *engine, const char *who, bool force, op_done_fn done, void *arg);
/* result.lines: the names that went. */
struct op *engine_network_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);

/* attachment: a network with its options in docker's long syntax, as in container_request.networks:
 * "NAME" or "name=NAME,ip=…,ip6=…,mac-address=…,alias=…". Running or not. */
struct op *engine_network_connect(struct engine *engine, const char *attachment,
	const char *container, op_done_fn done, void *arg);
struct op *engine_network_disconnect(struct engine *engine, const char *network,
	const char *container, bool force, op_done_fn done, void *arg);

/* Published ports of a container change while it runs; add and remove in the syntax of -p. */
struct op *engine_container_publish(struct engine *engine, const char *who, const struct strs *add,
	const struct strs *remove, op_done_fn done, void *arg);

/* For whoever hears that the packet filter's rules changed (a resident davit): puts back what of
 * ours is missing, in one transaction. *restored: something was. Blocks for a few milliseconds. */
int engine_network_restore(struct engine *engine, bool *restored, struct err *err);
/* Does that by itself whenever a table of the packet filter is deleted; `said` hears of it, from
 * the loop. The watch keeps the loop alive until it is closed; closing answers to nobody. */
struct network_watch;
typedef void (*network_restored_fn)(void *arg, const char *sentence);
int engine_network_watch(struct engine *engine, network_restored_fn said, void *arg,
	struct network_watch **out, struct err *err);
void engine_network_watch_close(struct network_watch *watch); /* NULL is fine */
/* Whether this engine found its part of the packet filter flushed, and put it back. */
bool engine_network_was_restored(const struct engine *engine);

#endif
