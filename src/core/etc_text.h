/* etc_text.h - the text of a container's /etc/hosts and /etc/resolv.conf, from what was asked for
 * and what the host has. Pure: reads and writes nothing. */
#ifndef CORE_ETC_TEXT_H
#define CORE_ETC_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/strs.h"

/* ---- what was asked for; kept as containers/ID/etc ---- */

struct etc_wanted {
	char hostname[65], domainname[65]; /* the latter may be "" */
	struct strs dns, search, options;  /* each replaces the host's when not empty */
	bool is_host;                      /* on the host's own network */
	struct strs hosts;                 /* "NAME:ADDRESS", the address perhaps "host-gateway" */
};
void etc_wanted_fini(struct etc_wanted *wanted);
void etc_wanted_write(const struct etc_wanted *wanted, struct buf *out);
/* -ENOMEM at worst: words that are not known are passed over. */
int etc_wanted_read(const char *text, struct etc_wanted *out);

/* ---- hosts ---- */

/* The host's own address towards containers, as text: what host-gateway stands for. */
struct etc_gateway {
	char v4[16], v6[46]; /* "": none */
};

bool etc_wants_gateway(const struct etc_wanted *wanted);
/* What stays as it is: the lines that every container has, then those added by hand. */
void etc_hosts_fixed(const struct etc_wanted *wanted, struct buf *out);
/* text with the lines that follow the networks as they are now: the container's name at each of
 * its addresses, and what host-gateway stands for. A line is known as ours by its names; whatever
 * else somebody wrote into the file stays. */
void etc_hosts_follow(const char *text, const struct etc_wanted *wanted,
	const struct etc_gateway *gateway, const struct strs *addresses, struct buf *out);

/* ---- resolv.conf ---- */

struct resolv_conf {
	struct strs servers, search, options;
};
void resolv_conf_fini(struct resolv_conf *conf);
/* resolv.conf(5): the last search or domain line counts, and options add up. */
void resolv_conf_read(const char *text, struct resolv_conf *out);
/* What was asked for instead of what the host has. */
void resolv_conf_override(struct resolv_conf *conf, const struct etc_wanted *wanted);
/* With a first line that tells whether what follows was changed since. */
void resolv_conf_write(const struct resolv_conf *conf, struct buf *out);
bool resolv_conf_is_untouched(const char *text);

bool is_loopback_address(const char *address);
/* One that means something on one link only; in another namespace that link is not there. */
bool is_link_address(const char *address);

/* How a container resolves, decided. */
struct etc_resolving {
	struct resolv_conf conf; /* of its file */
	bool own;                /* it has a resolver of its own, which asks: */
	struct strs servers;     /* "ADDRESS" or "ADDRESS host" (launch_resolver.h) */
	bool closed;             /* … nobody */
};
void etc_resolving_fini(struct etc_resolving *resolving);

/* systemd-resolved's address, which answers to the host alone. */
#define ETC_STUB "127.0.0.53"

enum etc_place {
	ETC_HOST,     /* in the host's network namespace */
	ETC_ISOLATED, /* no network but loopback */
	ETC_DEFAULT,  /* on the default bridge only */
	ETC_NAMED,    /* on a network whose members find each other by name */
	ETC_INTERNAL, /* on such networks, and none of all leads out */
};
/* host: the host's own resolv.conf, real: the one that systemd-resolved keeps beside it for
 * others, "" when there is none. */
void etc_resolve(enum etc_place place, const struct etc_wanted *wanted, const char *host,
	const char *real, struct etc_resolving *out);

#endif
