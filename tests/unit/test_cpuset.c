#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cpuset.h"

static struct err err;

static void a_list_is_numbers_and_ranges(void **state)
{
	static const char *const good[] = {"0", "0,1", "0-3", "1-2,0,7", "00", "3-3", "0,"};
	static const char *const bad[] = {
		"x", "", "-1", "1-", "3-1", "0,,1", "0 1", "0x1", "99999", "123456", "1-2-3", ","};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (cpuset_check_cpus(good[i], "0-7", &err) < 0)
			fail_msg("%s: %s", good[i], err.text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cpuset_check_cpus(bad[i], "0-7", &err) != -EINVAL)
			fail_msg("%s was taken", bad[i]);
	cpuset_check_cpus("x", "0-7", &err);
	assert_string_equal(err.text, "Invalid value x for cpuset cpus");
	cpuset_check_mems("0-", "0", &err);
	assert_string_equal(err.text, "Invalid value 0- for cpuset mems");
}

static void what_the_host_has_not_is_told_with_what_it_has(void **state)
{
	(void)state;
	assert_int_equal(cpuset_check_cpus("0-2,9", "0-3,8", &err), -EINVAL);
	assert_string_equal(
		err.text, "Requested CPUs are not available - requested 0-2,9, available: 0-3,8");
	assert_int_equal(cpuset_check_mems("1", "0", &err), -EINVAL);
	assert_string_equal(
		err.text, "Requested memory nodes are not available - requested 1, available: 0");
	assert_int_equal(cpuset_check_cpus("0-2,8", "0-3,8", &err), 0);
}

static void where_the_host_says_nothing_everything_may_be_there(void **state)
{
	(void)state;
	assert_int_equal(cpuset_check_cpus("9", "", &err), 0);
	assert_int_equal(cpuset_check(NULL, "", &err), 0);
	assert_int_equal(cpuset_check("0", NULL, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_numbers_and_ranges),
		cmocka_unit_test(what_the_host_has_not_is_told_with_what_it_has),
		cmocka_unit_test(where_the_host_says_nothing_everything_may_be_there),
	};

	return cmocka_run_group_tests_name("cpuset", tests, NULL, NULL);
}
