/* etc.h - a container's own /etc/hostname, /etc/hosts and /etc/resolv.conf.
 *
 *     containers/ID/etc              what was asked for (etc_text.h)
 *     containers/ID/hostname, hosts, resolv.conf
 *                                    mounted over the container's; made once, then only written in
 *                                    place, so that a running container sees the change
 *     RUN_ROOT/c/ID/resolver         what its resolver goes by (runtime/launch_resolver.h)
 *
 * The container may write these files too: what it wrote into hosts stays, and a resolv.conf that
 * it changed is never touched again. */
#ifndef CORE_ETC_H
#define CORE_ETC_H

#include "core/etc_text.h"
#include "util/err.h"

/* A container's place on one network. */
struct etc_link {
	char network_id[65];
	bool is_named;         /* its members find each other by name */
	bool is_internal;      /* nothing leads out of it */
	uint8_t v4[4], v6[16]; /* all zero: none */
};

struct etc_networks {
	const struct etc_link *links;
	size_t count;
	struct etc_gateway gateway;
};

/* Into a container's directory that is being made. */
int etc_create(int own, const struct etc_wanted *wanted, struct err *err);
/* Brings all in line with the networks it is on from now on: before every start, and whenever a
 * running container is connected or disconnected. run: RUN_ROOT/c/ID. -EINVAL: host-gateway is
 * asked for and there is none. */
int etc_follow(int own, int run, const struct etc_wanted *wanted,
	const struct etc_networks *networks, struct err *err);
/* What was asked for. The caller ends *out with etc_wanted_fini, also when this fails. */
int etc_read(int own, struct etc_wanted *out, struct err *err);

#endif
