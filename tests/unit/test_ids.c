#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/ids.h"

static const struct id_range pool = {1000, 100};

static int choose(struct id_range *taken, size_t len, uint32_t count)
{
	uint32_t first = 0;
	int failed = ids_choose(pool, taken, len, count, &first);

	return failed ? failed : (int)first;
}

static void the_first_gap_that_is_wide_enough_is_taken(void **state)
{
	struct id_range taken[] = {{1060, 10}, {1000, 20}, {1025, 10}, {1010, 5}};

	(void)state;
	assert_int_equal(choose(NULL, 0, 100), 1000);
	assert_int_equal(choose(taken, 4, 5), 1020);
	assert_int_equal(choose(taken, 4, 6), 1035);
	assert_int_equal(choose(taken, 4, 25), 1035);
	assert_int_equal(choose(taken, 4, 26), 1070);
}

static void what_lies_around_the_pool_counts_where_it_reaches_in(void **state)
{
	struct id_range taken[] = {{0, 1001}, {1099, 4000000000u}, {5, 5}};

	(void)state;
	assert_int_equal(choose(taken, 3, 98), 1001);
	assert_int_equal(choose(taken, 3, 99), -ENOSPC);
}

static void a_full_pool_and_no_ids_are_refused(void **state)
{
	struct id_range taken[] = {{1000, 100}};
	uint32_t first;

	(void)state;
	assert_int_equal(choose(taken, 1, 1), -ENOSPC);
	assert_int_equal(choose(NULL, 0, 101), -ENOSPC);
	assert_int_equal(choose(NULL, 0, 0), -ENOSPC);
	assert_int_equal(
		ids_choose((struct id_range){UINT32_MAX - 1, 1}, NULL, 0, UINT32_MAX, &first),
		-ENOSPC);
}

static void lines_of_subuid_are_read_and_others_are_not(void **state)
{
	static const char *const bad[] = {"", "#a:1:2", "a", "a:1", "a:1:", "a:1:0", "a:-1:5",
		":1:2", "a:4294967296:1", "a:1:2:3", "a: 1:2"};
	struct id_range range;
	size_t owner;

	(void)state;
	assert_true(ids_read_line("alice:100000:65536", &owner, &range));
	assert_int_equal(owner, 5);
	assert_int_equal(range.first, 100000);
	assert_int_equal(range.count, 65536);
	assert_true(ids_read_line("1000:7:8 \r", &owner, &range));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ids_read_line(bad[i], &owner, &range))
			fail_msg("taken for a line: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_gap_that_is_wide_enough_is_taken),
		cmocka_unit_test(what_lies_around_the_pool_counts_where_it_reaches_in),
		cmocka_unit_test(a_full_pool_and_no_ids_are_refused),
		cmocka_unit_test(lines_of_subuid_are_read_and_others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
