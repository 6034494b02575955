/* names.h - what a container's resolver reads: two small text files in the run root.
 *
 * RUN_ROOT/n/NETWORK-ID/names: who is to be found on a user-defined network, one line an endpoint
 * that is up. Rewritten by rename whenever an endpoint comes, goes or gets another name, under the
 * network's lock; whoever reads one it has open finds its link count at 0 then and opens the new
 * one. Readers are unprivileged: the file is 0644, its directory 0711 (the run root above is 0700:
 * they come by a directory fd that the shim hands over).
 *
 *     davit-names 1 backend
 *     172.18.0.2 - web 3f2a91c04d1e www
 *     172.18.0.3 fd00:1::3 db 77aa01c04d1e
 *
 *     head: the format's version, the network's name ("web.backend" finds web too)
 *     line: IPv4 address or "-", IPv6 address or "-", the container's name, its 12-digit id, then
 *           aliases; fields are separated by one space. Names are compared without case. Several
 *           endpoints may share an alias.
 *
 * RUN_ROOT/c/ID/resolver: how this container resolves; there only when it has a resolver of its
 * own. Also replaced by rename: a resolver whose file was replaced ends, and its successor reads
 * the new one.
 *
 *     davit-resolver 1
 *     network ID          a network whose names it sees, in this order
 *     server ADDRESS      who is asked for all other names, in this order; none: nobody
 *     server ADDRESS host the same, reached from the host's network namespace (its loopback)
 *     closed              other names do not exist: the container is on internal networks only
 *
 * This header is used by the static shim too: it includes nothing of ours. */
#ifndef RUNTIME_NAMES_H
#define RUNTIME_NAMES_H

#define NAMES_HEAD    "davit-names 1 "
#define RESOLVER_HEAD "davit-resolver 1\n"
/* Where a container finds its resolver, UDP and TCP. */
#define RESOLVER_ADDRESS "127.0.0.11"

enum {
	NAMES_MAX_BYTES = 1 << 20, /* of a name table: what is longer is not read */
	RESOLVER_MAX_BYTES = 4096,
	RESOLVER_NETWORKS = 16, /* what a container's resolver looks at; the rest is passed over */
	RESOLVER_SERVERS = 3,   /* as resolv.conf(5) */
	RESOLVER_PORT = 53,
};

#endif
