#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/policy.h"
#include "runtime/plan.h"

static struct row ended(enum plan_restart policy, int code, uint32_t flags)
{
	return (struct row){
		.use = ROW_USED,
		.restart = 1 + policy,
		.state = {.status = ROW_EXITED, .started_ns = 1, .exit_code = code, .flags = flags},
	};
}

static bool starts(enum plan_restart policy, int code, uint32_t flags)
{
	struct row row = ended(policy, code, flags);

	return policy_wants_start(&row);
}

static void a_daemon_that_starts_starts_what_docker_would(void **state)
{
	(void)state;
	assert_false(starts(PLAN_RESTART_NO, 1, 0));
	assert_true(starts(PLAN_RESTART_ALWAYS, 0, 0));
	assert_true(starts(PLAN_RESTART_ALWAYS, 0, ROW_BY_HAND));
	assert_true(starts(PLAN_RESTART_UNLESS_STOPPED, 0, 0));
	assert_false(starts(PLAN_RESTART_UNLESS_STOPPED, 137, ROW_BY_HAND));
	assert_true(starts(PLAN_RESTART_ON_FAILURE, 137, ROW_BY_HAND));
	assert_false(starts(PLAN_RESTART_ON_FAILURE, 0, ROW_BY_HAND));
	assert_false(starts(PLAN_RESTART_ON_FAILURE, 0, 0));
}

static void a_row_without_a_policy_of_its_own_starts_nothing(void **state)
{
	struct row row = ended(PLAN_RESTART_ALWAYS, 1, 0);

	(void)state;
	row.restart = 0;
	assert_false(policy_wants_start(&row));
}

static void only_what_ran_once_and_does_not_run_now_is_started(void **state)
{
	static const enum row_status others[] = {
		ROW_CREATED, ROW_RUNNING, ROW_PAUSED, ROW_RESTARTING, ROW_DEAD, ROW_STARTING};
	struct row row = ended(PLAN_RESTART_ALWAYS, 1, 0);

	(void)state;
	row.state.started_ns = 0;
	assert_false(policy_wants_start(&row));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		row = ended(PLAN_RESTART_ALWAYS, 1, 0);
		row.state.status = others[i];
		assert_false(policy_wants_start(&row));
	}
	row = ended(PLAN_RESTART_ALWAYS, 1, 0);
	row.use = ROW_REMOVING;
	assert_false(policy_wants_start(&row));
}

static void on_failure_gives_up_at_its_limit(void **state)
{
	struct row row = ended(PLAN_RESTART_ON_FAILURE, 1, 0);

	(void)state;
	row.restart_max = 3;
	row.state.restarts = 2;
	assert_true(policy_wants_start(&row));
	row.state.restarts = 3;
	assert_false(policy_wants_start(&row));
}

static void what_its_monitor_took_along_is_restarted_as_the_monitor_would(void **state)
{
	struct row row = ended(PLAN_RESTART_ALWAYS, 255, ROW_CODE_LOST);

	(void)state;
	assert_true(policy_wants_restart(&row));
	row.state.flags |= ROW_BY_HAND;
	assert_false(policy_wants_restart(&row));
	row = ended(PLAN_RESTART_ALWAYS, 255, 0);
	assert_false(policy_wants_restart(&row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daemon_that_starts_starts_what_docker_would),
		cmocka_unit_test(a_row_without_a_policy_of_its_own_starts_nothing),
		cmocka_unit_test(only_what_ran_once_and_does_not_run_now_is_started),
		cmocka_unit_test(on_failure_gives_up_at_its_limit),
		cmocka_unit_test(what_its_monitor_took_along_is_restarted_as_the_monitor_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
