#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/ps_filter.h"
#include "util/json.h"

static struct err err;

static bool fits(const char *filter, const struct container *container)
{
	auto_strs filters = STRS_INIT;
	struct ps_wanted wanted = {.filters = &filters};

	strs_add(&filters, filter);
	if (ps_wanted_init(&wanted, &err) < 0)
		fail_msg("%s: %s", filter, err.text);
	return ps_fits(&wanted, container);
}

static void is_refused(const char *filter, const char *words)
{
	auto_strs filters = STRS_INIT;
	struct ps_wanted wanted = {.filters = &filters};

	strs_add(&filters, filter);
	assert_int_equal(ps_wanted_init(&wanted, &err), -22);
	assert_string_equal(err.text, words);
}

static bool fits_inspected(const char *filter, const char *json)
{
	auto_strs filters = STRS_INIT, labels = STRS_INIT;
	auto_json *inspect = NULL;

	strs_add(&filters, filter);
	assert_int_equal(json_parse(json, strlen(json), &inspect, &err), 0);
	assert_true(ps_wants_inspect(&filters));
	return ps_fits_inspected(&filters, inspect, &labels);
}

static const struct container ended = {
	.id = "0123456789abcdef", .name = "web", .state = CONTAINER_EXITED, .exit_code = 3};

static void names_and_ids_are_expressions(void **state)
{
	(void)state;
	assert_true(fits("name=w.b", &ended));
	assert_true(fits("name=^/web$", &ended));
	assert_false(fits("name=^eb", &ended));
	assert_true(fits("id=^0123", &ended));
	assert_false(fits("id=^123", &ended));
	assert_false(fits("name=(", &ended));
}

static void an_exit_code_is_that_of_one_that_has_ended(void **state)
{
	struct container running = ended;

	(void)state;
	running.state = CONTAINER_RUNNING;
	assert_true(fits("exited=3", &ended));
	assert_false(fits("exited=0", &ended));
	assert_false(fits("exited=3", &running));
}

static void a_value_that_cannot_be_is_refused(void **state)
{
	(void)state;
	is_refused("exited=perhaps", "invalid filter 'exited=perhaps'");
	is_refused("exited=1x", "invalid filter 'exited=1x'");
	is_refused("exited=", "invalid filter 'exited='");
	is_refused("exited=99999999999", "invalid filter 'exited=99999999999'");
	is_refused("status=sleepy", "invalid filter 'status=sleepy'");
	is_refused("health=fine", "Unrecognised filter value for health: fine");
	is_refused("publish=web", "invalid filter 'publish=web'");
	is_refused("publish=80-", "invalid filter 'publish=80-'");
	is_refused("publish=90-80", "invalid filter 'publish=90-80'");
	is_refused("expose=70000", "invalid filter 'expose=70000'");
	is_refused("expose=80:80", "invalid filter 'expose=80:80'");
	is_refused("expose=80/", "invalid filter 'expose=80/'");
}

static void a_health_is_one_of_four_words(void **state)
{
	struct container sick = ended;

	(void)state;
	sick.health = CONTAINER_HEALTH_UNHEALTHY;
	assert_true(fits("health=unhealthy", &sick));
	assert_false(fits("health=none", &sick));
	assert_true(fits("health=none", &ended));
}

static void a_port_is_published_or_exposed_alone_or_in_a_range(void **state)
{
	static const char json[] = "{\"HostConfig\":{\"PortBindings\":{\"8080/tcp\":[]}},"
				   "\"Config\":{\"ExposedPorts\":{\"53/udp\":{}}}}";

	(void)state;
	assert_true(fits_inspected("publish=8080", json));
	assert_true(fits_inspected("publish=8000-8100/tcp", json));
	assert_false(fits_inspected("publish=8080/udp", json));
	assert_false(fits_inspected("publish=8081-8100", json));
	assert_false(fits_inspected("publish=53/udp", json));
	assert_true(fits_inspected("expose=53/udp", json));
	assert_false(fits_inspected("expose=53", json));
}

static void a_network_is_known_by_its_name_or_the_beginning_of_its_id(void **state)
{
	static const char json[] =
		"{\"NetworkSettings\":{\"Networks\":{\"blue\":{\"NetworkID\":\"abc123\"}}}}";

	(void)state;
	assert_true(fits_inspected("network=blue", json));
	assert_true(fits_inspected("network=abc", json));
	assert_false(fits_inspected("network=bl", json));
	assert_false(fits_inspected("network=", json));
}

static void a_volume_is_known_by_its_name_or_where_it_is(void **state)
{
	static const char json[] = "{\"Mounts\":[{\"Name\":\"data\",\"Source\":\"/v/data\","
				   "\"Destination\":\"/srv\"}]}";

	(void)state;
	assert_true(fits_inspected("volume=data", json));
	assert_true(fits_inspected("volume=/srv", json));
	assert_true(fits_inspected("volume=/v/data", json));
	assert_false(fits_inspected("volume=dat", json));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_ids_are_expressions),
		cmocka_unit_test(an_exit_code_is_that_of_one_that_has_ended),
		cmocka_unit_test(a_value_that_cannot_be_is_refused),
		cmocka_unit_test(a_health_is_one_of_four_words),
		cmocka_unit_test(a_port_is_published_or_exposed_alone_or_in_a_range),
		cmocka_unit_test(a_network_is_known_by_its_name_or_the_beginning_of_its_id),
		cmocka_unit_test(a_volume_is_known_by_its_name_or_where_it_is),
	};

	return cmocka_run_group_tests_name("ps filter", tests, NULL, NULL);
}
