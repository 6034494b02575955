#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/own.h"
#include "util/pack.h"

struct sample {
	int number;
	const char *first, *second;
	char letter;
};

static const size_t texts[] = {offsetof(struct sample, first), offsetof(struct sample, second)};

static void texts_are_copied_behind_the_record(void **state)
{
	char changing[] = "before";
	const struct sample sample = {7, changing, "two", 'x'};
	auto_free struct sample *packed = pack(&sample, sizeof(sample), texts, array_len(texts));

	(void)state;
	assert_non_null(packed);
	memcpy(changing, "BEFORE", sizeof(changing));
	assert_int_equal(packed->number, 7);
	assert_int_equal(packed->letter, 'x');
	assert_string_equal(packed->first, "before");
	assert_string_equal(packed->second, "two");
	assert_true(packed->first >= (const char *)packed + sizeof(*packed));
}

static void a_text_that_is_missing_is_empty(void **state)
{
	const struct sample sample = {.second = ""};
	auto_free struct sample *packed = pack(&sample, sizeof(sample), texts, array_len(texts));

	(void)state;
	assert_non_null(packed);
	assert_string_equal(packed->first, "");
	assert_string_equal(packed->second, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_copied_behind_the_record),
		cmocka_unit_test(a_text_that_is_missing_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
