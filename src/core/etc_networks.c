#include "core/etc_networks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/etc.h"
#include "core/netspace.h"
#include "core/network.h"
#include "util/own.h"

/* Which address of its own the host would call that one from; nothing is sent. "": it cannot. */
static void own_address(unsigned family, const char *to, char *out, size_t room)
{
	auto_close int fd = socket((int)family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(9)};
	bool is_v6 = family == AF_INET6;
	struct sockaddr *address = is_v6 ? (void *)&v6 : (void *)&v4;
	socklen_t len = is_v6 ? sizeof(v6) : sizeof(v4);

	*out = '\0';
	inet_pton((int)family, to, is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr);
	if (fd < 0 || connect(fd, address, len) < 0 || getsockname(fd, address, &len) < 0)
		return;
	inet_ntop((int)family, is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr, out,
		(socklen_t)room);
}

/* A host without a way to anywhere has its links' own addresses still. */
static void any_address(char *out, size_t room)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list) < 0)
		return;
	for (struct ifaddrs *at = list; at && !*out; at = at->ifa_next)
		if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET &&
			!(at->ifa_flags & IFF_LOOPBACK))
			inet_ntop(AF_INET, &((struct sockaddr_in *)at->ifa_addr)->sin_addr, out,
				(socklen_t)room);
	freeifaddrs(list);
}

/* The host is found where the default bridge begins, from every network: docker's rule. From a
 * namespace of our own, at the address by which others know it (those are documentation's). */
static int find_gateway(struct engine *engine, struct etc_gateway *out, struct err *err)
{
	struct network bridge;
	char text[ADDRESS_TEXT];
	int failed;

	if (netspace_is_own(engine)) {
		own_address(AF_INET, "198.51.100.1", out->v4, sizeof(out->v4));
		own_address(AF_INET6, "2001:db8:ffff::1", out->v6, sizeof(out->v6));
		if (!*out->v4)
			any_address(out->v4, sizeof(out->v4));
		return 0;
	}
	failed = network_find(engine, NETWORK_DEFAULT, &bridge, err);

	if (failed)
		return failed;
	if (bridge.v4.family)
		snprintf(out->v4, sizeof(out->v4), "%.15s",
			address_text(AF_INET, bridge.v4.gateway, text));
	if (bridge.v6.family)
		snprintf(out->v6, sizeof(out->v6), "%s",
			address_text(AF_INET6, bridge.v6.gateway, text));
	return 0;
}

/* A network that is not known any more leads nowhere. */
static bool is_internal(struct engine *engine, const char *id)
{
	struct network network;

	return network_look(engine, id, &network, NULL) < 0 || network.internal;
}

static void make_link(struct engine *engine, const struct endpoint *from, struct etc_link *to)
{
	*to = (struct etc_link){
		.is_named = !from->is_default_bridge,
		.is_internal = !from->is_default_bridge && is_internal(engine, from->network_id),
	};
	snprintf(to->network_id, sizeof(to->network_id), "%s", from->network_id);
	memcpy(to->v4, from->address4, sizeof(to->v4));
	memcpy(to->v6, from->address6, sizeof(to->v6));
}

static int follow(struct engine *engine, const struct endpoints *endpoints, int own, int run,
	const struct etc_wanted *wanted, struct err *err)
{
	struct etc_networks networks = {.count = endpoints->len};
	auto_free struct etc_link *links = calloc(endpoints->len + 1, sizeof(*links));
	int failed = 0;

	if (!links)
		return err_set(err, ENOMEM, "follow the container's networks: out of memory");
	for (size_t i = 0; i < endpoints->len; i++)
		make_link(engine, &endpoints->v[i], &links[i]);
	networks.links = links;
	if (etc_wants_gateway(wanted))
		failed = find_gateway(engine, &networks.gateway, err);
	return failed ? failed : etc_follow(own, run, wanted, &networks, err);
}

int etc_follow_networks(struct engine *engine, const char *id, int own, int run, struct err *err)
{
	struct etc_wanted wanted = {0};
	struct endpoints endpoints;
	int failed = network_endpoints(engine, id, &endpoints, err);

	if (failed)
		return failed;
	failed = etc_read(own, &wanted, err);
	if (!failed)
		failed = follow(engine, &endpoints, own, run, &wanted, err);
	etc_wanted_fini(&wanted);
	endpoints_fini(&endpoints);
	return failed;
}
