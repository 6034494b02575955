#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/shim/restart.c"

#define SECOND 1000000000ull

static void the_pause_doubles_to_a_minute_and_starts_anew(void **state)
{
	struct plan_header plan = {.restart = PLAN_RESTART_ALWAYS};
	struct restart restart = {0};
	uint32_t pause, expected = 100;

	(void)state;
	for (int i = 0; i < 12; i++) {
		assert_true(restart_decide(&restart, &plan, 0, false, SECOND, &pause));
		assert_int_equal(pause, expected);
		expected = expected * 2 > 60000 ? 60000 : expected * 2;
	}
	assert_true(restart_decide(&restart, &plan, 0, false, 10 * SECOND, &pause));
	assert_int_equal(pause, 100);
	assert_int_equal(restart.count, 13);
}

static void a_stop_by_hand_ends_every_policy(void **state)
{
	uint32_t pause;

	(void)state;
	for (uint32_t policy = PLAN_RESTART_NO; policy <= PLAN_RESTART_ON_FAILURE; policy++) {
		struct plan_header plan = {.restart = policy};
		struct restart restart = {0};

		assert_false(restart_decide(&restart, &plan, 1, true, 0, &pause));
	}
}

static void on_failure_wants_a_failure_and_keeps_its_limit(void **state)
{
	struct plan_header plan = {.restart = PLAN_RESTART_ON_FAILURE, .restart_max = 2};
	struct restart restart = {0};
	uint32_t pause;

	(void)state;
	assert_false(restart_decide(&restart, &plan, 0, false, 0, &pause));
	assert_true(restart_decide(&restart, &plan, 1, false, 0, &pause));
	assert_true(restart_decide(&restart, &plan, 1, false, 0, &pause));
	assert_false(restart_decide(&restart, &plan, 1, false, 0, &pause));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pause_doubles_to_a_minute_and_starts_anew),
		cmocka_unit_test(a_stop_by_hand_ends_every_policy),
		cmocka_unit_test(on_failure_wants_a_failure_and_keeps_its_limit),
	};

	return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
