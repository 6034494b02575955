/* launch_resolver.h - how a container resolves names: RUN_ROOT/c/ID/resolver, a small text file.
 *
 * There only when the container has a resolver of its own (on a user-defined network, or when the
 * host's nameservers can only be reached from the host). Written by the engine before the shim is
 * started and whenever the container's networks change, always by rename: a resolver that sees the
 * link count of the file it holds at 0 ends, and its successor reads the new one.
 *
 *     davit-resolver 1
 *     network ID            whose names it sees (RUN_ROOT/n/ID/names), searched in this order
 *     server ADDRESS        who is asked for all other names, in this order
 *     server ADDRESS host   the same, reached from the host's network namespace (its loopback)
 *     closed                other names do not exist: every network of it is an internal one
 *
 * Used by the static shim too: includes nothing of ours. */
#ifndef RUNTIME_LAUNCH_RESOLVER_H
#define RUNTIME_LAUNCH_RESOLVER_H

#define RESOLVER_FILE "resolver"
#define RESOLVER_HEAD "davit-resolver 1\n"
/* Where the container finds it, by UDP and TCP. */
#define RESOLVER_ADDRESS "127.0.0.11"

enum {
	RESOLVER_MAX_BYTES = 4096,
	RESOLVER_NETWORKS = 16, /* more are passed over */
	RESOLVER_SERVERS = 3,   /* as resolv.conf(5) */
	RESOLVER_PORT = 53,
};

#endif
