#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/launch_stat.h"

#define REST " 1 1 0 -1 4194304 7 0 0 0 0 0 0 0 20 0 1 0 35015 5726208 9"

static void the_facts_stand_behind_the_last_parenthesis(void **state)
{
	struct launch_stat stat;

	(void)state;
	assert_int_equal(launch_stat_parse("42 (a) R 9 (b) Z 7" REST, &stat), 0);
	assert_int_equal(stat.state, 'Z');
	assert_int_equal(stat.parent, 7);
	assert_int_equal(stat.start, 35015);
}

static void text_that_ends_early_is_refused(void **state)
{
	static const char *const broken[] = {"", "42 (a", ")", "42 (a)", "42 (a) ", "42 (a) S",
		"42 (a) S 7", "42 (a) S x" REST,
		"42 (a) S 7 1 1 0 -1 4194304 7 0 0 0 0 0 0 0 20 0 1 0",
		"42 (a) S 7 1 1 0 -1 4194304 7 0 0 0 0 0 0 0 20 0 1 0 "};
	struct launch_stat stat;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(launch_stat_parse(broken[i], &stat), -EBADMSG);
}

static void our_own_parent_is_found(void **state)
{
	struct launch_stat stat;

	(void)state;
	assert_int_equal(launch_stat(-1, getpid(), &stat), 0);
	assert_int_equal(stat.parent, getppid());
	assert_int_equal(stat.state, 'R');
	assert_true(stat.start > 0);
}

static void nobody_has_no_facts(void **state)
{
	struct launch_stat stat;

	(void)state;
	assert_int_equal(launch_stat(-1, INT32_MAX, &stat), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_facts_stand_behind_the_last_parenthesis),
		cmocka_unit_test(text_that_ends_early_is_refused),
		cmocka_unit_test(our_own_parent_is_found),
		cmocka_unit_test(nobody_has_no_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
