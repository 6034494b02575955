#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "core/image/pull_plan.h"

#define A "sha256:aaaa"
#define B "sha256:bbbb"
#define C "sha256:cccc"

static void what_is_held_is_not_fetched_and_the_largest_goes_first(void **state)
{
	struct pull_layer layers[] = {
		{.digest = "d1", .diff_id = A, .size = 10},
		{.digest = "d2", .diff_id = B, .size = 99, .held = true},
		{.digest = "d3", .diff_id = C, .size = 30},
		{.digest = "d4", .diff_id = "e", .size = 20, .has_blob = true},
	};
	auto_pull_plan plan = {0};

	(void)state;
	assert_int_equal(pull_plan(layers, 4, &plan, NULL), 0);
	assert_int_equal(layers[1].action, PULL_HELD);
	assert_int_equal(layers[3].action, PULL_UNPACK);
	assert_int_equal(plan.n_order, 3);
	assert_int_equal(plan.order[0], 2);
	assert_int_equal(plan.order[1], 3);
	assert_int_equal(plan.order[2], 0);
	assert_int_equal(plan.fetch_bytes, 40);
}

static void equal_layers_are_fetched_once(void **state)
{
	struct pull_layer layers[] = {
		{.digest = "d1", .diff_id = A, .size = 10},
		{.digest = "d1", .diff_id = A, .size = 10},
		{.digest = "d2", .diff_id = A, .size = 11},
	};
	auto_pull_plan plan = {0};

	(void)state;
	assert_int_equal(pull_plan(layers, 3, &plan, NULL), 0);
	assert_int_equal(plan.n_order, 1);
	assert_int_equal(layers[1].action, PULL_SAME);
	assert_int_equal(layers[1].same_as, 0);
	assert_int_equal(layers[2].same_as, 0);
	assert_int_equal(plan.fetch_bytes, 10);
}

static void one_blob_with_two_contents_is_a_contradiction(void **state)
{
	struct pull_layer layers[] = {{.digest = "d", .diff_id = A}, {.digest = "d", .diff_id = B}};
	auto_pull_plan plan = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(pull_plan(layers, 2, &plan, &err), -EINVAL);
	assert_string_equal(err.text, "the image's config gives layer d two different contents");
}

static void an_image_without_layers_is_a_plan_too(void **state)
{
	auto_pull_plan plan = {0};

	(void)state;
	assert_int_equal(pull_plan(NULL, 0, &plan, NULL), 0);
	assert_int_equal(plan.n_order, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_is_not_fetched_and_the_largest_goes_first),
		cmocka_unit_test(equal_layers_are_fetched_once),
		cmocka_unit_test(one_blob_with_two_contents_is_a_contradiction),
		cmocka_unit_test(an_image_without_layers_is_a_plan_too),
	};

	return cmocka_run_group_tests_name("pull_plan", tests, NULL, NULL);
}
