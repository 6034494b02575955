/* dns_answer.h - what a container's resolver knows by itself: the names on its networks.
 *
 * docker's rules: a container is found by its name, its short id and its aliases, with or without
 * ".NETWORK" behind; a name that is known has no records of other types and is never asked for
 * elsewhere; an address of a network leads back to "NAME.NETWORK". */
#ifndef SHIM_DNS_ANSWER_H
#define SHIM_DNS_ANSWER_H

#include "shim/dns_message.h"
#include "shim/dns_names.h"

enum {
	DNS_TTL_S = 600,    /* docker's */
	DNS_ADDRESSES = 64, /* an alias of more containers gives a random choice of them */
};

struct dns_view {
	const struct dns_table *tables; /* in the order they are searched */
	unsigned count;
	bool closed;          /* what is not in them does not exist */
	uint64_t random;      /* changes with every use; not 0 */
	struct dns_walk walk; /* room to work in */
};

/* True: reply is complete but for dns_reply_end. False: who is asked for is not ours to say. room
 * has size bytes, DNS_PLAIN_UDP at least. */
bool dns_answer(struct dns_view *view, const uint8_t *msg, const struct dns_query *query,
	void *room, size_t size, struct dns_reply *reply);
/* The address that a name below in-addr.arpa or ip6.arpa stands for: 4, 16, or 0 for none. */
size_t dns_reverse(const char *name, uint8_t address[16]);

#endif
