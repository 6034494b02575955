#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/network.h"
#include "core/rules.h"
#include "util/own.h"

static struct network bridge(const char *name, const char *v4, const char *v6)
{
	struct network network = {
		.version = NETWORK_VERSION, .kind = NETWORK_BRIDGE, .masquerade = true};

	snprintf(network.bridge, sizeof(network.bridge), "%s", name);
	if (v4)
		assert_int_equal(subnet_parse(v4, &network.v4, NULL), 0);
	if (v6)
		assert_int_equal(subnet_parse(v6, &network.v6, NULL), 0);
	if (v4)
		subnet_at(&network.v4, 1, network.v4.gateway);
	if (v6)
		subnet_at(&network.v6, 1, network.v6.gateway);
	return network;
}

static struct net_mapping mapping(
	const char *host, uint16_t host_port, const char *to, uint16_t port, unsigned protocol)
{
	struct net_mapping m = {
		.host_port = host_port, .port = port, .protocol = (uint16_t)protocol};
	unsigned family = 0;

	assert_true(address_parse(to, &family, m.to));
	m.family = (uint16_t)family;
	if (host)
		assert_true(address_parse(host, &family, m.host));
	return m;
}

static void write_rules(struct buf *out, const struct network *networks, size_t count,
	const struct net_mapping *mappings, size_t mapping_count, bool was_off)
{
	struct rules_mark mark = {.forwarding_was_off = was_off, .links = {"eth0", "eth1"}};

	rules_text(out, "davit", networks, count, mappings, mapping_count, &mark);
	assert_false(buf_failed(out));
}

static void has(const struct buf *rules, const char *line)
{
	if (!strstr(buf_text(rules), line))
		fail_msg("not in the rules: %s\n%s", line, buf_text(rules));
}

static void lacks(const struct buf *rules, const char *line)
{
	if (strstr(buf_text(rules), line))
		fail_msg("in the rules: %s\n%s", line, buf_text(rules));
}

static void the_table_is_replaced_in_one_transaction(void **state)
{
	auto_buf rules = BUF_INIT;

	(void)state;
	write_rules(&rules, NULL, 0, NULL, 0, false);
	assert_ptr_equal(
		strstr(buf_text(&rules),
			"add table inet davit\ndelete table inet davit\ntable inet davit {"),
		buf_text(&rules));
	lacks(&rules, "vmap");
}

static void answers_to_kept_clients_are_marked_in_a_chain_of_their_own(void **state)
{
	auto_buf rules = BUF_INIT;

	(void)state;
	rules_clients_text(&rules, "davit");
	has(&rules, "add table inet davit\ntable inet davit {\n\tchain clients {");
	has(&rules, "type filter hook prerouting priority mangle; policy accept;");
	has(&rules, "meta l4proto { tcp, udp } socket transparent 1 meta mark set 55921");
}

static void each_mapping_is_one_element_of_its_map(void **state)
{
	auto_buf rules = BUF_INIT;
	const struct net_mapping mappings[] = {
		mapping(NULL, 8080, "172.17.0.2", 80, IPPROTO_TCP),
		mapping(NULL, 8081, "172.17.0.3", 80, IPPROTO_TCP),
		mapping("127.0.0.1", 53, "172.17.0.2", 53, IPPROTO_UDP),
		mapping(NULL, 8080, "fd00::2", 80, IPPROTO_TCP),
		mapping(NULL, 0, "172.17.0.2", 443, IPPROTO_TCP), /* only exposed */
	};

	(void)state;
	write_rules(&rules, NULL, 0, mappings, array_len(mappings), false);
	has(&rules,
		"elements = { tcp . 8080 : 172.17.0.2 . 80,\n\t\t\t     tcp . 8081 : 172.17.0.3 . 80 }");
	has(&rules, "elements = { 127.0.0.1 . udp . 53 : 172.17.0.2 . 53 }");
	has(&rules, "elements = { tcp . 8080 : fd00::2 . 80 }");
	lacks(&rules, "443");
}

static void containers_are_reached_through_their_own_bridge_only(void **state)
{
	auto_buf rules = BUF_INIT;
	const struct network networks[] = {
		bridge("davit0", "172.17.0.0/16", NULL), bridge("br-six", NULL, "fd00::/64")};

	(void)state;
	write_rules(&rules, networks, array_len(networks), NULL, 0, false);
	has(&rules, "iifname \"davit0\" ip daddr 127.0.0.0/8 drop");
	has(&rules,
		"iifname != { \"davit0\", \"lo\" } ip daddr 172.17.0.0/16 ip daddr != 172.17.0.1 drop");
	has(&rules,
		"iifname != { \"br-six\", \"lo\" } ip6 daddr fd00::/64 ip6 daddr != fd00::1 drop");
	has(&rules, "iifname != \"lo\" ip daddr 127.0.0.0/8 return");
	has(&rules,
		"oifname vmap { \"davit0\" : jump into-davit0, \"br-six\" : jump into-br-six }");
	has(&rules, "ip saddr 172.17.0.0/16 oifname != \"davit0\" masquerade");
	has(&rules, "ip saddr 127.0.0.0/8 oifname \"davit0\" masquerade");
	lacks(&rules, "127.0.0.0/8 oifname \"br-six\"");
}

static void an_internal_network_has_no_way_out_and_none_in(void **state)
{
	auto_buf rules = BUF_INIT;
	struct network dark = bridge("br-dark", "10.0.0.0/24", NULL);

	(void)state;
	dark.internal = true;
	write_rules(&rules, &dark, 1, NULL, 0, false);
	has(&rules, "chain into-br-dark {\n\t\tiifname \"br-dark\" accept\n\t\tdrop\n\t}");
	has(&rules, "chain from-br-dark {\n\t\toifname != \"br-dark\" drop\n\t}");
	lacks(&rules, "oifname != \"br-dark\" masquerade");
}

static void a_routed_network_is_not_masqueraded_and_not_guarded(void **state)
{
	auto_buf rules = BUF_INIT;
	struct network routed = bridge("br-out", "10.0.0.0/24", NULL);

	(void)state;
	routed.masquerade = false;
	write_rules(&rules, &routed, 1, NULL, 0, false);
	lacks(&rules, "oifname != \"br-out\" masquerade");
	lacks(&rules, "ip daddr 10.0.0.0/24");
}

static void a_host_that_was_no_router_becomes_none(void **state)
{
	auto_buf rules = BUF_INIT, other = BUF_INIT;

	(void)state;
	write_rules(&rules, NULL, 0, NULL, 0, true);
	has(&rules,
		"meta nfproto ipv4 iifname { \"eth0\", \"eth1\" } oifname { \"eth0\", \"eth1\" } drop");
	write_rules(&other, NULL, 0, NULL, 0, false);
	lacks(&other, "nfproto ipv4 iifname");
}

static void an_element_has_every_field_in_whole_words(void **state)
{
	const struct net_mapping any = mapping(NULL, 8080, "172.17.0.2", 80, IPPROTO_TCP),
				 one = mapping("fd00::1", 53, "fd00::2", 5353, IPPROTO_UDP);
	static const uint8_t key[] = {6, 0, 0, 0, 0x1f, 0x90, 0, 0},
			     value[] = {172, 17, 0, 2, 0, 80, 0, 0};
	struct element element;

	(void)state;
	rules_element(&element, "davit", &any);
	assert_string_equal(element.map, "anywhere4");
	assert_int_equal(element.key_len, sizeof(key));
	assert_memory_equal(element.key, key, sizeof(key));
	assert_int_equal(element.value_len, sizeof(value));
	assert_memory_equal(element.value, value, sizeof(value));
	rules_element(&element, "davit", &one);
	assert_string_equal(element.map, "published6");
	assert_int_equal(element.key_len, 24);
	assert_int_equal(element.value_len, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_replaced_in_one_transaction),
		cmocka_unit_test(answers_to_kept_clients_are_marked_in_a_chain_of_their_own),
		cmocka_unit_test(each_mapping_is_one_element_of_its_map),
		cmocka_unit_test(containers_are_reached_through_their_own_bridge_only),
		cmocka_unit_test(an_internal_network_has_no_way_out_and_none_in),
		cmocka_unit_test(a_routed_network_is_not_masqueraded_and_not_guarded),
		cmocka_unit_test(a_host_that_was_no_router_becomes_none),
		cmocka_unit_test(an_element_has_every_field_in_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
