/* rules_text.c - the rules as nft(8) would read them, made from the networks and what they publish.
 */
#include <netinet/in.h>
#include <string.h>

#include "core/network.h"
#include "core/publish.h"
#include "core/rules.h"
#include "runtime/launch_uplink.h"
#include "util/own.h"

struct writer {
	struct buf *out;
	const struct network *networks;
	size_t count;
	const struct net_mapping *mappings;
	size_t mapping_count;
	const struct rules_mark *mark;
};

static const struct {
	unsigned family;
	const char *ip, *address; /* nft's words */
	const char *published, *anywhere;
} families[] = {
	{AF_INET, "ip", "ipv4_addr", "published4", "anywhere4"},
	{AF_INET6, "ip6", "ipv6_addr", "published6", "anywhere6"},
};

static bool is_live(const struct network *network)
{
	return network->kind == NETWORK_BRIDGE;
}

static const struct subnet *subnet_of(const struct network *network, unsigned family)
{
	return family == AF_INET6 ? &network->v6 : &network->v4;
}

/* ---- maps ---- */

static void put_elements(struct writer *w, unsigned family, bool anywhere)
{
	const char *between = "\t\telements = { ";

	for (size_t i = 0; i < w->mapping_count; i++) {
		const struct net_mapping *m = &w->mappings[i];
		char host[ADDRESS_TEXT], to[ADDRESS_TEXT];

		if (m->family != family || !m->host_port || address_is_zero(m->host) != anywhere)
			continue;
		buf_adds(w->out, between);
		if (!anywhere)
			buf_addf(w->out, "%s . ", address_text(family, m->host, host));
		buf_addf(w->out, "%s . %u : %s . %u", protocol_name(m->protocol), m->host_port,
			address_text(family, m->to, to), m->port);
		between = ",\n\t\t\t     ";
	}
	if (*between == ',')
		buf_adds(w->out, " }\n");
}

static void put_maps(struct writer *w)
{
	for (size_t i = 0; i < array_len(families); i++) {
		buf_addf(w->out,
			"\tmap %s {\n\t\ttype %s . inet_proto . inet_service : %s . inet_service\n",
			families[i].published, families[i].address, families[i].address);
		put_elements(w, families[i].family, false);
		buf_addf(w->out,
			"\t}\n\tmap %s {\n\t\ttype inet_proto . inet_service : %s . inet_service\n",
			families[i].anywhere, families[i].address);
		put_elements(w, families[i].family, true);
		buf_adds(w->out, "\t}\n");
	}
}

/* ---- to published ports ---- */

/* What comes over a wire for 127/8 stays the kernel's to drop: it must not reach a port that was
 * published for the host itself (CVE-2020-8558). */
static void put_destination(struct writer *w)
{
	buf_adds(w->out,
		"\tchain published {\n"
		"\t\tdnat ip to ip daddr . meta l4proto . th dport map @published4\n"
		"\t\tmeta nfproto ipv4 dnat ip to meta l4proto . th dport map @anywhere4\n"
		"\t\tdnat ip6 to ip6 daddr . meta l4proto . th dport map @published6\n"
		"\t\tmeta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @anywhere6\n"
		"\t}\n"
		"\tchain prerouting {\n"
		"\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
		"\t\tiifname != \"lo\" ip daddr 127.0.0.0/8 return\n"
		"\t\tfib daddr type local jump published\n"
		"\t}\n"
		"\tchain output {\n"
		"\t\ttype nat hook output priority -100; policy accept;\n"
		"\t\tip6 daddr ::1 return\n" /* IPv6 has no route_localnet */
		"\t\tfib daddr type local jump published\n"
		"\t}\n");
}

/* ---- who may come in ---- */

/* Before connection tracking: nobody gets at a container by its address but over its own bridge,
 * and nobody on our bridges at the host's loopback. A network that is not masqueraded is meant to
 * be routed to; the forward chain sees to it. */
static void put_guard(struct writer *w)
{
	buf_adds(w->out, "\tchain guard {\n"
			 "\t\ttype filter hook prerouting priority raw; policy accept;\n");
	for (size_t i = 0; i < w->count; i++) {
		const struct network *n = &w->networks[i];

		if (!is_live(n))
			continue;
		buf_addf(w->out, "\t\tiifname \"%s\" ip daddr 127.0.0.0/8 drop\n", n->bridge);
		for (size_t k = 0; k < array_len(families) && n->masquerade; k++) {
			const struct subnet *s = subnet_of(n, families[k].family);
			char whole[ADDRESS_TEXT + 4], gateway[ADDRESS_TEXT];

			if (s->family)
				buf_addf(w->out,
					"\t\tiifname != { \"%s\", \"lo\" } %s daddr %s %s daddr != %s drop\n",
					n->bridge, families[k].ip, subnet_text(s, whole),
					families[k].ip,
					address_text(s->family, s->gateway, gateway));
		}
	}
	buf_adds(w->out, "\t}\n");
}

static void put_network_chains(struct writer *w, const struct network *n)
{
	buf_addf(w->out, "\tchain into-%s {\n", n->bridge);
	if (n->isolated)
		buf_addf(w->out,
			"\t\tiifname \"%s\" ct status dnat accept\n\t\tiifname \"%s\" drop\n",
			n->bridge, n->bridge);
	buf_addf(w->out, "\t\tiifname \"%s\" accept\n", n->bridge);
	if (!n->internal)
		buf_adds(w->out, "\t\tct state established,related accept\n"
				 "\t\tct status dnat accept\n");
	buf_addf(w->out, "\t\tdrop\n\t}\n\tchain from-%s {\n", n->bridge);
	if (n->internal)
		buf_addf(w->out, "\t\toifname != \"%s\" drop\n", n->bridge);
	else
		buf_adds(w->out, "\t\taccept\n");
	buf_adds(w->out, "\t}\n");
}

static void put_jumps(struct writer *w, const char *side, const char *verb)
{
	const char *between = "";

	buf_addf(w->out, "\t\t%s vmap { ", side);
	for (size_t i = 0; i < w->count; i++) {
		if (!is_live(&w->networks[i]))
			continue;
		buf_addf(w->out, "%s\"%s\" : jump %s-%s", between, w->networks[i].bridge, verb,
			w->networks[i].bridge);
		between = ", ";
	}
	buf_adds(w->out, " }\n");
}

static void put_links(struct writer *w, const char *side)
{
	buf_addf(w->out, " %s {", side);
	for (size_t i = 0; i < RULES_LINKS && w->mark->links[i][0]; i++)
		buf_addf(w->out, "%s \"%s\"", i ? "," : "", w->mark->links[i]);
	buf_adds(w->out, " }");
}

/* Where the host was no router before us, it is none now between the links that it had. */
static void put_no_router(struct writer *w, const char *protocol)
{
	if (!w->mark->links[0][0])
		return;
	buf_addf(w->out, "\t\tmeta nfproto %s", protocol);
	put_links(w, "iifname");
	put_links(w, "oifname");
	buf_adds(w->out, " drop\n");
}

static void put_forward(struct writer *w)
{
	bool any = false;

	for (size_t i = 0; i < w->count; i++)
		if (is_live(&w->networks[i])) {
			put_network_chains(w, &w->networks[i]);
			any = true;
		}
	buf_adds(w->out, "\tchain forward {\n"
			 "\t\ttype filter hook forward priority filter; policy accept;\n");
	if (any) {
		put_jumps(w, "oifname", "into");
		put_jumps(w, "iifname", "from");
	}
	if (w->mark->forwarding_was_off)
		put_no_router(w, "ipv4");
	if (w->mark->forwarding6_was_off)
		put_no_router(w, "ipv6");
	buf_adds(w->out, "\t}\n");
}

/* ---- how they look from outside ---- */

/* The way out; a container that meets itself or a neighbour through the host's port; the host that
 * calls from 127.0.0.1. */
static void put_source(struct writer *w)
{
	buf_adds(w->out, "\tchain postrouting {\n"
			 "\t\ttype nat hook postrouting priority srcnat; policy accept;\n");
	for (size_t i = 0; i < w->count; i++) {
		const struct network *n = &w->networks[i];

		for (size_t k = 0; k < array_len(families) && is_live(n); k++) {
			const struct subnet *s = subnet_of(n, families[k].family);
			const char *ip = families[k].ip;
			char whole[ADDRESS_TEXT + 4];

			if (!s->family)
				continue;
			subnet_text(s, whole);
			if (n->masquerade && !n->internal)
				buf_addf(w->out, "\t\t%s saddr %s oifname != \"%s\" masquerade\n",
					ip, whole, n->bridge);
			buf_addf(w->out,
				"\t\t%s saddr %s oifname \"%s\" ct status dnat masquerade\n", ip,
				whole, n->bridge);
		}
		if (is_live(n) && n->v4.family)
			buf_addf(w->out, "\t\tip saddr 127.0.0.0/8 oifname \"%s\" masquerade\n",
				n->bridge);
	}
	buf_adds(w->out, "\t}\n");
}

void rules_text(struct buf *out, const char *table, const struct network *networks, size_t count,
	const struct net_mapping *mappings, size_t mapping_count, const struct rules_mark *mark)
{
	struct writer w = {out, networks, count, mappings, mapping_count, mark};

	buf_addf(out, "add table inet %s\ndelete table inet %s\ntable inet %s {\n", table, table,
		table);
	put_maps(&w);
	put_destination(&w);
	put_guard(&w);
	put_forward(&w);
	put_source(&w);
	buf_adds(out, "}\n");
}

/* What a container answers to a client that we speak for is ours, though its address is not. */
void rules_clients_text(struct buf *out, const char *table)
{
	buf_addf(out,
		"add table inet %s\ntable inet %s {\n"
		"\tchain clients {\n"
		"\t\ttype filter hook prerouting priority mangle; policy accept;\n"
		"\t\tmeta l4proto { tcp, udp } socket transparent 1 meta mark set %u\n"
		"\t}\n}\n",
		table, table, UPLINK_MARK);
}

void rules_element(struct element *out, const char *table, const struct net_mapping *mapping)
{
	bool anywhere = address_is_zero(mapping->host);
	size_t size = address_size(mapping->family), k = mapping->family == AF_INET6;
	uint8_t protocol = (uint8_t)mapping->protocol;
	uint16_t host_port = htons(mapping->host_port), port = htons(mapping->port);

	*out = (struct element){
		.table = table, .map = anywhere ? families[k].anywhere : families[k].published};
	if (!anywhere)
		element_key(out, mapping->host, size);
	element_key(out, &protocol, sizeof(protocol));
	element_key(out, &host_port, sizeof(host_port));
	element_value(out, mapping->to, size);
	element_value(out, &port, sizeof(port));
}
