#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/filters.h"

static struct err err;

/* What filters (ends with NULL) say of "dangling": -1 nothing, 0, 1; -2 refused. */
static int truth(const char *const *filters)
{
	auto_strs list = STRS_INIT;
	int said = -1;

	for (; *filters; filters++)
		strs_add(&list, *filters);
	return filters_truth(&list, "dangling", &said, &err) < 0 ? -2 : said;
}
#define truth_of(...) truth((const char *const[]){__VA_ARGS__, NULL})

static void a_truth_is_a_word_or_a_digit(void **state)
{
	(void)state;
	assert_int_equal(truth_of("dangling=true"), 1);
	assert_int_equal(truth_of("dangling=1"), 1);
	assert_int_equal(truth_of("dangling=false"), 0);
	assert_int_equal(truth_of("dangling=0"), 0);
	assert_int_equal(truth_of("dangling=1", "dangling=true"), 1);
}

static void what_nobody_said_stays_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(truth_of("label=x"), -1);
}

static void another_word_is_refused_with_every_value_given(void **state)
{
	(void)state;
	assert_int_equal(truth_of("dangling=yes"), -2);
	assert_string_equal(err.text, "invalid filter 'dangling=[yes]'");
	assert_int_equal(truth_of("dangling="), -2);
	assert_string_equal(err.text, "invalid filter 'dangling=[]'");
}

static void a_truth_that_contradicts_itself_is_refused(void **state)
{
	(void)state;
	assert_int_equal(truth_of("dangling=1", "name=x", "dangling=false"), -2);
	assert_string_equal(err.text, "invalid filter 'dangling=[1 false]'");
}

static bool is_short(const char *value, const void *arg)
{
	return strlen(value) < *(const size_t *)arg;
}

static void values_of_one_key_are_alternatives_or_add_up(void **state)
{
	auto_strs list = STRS_INIT;
	size_t limit = 3;

	(void)state;
	strs_add(&list, "name=long");
	strs_add(&list, "name=x");
	assert_true(filters_any(&list, "name", is_short, &limit));
	assert_false(filters_every(&list, "name", is_short, &limit));
	assert_true(filters_any(&list, "label", is_short, &limit));
	assert_true(filters_every(&list, "label", is_short, &limit));
	limit = 1;
	assert_false(filters_any(&list, "name", is_short, &limit));
}

static void a_label_is_asked_for_with_its_value_or_without(void **state)
{
	auto_strs labels = STRS_INIT;

	(void)state;
	strs_add(&labels, "tier=web");
	strs_add(&labels, "tiers=3");
	assert_true(filters_label(&labels, "tier"));
	assert_true(filters_label(&labels, "tier=web"));
	assert_false(filters_label(&labels, "tier=we"));
	assert_false(filters_label(&labels, "tie"));
	assert_false(filters_label(&labels, "web"));
}

static void a_filter_nobody_knows_is_refused_and_one_that_comes_later_named(void **state)
{
	static const char *const known[] = {"name", NULL}, *const later[] = {"since", NULL};
	auto_strs list = STRS_INIT;

	(void)state;
	strs_add(&list, "name=x");
	assert_int_equal(filters_check(&list, known, later, &err), 0);
	strs_add(&list, "since=y");
	assert_int_equal(filters_check(&list, known, later, &err), -ENOTSUP);
	assert_int_equal(filters_check(&list, known, NULL, &err), -EINVAL);
	assert_string_equal(err.text, "invalid filter 'since'");
	strs_fini(&list);
	strs_add(&list, "name");
	assert_int_equal(filters_check(&list, known, NULL, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_truth_is_a_word_or_a_digit),
		cmocka_unit_test(what_nobody_said_stays_as_it_was),
		cmocka_unit_test(another_word_is_refused_with_every_value_given),
		cmocka_unit_test(a_truth_that_contradicts_itself_is_refused),
		cmocka_unit_test(values_of_one_key_are_alternatives_or_add_up),
		cmocka_unit_test(a_label_is_asked_for_with_its_value_or_without),
		cmocka_unit_test(a_filter_nobody_knows_is_refused_and_one_that_comes_later_named),
	};

	return cmocka_run_group_tests_name("filters", tests, NULL, NULL);
}
