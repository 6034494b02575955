#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/image/tar_write.h"
#include "core/images_own.h"

static bool fits(const char *wanted, const char *unwanted, const char *label)
{
	struct prune_request request = {0};
	auto_strs labels = STRS_INIT;
	bool fit;

	if (wanted)
		strs_add(&request.labels, wanted);
	if (unwanted)
		strs_add(&request.lacks, unwanted);
	if (label)
		strs_add(&labels, label);
	fit = prune_labels_fit(&request, &labels);
	strs_fini(&request.labels);
	strs_fini(&request.lacks);
	return fit;
}

static void a_label_is_asked_for_by_key_or_by_key_and_value(void **state)
{
	(void)state;
	assert_true(fits(NULL, NULL, "a=1"));
	assert_true(fits("a", NULL, "a=1"));
	assert_true(fits("a=1", NULL, "a=1"));
	assert_false(fits("a=2", NULL, "a=1"));
	assert_false(fits("a=", NULL, "a=1"));
	assert_true(fits("a=", NULL, "a="));
	assert_false(fits("a", NULL, "ab=1"));
	assert_false(fits("ab", NULL, "a=1"));
	assert_false(fits("a", NULL, NULL));
}

static void a_label_that_must_not_be_there_keeps_what_has_it(void **state)
{
	(void)state;
	assert_false(fits(NULL, "a", "a=1"));
	assert_false(fits(NULL, "a=1", "a=1"));
	assert_true(fits(NULL, "a=2", "a=1"));
	assert_true(fits(NULL, "a", NULL));
	assert_false(fits("a", "a=1", "a=1"));
}

static void a_member_larger_than_eight_gigabytes_has_a_size_in_binary(void **state)
{
	auto_buf small = BUF_INIT, large = BUF_INIT;

	(void)state;
	tar_put_header(&small, TAR_FILE, "x", 0644, NULL, (1ull << 33) - 1);
	assert_int_equal(small.len, TAR_BLOCK_SIZE);
	assert_memory_equal(small.data + 124, "77777777777", 12);
	tar_put_header(&large, TAR_FILE, "x", 0644, NULL, (1ull << 33) + 5);
	assert_memory_equal(large.data + 124, "\x80\0\0\0\0\0\0\x02\0\0\0\x05", 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_is_asked_for_by_key_or_by_key_and_value),
		cmocka_unit_test(a_label_that_must_not_be_there_keeps_what_has_it),
		cmocka_unit_test(a_member_larger_than_eight_gigabytes_has_a_size_in_binary),
	};

	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
