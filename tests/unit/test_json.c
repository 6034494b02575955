#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/buf.h"
#include "util/json.h"

static int parse(const char *text, struct err *err)
{
	auto_json *json = NULL;

	return json_parse(text, strlen(text), &json, err);
}

static void one_document_and_nothing_after_it(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(parse(" {\"a\": [1, null]} \n", &err), 0);
	assert_int_equal(parse("{} {}", &err), -EINVAL);
	assert_string_equal(err.text, "more than one JSON document, at byte 3");
	assert_int_equal(parse("{\"a\":", &err), -EINVAL);
	assert_int_equal(parse("", &err), -EINVAL);
}

static void deep_nesting_is_refused_before_it_recurses(void **state)
{
	auto_buf text = BUF_INIT;
	struct err err;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addc(&text, '[');
	assert_int_equal(parse(buf_text(&text), &err), -EINVAL);
	assert_string_equal(err.text, "JSON nests deeper than 64 levels");
	assert_int_equal(
		parse("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"",
			&err),
		0);
}

static void keys_match_exactly_and_types_are_asked_for(void **state)
{
	static const char text[] =
		"{\"Size\": 5, \"size\": 1e300, \"half\": 0.5, \"minus\": -1, \"name\": \"n\","
		" \"list\": [\"a\", \"b\"], \"mixed\": [\"a\", 1], \"none\": null}";
	auto_json *json = NULL;
	auto_strs list = STRS_INIT, mixed = STRS_INIT;
	struct err err;
	uint64_t size = 7;

	(void)state;
	assert_int_equal(json_parse(text, strlen(text), &json, &err), 0);
	assert_true(json_size(json, "Size", &size));
	assert_int_equal(size, 5);
	assert_false(json_size(json, "size", &size));
	assert_false(json_size(json, "half", &size));
	assert_false(json_size(json, "minus", &size));
	assert_false(json_size(json, "SIZE", &size));
	assert_null(json_get(json, "none"));
	assert_null(json_str(json, "list"));
	assert_string_equal(json_str_or(json, "Name", "other"), "other");
	assert_int_equal(json_strs(json_array(json, "list"), &list), 0);
	assert_int_equal(list.len, 2);
	assert_int_equal(json_strs(json_array(json, "mixed"), &mixed), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_document_and_nothing_after_it),
		cmocka_unit_test(deep_nesting_is_refused_before_it_recurses),
		cmocka_unit_test(keys_match_exactly_and_types_are_asked_for),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
