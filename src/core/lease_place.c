/* lease_place.c - one container's place on one network: its lease, and the messages that make it.
 */
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/lease.h"
#include "core/names.h"
#include "core/netlink.h"
#include "core/netspace.h"
#include "core/network_names.h"

bool place_leads_out(const struct network *network)
{
	return !network->internal &&
	       (!address_is_zero(network->v4.gateway) || !address_is_zero(network->v6.gateway));
}

/* Names of host ends are never used twice: one that is being taken down would be in the way. */
static void choose_link(char link[16])
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = timing_now();
	snprintf(link, 16, "veth%011llx", (unsigned long long)(number & 0xfffffffffff));
}

static void wish(const struct attachment *attachment, struct lease *lease)
{
	unsigned v4 = AF_INET, v6 = AF_INET6;

	address_parse(attachment->ip, &v4, lease->address4);
	address_parse(attachment->ip6, &v6, lease->address6);
	sscanf(attachment->mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &lease->mac[0],
		&lease->mac[1], &lease->mac[2], &lease->mac[3], &lease->mac[4], &lease->mac[5]);
}

static void describe(struct place *place, const struct lease *lease)
{
	const struct network *network = place->network;
	struct net_endpoint *e = &place->endpoint;

	memset(e, 0, sizeof(*e));
	if (names_new_id(e->id) < 0)
		memset(e->id, '0', 64);
	snprintf(e->network_id, sizeof(e->network_id), "%s", network->id);
	snprintf(e->network, sizeof(e->network), "%s", network->name);
	snprintf(e->bridge, sizeof(e->bridge), "%s", network->bridge);
	snprintf(e->link, sizeof(e->link), "%s", lease->link);
	snprintf(e->inside, sizeof(e->inside), "eth%u", place->number);
	memcpy(e->mac, lease->mac, 6);
	if (network->v4.family) {
		memcpy(e->address4, lease->address4, 4);
		memcpy(e->gateway4, network->v4.gateway, 4);
		e->prefix4 = network->v4.prefix;
	}
	if (network->v6.family) {
		memcpy(e->address6, lease->address6, 16);
		memcpy(e->gateway6, network->v6.gateway, 16);
		e->prefix6 = network->v6.prefix;
	}
	e->is_default = place->is_default_route;
}

static void put_sysctl(struct net_writer *out, const char *name, const char *value)
{
	net_put2(out, NET_SYSCTL, name, strlen(name) + 1, value, strlen(value) + 1);
}

/* A container on an IPv4 network has no IPv6 that nobody asked for (CVE-2024-32473), and believes
 * no router but the one it is given. Defaults are for the link that comes next. */
static void put_settings(struct net_writer *out, const struct network *network)
{
	put_sysctl(out, "net/ipv6/conf/default/disable_ipv6", network->v6.family ? "0" : "1");
	if (!network->v6.family)
		return;
	put_sysctl(out, "net/ipv6/conf/default/accept_ra", "0");
	put_sysctl(out, "net/ipv6/conf/default/accept_dad", "0");
	put_sysctl(out, "net/ipv6/conf/default/dad_transmits", "0");
}

static int look_up(void *name)
{
	return (int)link_index(name);
}

static int put_cable(
	struct engine *engine, struct net_writer *out, const struct place *place, struct err *err)
{
	const struct net_endpoint *e = &place->endpoint;
	struct link_end host = {.name = e->link, .mtu = place->network->mtu},
			inside = {.name = e->inside, .mac = e->mac, .mtu = place->network->mtu};
	struct net_link link = {0};
	auto_buf message = BUF_INIT;
	int bridge = netspace_do(engine, look_up, (void *)e->bridge, err);

	if (bridge < 0)
		return bridge;
	if (!bridge)
		return err_set(
			err, ENODEV, "network %s: its bridge %s is gone", e->network, e->bridge);
	snprintf(link.network, sizeof(link.network), "%s", e->network);
	message_cable(&message, &host, &inside, (unsigned)bridge, &link.patch_at);
	net_put2(out, NET_LINK, &link, sizeof(link), message.data, message.len);
	if (place->hairpin) {
		buf_clear(&message);
		message_hairpin(&message, e->link);
		net_put(out, NET_OUTSIDE, message.data, message.len);
	}
	return buf_failed(&message) ? err_set(err, ENOMEM, "network %s: out of memory", e->network)
				    : 0;
}

static void widen(uint8_t out[16], const uint8_t *address4)
{
	memset(out, 0, 16);
	memcpy(out, address4, 4);
}

static void put_inside(struct net_writer *out, const struct place *place)
{
	const struct net_endpoint *e = &place->endpoint;
	struct net_inside inside = {0};
	auto_buf messages = BUF_INIT;
	uint8_t address[16], gateway[16];

	snprintf(inside.name, sizeof(inside.name), "%s", e->inside);
	widen(address, e->address4);
	widen(gateway, e->gateway4);
	message_link_up(&messages, &inside.patch_at[inside.patches++]);
	if (e->prefix4)
		message_address(&messages, AF_INET, address, e->prefix4, 0,
			&inside.patch_at[inside.patches++]);
	if (e->prefix6)
		message_address(&messages, AF_INET6, e->address6, e->prefix6, 0,
			&inside.patch_at[inside.patches++]);
	if (e->is_default && e->prefix4 && !address_is_zero(gateway))
		message_default_route(&messages, AF_INET, gateway);
	if (e->is_default && e->prefix6 && !address_is_zero(e->gateway6))
		message_default_route(&messages, AF_INET6, e->gateway6);
	net_put2(out, NET_INSIDE, &inside, sizeof(inside), messages.data, messages.len);
}

/* The host's end was up before the container's, which is therefore not all that is waited for. */
static void put_ready(struct net_writer *out, const struct net_endpoint *e)
{
	struct net_ready ready;

	memcpy(ready.link, e->link, sizeof(ready.link));
	memcpy(ready.bridge, e->bridge, sizeof(ready.bridge));
	net_put(out, NET_READY, &ready, sizeof(ready));
}

static void put_undoing(struct net_writer *out, const char *container, const struct place *place)
{
	struct net_name name = {.number = place->record};

	snprintf(name.network, sizeof(name.network), "%s", place->network->id);
	snprintf(name.container, sizeof(name.container), "%.64s", container);
	net_put(out, NET_NAME, &name, sizeof(name));
}

static void put_endpoint(struct net_writer *out, const struct place *place)
{
	const struct strs *aliases = &place->attachment->aliases;
	auto_buf text = BUF_INIT;

	for (size_t i = 0; i < aliases->len; i++)
		buf_add(&text, aliases->v[i], strlen(aliases->v[i]) + 1);
	net_put2(out, NET_ENDPOINT, &place->endpoint, sizeof(place->endpoint), text.data, text.len);
}

int place_lease(struct engine *engine, const char *container, const struct strs *names,
	struct place *place, struct net_writer *out, struct err *err)
{
	struct lease lease = {.id = container, .names = names};
	int failed;

	choose_link(lease.link);
	wish(place->attachment, &lease);
	failed = names_take(engine, place->network, &lease, err);
	if (failed)
		return failed;
	place->record = lease.number;
	describe(place, &lease);
	put_undoing(out, container, place);
	put_settings(out, place->network);
	failed = put_cable(engine, out, place, err);
	if (failed) {
		place_give_back(engine, container, place);
		return failed;
	}
	put_inside(out, place);
	put_ready(out, &place->endpoint);
	put_endpoint(out, place);
	return 0;
}

void place_give_back(struct engine *engine, const char *container, const struct place *place)
{
	names_give_back(engine, place->network->id, place->record, container);
}
