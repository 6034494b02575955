/* network_change.h - a container's networks and ports change, whether it runs or not.
 *
 * Of one that runs: what is new is leased, `net` is replaced by the whole as it will be (so that a
 * kill from here on leaves nothing untold), the shim carries the change out, and what the container
 * asks for is written down for its next start. What goes, goes in the other order. */
#ifndef CORE_NETWORK_CHANGE_H
#define CORE_NETWORK_CHANGE_H

#include "core/lease.h"
#include "core/network_own.h"
#include "core/wanted.h"
#include "runtime/launch/net.h"
#include "util/err.h"
#include "util/own.h"

/* One container, held for a change. */
struct change {
	struct engine *engine;
	unsigned number;
	struct row row;
	int lock, own, run; /* the networks' lock; its directories, run -1 when it does not run */
	struct wanted wanted;
	struct net_file net;
};

/* Takes the networks' lock. Call change_fini() also after it failed. */
int change_begin(struct engine *engine, const char *who, struct change *out, struct err *err);
void change_fini(struct change *change);
#define auto_change __attribute__((cleanup(change_fini))) struct change

/* Reads `net` anew after a change; what pointed into it is no more. */
int change_map_again(struct change *change, struct err *err);
/* Where the container's ports lead in and its way out is; NULL: nowhere. */
const struct net_endpoint *change_default_endpoint(const struct net_file *file);

/* ---- of one that runs ---- */

/* Ties it to an uplink that knows nothing of it yet (core/netspace.h), with its ports. */
int change_tie_again(struct engine *engine, const char *id, struct err *err);

/* more: records of a lease, up and down together. ports: an fd that keeps them, or -1. */
int change_add(struct change *change, struct net_writer *more, int ports, struct err *err);
/* Everything that takes one mapping back. */
void change_put_unmapping(
	const char *table, const struct net_mapping *mapping, struct net_writer *out);
/* Carries out `todo`, then writes down what is left: neither what todo undoes, nor the endpoint
 * (or NULL), nor mappings that are gone. way_out: the interface that is the default now, or NULL.
 */
int change_take(struct change *change, struct net_writer *todo, const struct net_endpoint *endpoint,
	bool (*is_gone)(const struct net_mapping *, const void *), const void *arg,
	const char *way_out, struct err *err);

#endif
