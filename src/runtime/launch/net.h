/* net.h - carrying out, and undoing, what runtime/launch_net.h describes. No allocation; shared by
 * the shim and by the davit that cleans up after one. */
#ifndef LAUNCH_NET_H
#define LAUNCH_NET_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/launch_net.h"

struct launch;

struct net_file {
	const struct net_head *head; /* NULL: none */
};

/* Maps `name` below dir and checks all of it. 0; -ENOENT; -EPROTO. */
int net_map(int dir, const char *name, struct net_file *out);
void net_unmap(struct net_file *file); /* an empty one is fine */
/* Checks bytes that somebody else holds, 8-aligned. */
int net_check(const void *bytes, size_t len, struct net_file *out);
/* The record after `last`, or the first; NULL after the last. */
const struct net_record *net_next(const struct net_file *file, const struct net_record *last);
static inline const void *net_body(const struct net_record *record)
{
	return record + 1;
}

/* Sends netlink messages and reads the kernel's answer to each; 0 or the first negative errno. */
int net_talk(int socket, const void *messages, size_t len);
/* The same as one transaction of the packet filter. */
int net_filter(int socket, const void *messages, size_t len);
/* An AF_NETLINK socket in the network namespace that we are in. */
int net_socket(int protocol);
/* Until what is sent through that link of the socket's namespace arrives, or a tenth of a second is
 * over (net_ready.c). */
void net_await(int socket, const char *link);

/* PLAN_NETWORK, and a change of a running container's: in the container's namespace, with
 * l->outer_net the host's. */
int launch_net_up(struct launch *l, const struct net_file *file);
/* Takes back what the file describes, in the host's network namespace: elements, flows, names. run:
 * the container's directory in the run root; *filter: a socket to the packet filter, opened when it
 * is -1 and needed. Nothing of it can fail the caller. */
void net_undo(int run, const struct net_file *file, int *filter);
/* The same from inside the container's namespace, then unlinks the file, and leaves that namespace.
 */
void launch_net_down(struct launch *l);

#endif
