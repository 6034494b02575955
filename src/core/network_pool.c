/* network_pool.c - subnets for networks that name none: docker's pools, apart from whatever this
 * host can reach already. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/netlink.h"
#include "core/network_own.h"
#include "util/own.h"
#include "util/path.h"

static const struct {
	const char *from;
	unsigned count, prefix;
} pools[] = {
	{"172.17.0.0/16", 15, 16}, /* to 172.31 */
	{"192.168.0.0/20", 16, 20},
};

static bool overlaps_any(const struct subnet *subnet, const struct subnet *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (subnet_overlaps(subnet, &list[i]))
			return true;
	return false;
}

static const struct network *overlapped(
	const struct subnet *subnet, const struct network *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (subnet_overlaps(subnet, &others[i].v4) ||
			subnet_overlaps(subnet, &others[i].v6))
			return &others[i];
	return NULL;
}

/* A name server lies behind a default route as a rule, and must stay reachable. */
static bool holds_name_server(const struct subnet *subnet)
{
	auto_buf text = BUF_INIT;

	if (path_read_at(AT_FDCWD, "/etc/resolv.conf", 1 << 16, &text) < 0)
		return false;
	for (char *line = text.data, *next; line && *line; line = next) {
		char address[ADDRESS_TEXT];
		uint8_t bytes[16];
		unsigned family = subnet->family;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (sscanf(line, "nameserver %45s", address) == 1 &&
			address_parse(address, &family, bytes) && subnet_has(subnet, bytes))
			return true;
	}
	return false;
}

static bool is_free(const struct subnet *subnet, const struct network *others, size_t count,
	const struct subnet *routed, size_t routes)
{
	return !overlapped(subnet, others, count) && !overlaps_any(subnet, routed, routes) &&
	       !holds_name_server(subnet);
}

static bool choose4(const struct network *others, size_t count, const struct subnet *routed,
	size_t routes, struct subnet *out)
{
	for (size_t i = 0; i < array_len(pools); i++)
		for (unsigned k = 0; k < pools[i].count; k++) {
			struct subnet all, *subnet = out;
			uint64_t span = prefix_span(AF_INET, pools[i].prefix);

			subnet_parse(pools[i].from, subnet, NULL);
			all = (struct subnet){.family = AF_INET};
			memcpy(all.base, subnet->base, 16);
			subnet_at(&all, k * span, subnet->base);
			memcpy(subnet->range_base, subnet->base, 16);
			if (is_free(subnet, others, count, routed, routes))
				return true;
		}
	return false;
}

/* RFC 4193: forty random bits below fd00::/8 make a site, so that no two ever meet. */
static bool choose6(const struct network *others, size_t count, const struct subnet *routed,
	size_t routes, struct subnet *out)
{
	for (int tries = 0; tries < 8; tries++) {
		*out = (struct subnet){.family = AF_INET6, .prefix = 64, .range_prefix = 64};
		out->base[0] = 0xfd;
		if (getrandom(out->base + 1, 5, 0) != 5)
			return false;
		memcpy(out->range_base, out->base, 16);
		if (is_free(out, others, count, routed, routes))
			return true;
	}
	return false;
}

int pool_choose(struct engine *engine, unsigned family, const struct network *others, size_t count,
	struct subnet *out, struct err *err)
{
	auto_free struct subnet *routed = NULL;
	size_t routes = 0;
	int failed = host_subnets(&routed, &routes);
	bool found;

	(void)engine;
	if (failed)
		return err_set(err, failed, "read the host's routes: %s", err_name(failed));
	found = family == AF_INET6 ? choose6(others, count, routed, routes, out)
				   : choose4(others, count, routed, routes, out);
	if (!found)
		return err_set(err, ENOSPC,
			"all predefined address pools have been fully subnetted: name a subnet with --subnet");
	subnet_at(out, 1, out->gateway);
	return 0;
}

int pool_check(
	const struct subnet *subnet, const struct network *others, size_t count, struct err *err)
{
	const struct network *other = overlapped(subnet, others, count);
	char text[ADDRESS_TEXT + 4];

	if (!other)
		return 0;
	return err_set(err, EINVAL,
		"invalid pool request: Pool overlaps with other one on this address space: %s belongs to network %s",
		subnet_text(subnet_overlaps(subnet, &other->v4) ? &other->v4 : &other->v6, text),
		other->name);
}
