#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/network_options.h"

static struct err err;

static int checked(const char *option)
{
	auto_strs options = STRS_INIT;

	strs_add(&options, option);
	return network_options_check(&options, &err);
}

static struct network taken(const char *first, const char *second)
{
	struct network network = {0};
	auto_strs options = STRS_INIT;

	if (first)
		strs_add(&options, first);
	if (second)
		strs_add(&options, second);
	network_options_take(&options, &network);
	return network;
}

static void notes_of_other_tools_pass(void **state)
{
	(void)state;
	assert_int_equal(checked("x"), 0);
	assert_int_equal(checked("com.example.anything=1"), 0);
}

static void what_docker_has_and_we_do_not_is_refused_by_name(void **state)
{
	(void)state;
	assert_int_equal(checked("com.docker.network.container_iface_prefix=e"), -ENOTSUP);
	assert_string_equal(
		err.text, "--opt com.docker.network.container_iface_prefix is not supported yet");
}

static void a_value_that_is_none_of_its_kind_is_refused(void **state)
{
	static const char *const bad[] = {"com.docker.network.driver.mtu=abc",
		"com.docker.network.driver.mtu=-1", "com.docker.network.driver.mtu=67",
		"com.docker.network.driver.mtu=65536", "com.docker.network.driver.mtu",
		"com.docker.network.bridge.enable_icc=0",
		"com.docker.network.bridge.enable_ip_masquerade=",
		"com.docker.network.bridge.host_binding_ipv4=::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(checked(bad[i]), -EINVAL);
	assert_int_equal(checked("com.docker.network.bridge.enable_icc=no"), -EINVAL);
	assert_string_equal(
		err.text, "--opt com.docker.network.bridge.enable_icc=no: it takes true or false");
}

static void good_values_pass(void **state)
{
	static const char *const good[] = {"com.docker.network.driver.mtu=0",
		"com.docker.network.driver.mtu=68", "com.docker.network.driver.mtu=65535",
		"com.docker.network.bridge.enable_icc=false", "com.docker.network.bridge.name=",
		"com.docker.network.bridge.host_binding_ipv4=127.0.0.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(checked(good[i]), 0);
}

static void who_says_nothing_gets_dockers_defaults(void **state)
{
	struct network network = taken(NULL, NULL);

	(void)state;
	assert_false(network.isolated);
	assert_true(network.masquerade);
	assert_int_equal(network.mtu, 0);
	assert_int_equal(network.publish_on[0], 0);
}

static void what_is_said_is_taken(void **state)
{
	struct network network = taken(
		"com.docker.network.bridge.enable_icc=false", "com.docker.network.driver.mtu=1400");

	(void)state;
	assert_true(network.isolated);
	assert_int_equal(network.mtu, 1400);
	network = taken("com.docker.network.bridge.enable_ip_masquerade=false",
		"com.docker.network.bridge.host_binding_ipv4=127.0.0.2");
	assert_false(network.masquerade);
	assert_memory_equal(network.publish_on, "\x7f\0\0\2", 4);
}

/* A record of an older davit, which looked less closely. */
static void a_value_that_was_never_checked_is_as_if_it_were_not_there(void **state)
{
	struct network network = taken("com.docker.network.driver.mtu=12x",
		"com.docker.network.bridge.host_binding_ipv4=here");

	(void)state;
	assert_int_equal(network.mtu, 0);
	assert_int_equal(network.publish_on[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_of_other_tools_pass),
		cmocka_unit_test(what_docker_has_and_we_do_not_is_refused_by_name),
		cmocka_unit_test(a_value_that_is_none_of_its_kind_is_refused),
		cmocka_unit_test(good_values_pass),
		cmocka_unit_test(who_says_nothing_gets_dockers_defaults),
		cmocka_unit_test(what_is_said_is_taken),
		cmocka_unit_test(a_value_that_was_never_checked_is_as_if_it_were_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
