/* network.h - networks, and how a container gets onto them.
 *
 *     STORE/networks/<id>.json      what a network is; replaced by rename; survives a boot
 *     RUN_ROOT/n/                   what is true since this boot (tmpfs)
 *       lock                        flock: networks and rules are being changed
 *       rules                       struct rules_mark: the packet filter's table as we left it
 *       by-name/<name>              symlink to the id
 *       <id>/network                struct network, ready to use: `run` reads this and nothing else
 *       <id>/names                  who is on it: leases and names (runtime/launch_names.h)
 *     RUN_ROOT/c/<container>/net    how a running container is on its networks (launch_net.h)
 *     STORE/containers/<id>/network what it asked for: networks, ports; changed by connect
 *
 * A start: `network_lease` (under the container's lock, its row says STARTING) takes a record of
 * each network's table, reserves host ports with bound sockets, and writes `net`. The shim carries
 * `net` out, holds the sockets, and at the end undoes it and unlinks it. After a kill at any step
 * the container's repair (lifecycle_repair) calls network_release, which is idempotent. A lease
 * counts only while its container is up; what a killed davit left is taken back when it is met. */
#ifndef CORE_NETWORK_H
#define CORE_NETWORK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/engine_own.h"
#include "core/subnet.h"
#include "runtime/launch_names.h"
#include "runtime/launch_net.h"

#define NETWORK_DEFAULT "bridge"

/* ---- what a network is ---- */

enum network_kind { NETWORK_BRIDGE, NETWORK_HOST, NETWORK_NONE };

enum { NETWORK_VERSION = 1, NETWORK_RESERVED_MAX = 16 };

/* Flat, so that the run root's copy is one read. */
struct network {
	uint32_t version;
	enum network_kind kind;
	char id[65];
	char name[136];
	char bridge[IFNAMSIZ];
	bool internal, isolated /* no traffic among its own */, masquerade, ipv6, attachable;
	bool is_default; /* "bridge": without names */
	uint32_t mtu;    /* 0: the kernel's */
	struct subnet v4, v6;
	uint8_t publish_on[4]; /* the host address of -p that names none; 0.0.0.0 by default */
	unsigned reserved;     /* aux addresses, never given */
	uint8_t reserved_at[NETWORK_RESERVED_MAX][17]; /* family (4 or 6), then the address */
	uint64_t created_ns;
};

/* By name, full id or unique id prefix, ready for use: its bridge is there and our rules are. After
 * a boot, or when somebody flushed the rules, this puts them (back). -ENOENT "network x not found".
 */
int network_find(struct engine *engine, const char *who, struct network *out, struct err *err);
/* The same without making anything ready: for readers. */
int network_look(struct engine *engine, const char *who, struct network *out, struct err *err);
/* All of them, "bridge", "host" and "none" included, by name; the caller frees it. */
int network_list(struct engine *engine, struct network **out, size_t *count, struct err *err);

/* ---- a container's networks ---- */

/* One network that a container asked for. */
struct attachment {
	char network[136]; /* name or id as given; "host", "none", "container:<id>" are alone */
	char ip[16], ip6[46], mac[18]; /* "" unless asked for */
	struct strs aliases;
};
/* A place of a container on a network, as leased; what /etc/hosts and the resolver need of it. */
struct endpoint {
	char network_id[65], network[136];
	bool is_default_bridge, is_internal, is_default_route;
	uint8_t address4[4], address6[16]; /* all zero: none */
	uint8_t gateway4[4], gateway6[16];
	struct strs aliases;
};
struct endpoints {
	struct endpoint *v;
	size_t len;
};
void endpoints_fini(struct endpoints *endpoints);
/* Of a running container, from its `net`; empty when it has none. */
int network_endpoints(
	struct engine *engine, const char *id, struct endpoints *out, struct err *err);

#endif
