#include <arpa/inet.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "core/subnet.h"

static struct subnet parse(const char *text)
{
	struct subnet subnet;
	struct err err;

	assert_int_equal(subnet_parse(text, &subnet, &err), 0);
	return subnet;
}

static void at(const struct subnet *subnet, uint64_t n, const char *wanted)
{
	char text[ADDRESS_TEXT];
	uint8_t address[16];

	assert_true(subnet_at(subnet, n, address));
	assert_string_equal(address_text(subnet->family, address, text), wanted);
	assert_int_equal(subnet_index(subnet->base, subnet->family, address), n);
}

static void host_bits_are_cleared(void **state)
{
	struct subnet v4 = parse("10.1.2.3/20"), v6 = parse("fd00:1::5/64");
	char text[ADDRESS_TEXT + 4];

	(void)state;
	assert_string_equal(subnet_text(&v4, text), "10.1.0.0/20");
	assert_string_equal(subnet_text(&v6, text), "fd00:1::/64");
}

static void addresses_are_counted_from_the_base(void **state)
{
	struct subnet v4 = parse("10.1.2.0/24"), v6 = parse("fd00:1::/64");
	uint8_t address[16];

	(void)state;
	at(&v4, 1, "10.1.2.1");
	at(&v4, 255, "10.1.2.255");
	assert_false(subnet_at(&v4, 256, address));
	at(&v6, 0x1000000, "fd00:1::100:0");
	assert_int_equal(prefix_span(AF_INET, 24), 256);
	assert_true(prefix_span(AF_INET6, 64) > UINT64_C(1) << 62);
}

static void the_base_and_the_broadcast_address_are_nobodys(void **state)
{
	struct subnet v4 = parse("10.1.2.0/24"), pair = parse("10.1.2.4/31");
	uint8_t address[16];

	(void)state;
	subnet_at(&v4, 0, address);
	assert_true(subnet_is_edge(&v4, address));
	subnet_at(&v4, 255, address);
	assert_true(subnet_is_edge(&v4, address));
	subnet_at(&v4, 254, address);
	assert_false(subnet_is_edge(&v4, address));
	subnet_at(&pair, 0, address);
	assert_false(subnet_is_edge(&pair, address));
}

static void subnets_overlap_when_one_holds_the_other(void **state)
{
	struct subnet wide = parse("172.16.0.0/12"), narrow = parse("172.17.0.0/16"),
		      other = parse("172.32.0.0/16"), v6 = parse("fd00::/8");

	(void)state;
	assert_true(subnet_overlaps(&wide, &narrow));
	assert_true(subnet_overlaps(&narrow, &wide));
	assert_false(subnet_overlaps(&wide, &other));
	assert_false(subnet_overlaps(&wide, &v6));
}

static void what_is_no_cidr_is_said_in_dockers_words(void **state)
{
	static const char *const bad[] = {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8",
		"10.0.0.0/8x", "10.0.0.0/-1", "10.0.0.0/+8", "fd00::/129", "/8",
		"1111111111111111111111111111111111111111111111111111111111/8"};
	struct subnet subnet;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(subnet_parse(bad[i], &subnet, &err), -22);
		assert_non_null(strstr(err.text, "invalid CIDR address: "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_bits_are_cleared),
		cmocka_unit_test(addresses_are_counted_from_the_base),
		cmocka_unit_test(the_base_and_the_broadcast_address_are_nobodys),
		cmocka_unit_test(subnets_overlap_when_one_holds_the_other),
		cmocka_unit_test(what_is_no_cidr_is_said_in_dockers_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
