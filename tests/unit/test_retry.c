#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "core/image/retry.h"

static void waits_grow_but_stay_below_a_limit(void **state)
{
	static const unsigned limits[] = {250, 500, 1000, 2000, 4000};
	struct retry retry = {0};
	unsigned wait_ms;

	(void)state;
	for (int i = 0; i < RETRY_ATTEMPTS - 1; i++) {
		assert_true(retry_again(&retry, limits[i], &wait_ms));
		assert_int_equal(wait_ms, limits[i]);
	}
	assert_false(retry_again(&retry, 0, &wait_ms));
}

static void progress_starts_the_count_anew(void **state)
{
	struct retry retry = {0};
	unsigned wait_ms;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_true(retry_again(&retry, 7, &wait_ms));
		retry_progress(&retry);
	}
}

static void the_server_may_ask_for_a_wait_but_not_for_a_long_one(void **state)
{
	struct retry retry = {0};
	unsigned wait_ms = 0;

	(void)state;
	retry.after_s = 3;
	assert_true(retry_again(&retry, 1000, &wait_ms));
	assert_in_range(wait_ms, 3000, 3249);
	assert_true(retry_again(&retry, 100, &wait_ms));
	assert_int_equal(wait_ms, 100);
	retry.after_s = RETRY_AFTER_MAX_S + 1;
	assert_false(retry_again(&retry, 0, &wait_ms));
}

static void retry_after_is_a_number_or_a_date(void **state)
{
	(void)state;
	assert_int_equal(retry_after_s("120", 0), 120);
	assert_int_equal(retry_after_s("Thu, 01 Jan 1970 00:01:00 GMT", 10), 50);
	assert_int_equal(retry_after_s("Thu, 01 Jan 1970 00:00:01 GMT", 10), 0);
	assert_int_equal(retry_after_s("12x", 0), -1);
	assert_int_equal(retry_after_s("99999999999999999999", 0), -1);
	assert_int_equal(retry_after_s("soon", 0), -1);
	assert_int_equal(retry_after_s(NULL, 0), -1);
}

static void only_what_passes_by_itself_is_retried(void **state)
{
	(void)state;
	assert_true(retry_is_worth(-ECONNRESET));
	assert_true(retry_is_worth(-EBUSY));
	assert_false(retry_is_worth(-EACCES));
	assert_false(retry_is_worth(-ECANCELED));
	assert_false(retry_is_worth(-EKEYREJECTED));
	assert_false(retry_is_worth(-EBADMSG));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_grow_but_stay_below_a_limit),
		cmocka_unit_test(progress_starts_the_count_anew),
		cmocka_unit_test(the_server_may_ask_for_a_wait_but_not_for_a_long_one),
		cmocka_unit_test(retry_after_is_a_number_or_a_date),
		cmocka_unit_test(only_what_passes_by_itself_is_retried),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
