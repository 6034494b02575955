/* netlink.h - the messages by which networks are made, as bytes (libmnl), and asking the kernel.
 *
 * The makers append to a buf and do no I/O: what they make is sent at once by the engine or, of a
 * container's launch, by its shim (runtime/launch_net.h). Every message asks for an answer. */
#ifndef CORE_NETLINK_H
#define CORE_NETLINK_H

#include <libmnl/libmnl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/subnet.h"
#include "util/buf.h"
#include "util/err.h"

/* ---- messages ---- */

struct link_end {
	const char *name;
	const uint8_t *mac; /* NULL: random */
	uint32_t mtu;       /* 0: the kernel's */
};
/* A cable: `host` becomes a port of the bridge and is up; the other end lies in a namespace whose
 * fd goes at *patch_at. */
void message_cable(struct buf *out, const struct link_end *host, const struct link_end *inside,
	unsigned bridge, uint32_t *patch_at);
/* Lets a packet go back through the port it came from. */
void message_hairpin(struct buf *out, const char *port);
/* alias: how we know it again as ours. */
void message_bridge(struct buf *out, const struct link_end *link, const char *alias);
void message_link_up(struct buf *out, uint32_t *patch_at);
/* patch_at, unless NULL: where the index goes. */
void message_link_gone(struct buf *out, unsigned index, uint32_t *patch_at);
void message_address(struct buf *out, unsigned family, const uint8_t address[16], unsigned prefix,
	unsigned index, uint32_t *patch_at);
void message_default_route(struct buf *out, unsigned family, const uint8_t gateway[16]);

/* ---- the packet filter's elements: a map's key and value of up to three fields ---- */

struct element {
	const char *table, *map;
	uint8_t key[24], value[20];
	unsigned key_len, value_len; /* value 0: a set */
};
/* A field takes whole words of four bytes. */
void element_key(struct element *element, const void *field, size_t len);
void element_value(struct element *element, const void *field, size_t len);
void message_element(struct buf *out, const struct element *element, bool add);
/* Forgets the flows to that port of that address (zero: of any), whoever answered them. */
void message_fresh(
	struct buf *out, unsigned family, const uint8_t host[16], uint16_t port, unsigned protocol);
/* Forgets the flows whose answers come from that address's port by that protocol. */
void message_forget(struct buf *out, unsigned family, const uint8_t address[16], uint16_t port,
	unsigned protocol);

/* ---- asking ---- */

/* Sends messages and awaits the answers. 0 or the first negative errno. */
int netlink_do(int protocol, const struct buf *messages);
/* A dump or a question: `each` sees every message of the answer. 0 or a negative errno. */
int netlink_ask(int protocol, struct buf *question, mnl_cb_t each, void *arg);
int netlink_ask_on(int socket, struct buf *question, mnl_cb_t each, void *arg);
/* 0: there is none of that name. */
unsigned link_index(const char *name);
/* The alias of a link; "" when it has none. -ENODEV. */
int link_alias(const char *name, char alias[128]);
/* The handle of a table of the packet filter; -ENOENT; -EOPNOTSUPP when the kernel has none. */
int table_handle(int socket, const char *table, uint64_t *handle);
/* Every subnet that this host has a route or an address of. */
int host_subnets(struct subnet **out, size_t *count);

#endif
