#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/options.h"

static void signals_are_known_by_name_short_name_and_number(void **state)
{
	static const struct {
		const char *text;
		int signal;
	} cases[] = {{"SIGTERM", SIGTERM}, {"term", SIGTERM}, {"15", 15}, {"SIGKILL", 9},
		{"Usr1", SIGUSR1}, {"HUP", 1}};
	int signal;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(options_signal(cases[i].text, &signal, NULL), 0);
		assert_int_equal(signal, cases[i].signal);
	}
	assert_int_equal(options_signal("RTMIN+3", &signal, NULL), 0);
	assert_int_equal(signal, SIGRTMIN + 3);
}

static void nonsense_is_no_signal(void **state)
{
	static const char *const cases[] = {
		"", "0", "-9", "9x", "SIG", "SIGNOPE", "200", "RTMAX+1"};
	int signal;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(options_signal(cases[i], &signal, NULL), -22);
}

static void restart_policies_are_docker_s(void **state)
{
	enum plan_restart policy;
	unsigned max;

	(void)state;
	assert_int_equal(options_restart("unless-stopped", &policy, &max, NULL), 0);
	assert_int_equal(policy, PLAN_RESTART_UNLESS_STOPPED);
	assert_int_equal(options_restart("on-failure:5", &policy, &max, NULL), 0);
	assert_int_equal(policy, PLAN_RESTART_ON_FAILURE);
	assert_int_equal(max, 5);
	assert_true(options_restart("always:3", &policy, &max, NULL) < 0);
	assert_true(options_restart("on-failure:-1", &policy, &max, NULL) < 0);
	assert_true(options_restart("sometimes", &policy, &max, NULL) < 0);
}

static void ulimits_take_a_soft_and_a_hard_value(void **state)
{
	const char *type;
	uint64_t soft, hard;

	(void)state;
	assert_int_equal(options_ulimit("nofile=10:20", &type, &soft, &hard, NULL), 0);
	assert_string_equal(type, "RLIMIT_NOFILE");
	assert_int_equal(soft, 10);
	assert_int_equal(hard, 20);
	assert_int_equal(options_ulimit("core=-1", &type, &soft, &hard, NULL), 0);
	assert_true(soft == UINT64_MAX && hard == UINT64_MAX);
	assert_true(options_ulimit("nofile=20:10", &type, &soft, &hard, NULL) < 0);
	assert_true(options_ulimit("nope=1", &type, &soft, &hard, NULL) < 0);
	assert_true(options_ulimit("nofile", &type, &soft, &hard, NULL) < 0);
	assert_true(options_ulimit("nofile=1x", &type, &soft, &hard, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_are_known_by_name_short_name_and_number),
		cmocka_unit_test(nonsense_is_no_signal),
		cmocka_unit_test(restart_policies_are_docker_s),
		cmocka_unit_test(ulimits_take_a_soft_and_a_hard_value),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
