/* rules.h - our table of the packet filter.
 *
 * One table, `inet davit`, beside everybody else's, which we never touch. Its rules depend on the
 * networks only, and are written as a whole, in one transaction, by libnftables in a module of its
 * own (0.6 ms, but 2.5 MB: loaded once a boot, when a network is made or removed, and to restore).
 * What a container adds are elements of maps, by netlink (core/netlink.h: 15 µs), carried out by
 * its shim:
 *
 *     published   address . protocol . port  ->  container's address . port
 *     anywhere    protocol . port            ->  the same, for -p without an address
 *
 * Chains: prerouting and output send what is for the host through these maps; guard drops what
 * comes for 127/8 or for a container by another way than its bridge; forward lets in, per network,
 * answers, neighbours and what was published; postrouting masquerades. */
#ifndef CORE_RULES_H
#define CORE_RULES_H

#include <stdbool.h>

#include "core/engine_own.h"
#include "core/netlink.h"
#include "runtime/launch_net.h"
#include "util/buf.h"

struct network;

/* What the run root remembers of our last transaction. */
#define RULES_MAGIC "davrule\n"
enum { RULES_LINKS = 32 };
struct rules_mark {
	char magic[8];
	uint64_t handle; /* of the table: another one, or none, means somebody flushed it */
	uint32_t forwarding_was_off, forwarding6_was_off; /* IPv4's, IPv6's */
	uint32_t keeps_clients; /* of a namespace of our own: see rules_keep_clients */
	uint32_t spare;
	char links[RULES_LINKS][16]; /* that the host had then: it routes nothing between them now
				      * either */
};

/* "davit", or for another run root than the usual one a name of its own; 32 bytes of room. */
const char *rules_table(const struct engine *engine, char name[32]);

/* 0: as we left them; -ESTALE: somebody flushed them; -ENOENT: never written in this boot. */
int rules_check(struct engine *engine);
/* Writes all of it anew: every settled network, every running container's elements. Under the
 * networks' lock. */
int rules_write(struct engine *engine, struct err *err);
/* Our table goes, if it was ever written in this boot. */
void rules_remove(struct engine *engine);
/* The transaction's text. Pure. mappings: of every running container. */
void rules_text(struct buf *out, const char *table, const struct network *networks, size_t count,
	const struct net_mapping *mappings, size_t mapping_count, const struct rules_mark *mark);

/* Whether answers find back to clients whose address was kept on the way in (launch_uplink.h),
 * which takes a kernel whose packet filter can look at sockets. */
bool rules_keep_clients(struct engine *engine);
/* Its chain. Pure. */
void rules_clients_text(struct buf *out, const char *table);

/* One mapping's element. Pure. */
void rules_element(struct element *out, const char *table, const struct net_mapping *mapping);

/* What other tables of the packet filter do to forwarded packets that we let through: one sentence
 * each, naming whose it is as far as that can be told. Reads only. */
void rules_blocks(struct engine *engine, struct strs *out);

#endif
