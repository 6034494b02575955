#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "util/json_tree.h"

static const struct json_node *read_ok(struct arena *arena, const char *text)
{
	const struct json_node *node = json_tree_read(arena, text, strlen(text));

	if (!node)
		fail_msg("%s", text);
	return node;
}

static void refused(const char *text)
{
	auto_arena arena = ARENA_INIT;

	if (json_tree_read(&arena, text, strlen(text)))
		fail_msg("taken: %s", text);
}

static void every_kind_of_value_is_read(void **state)
{
	auto_arena arena = ARENA_INIT;
	const struct json_node *top =
		read_ok(&arena, " {\"a\" : [ null,true,false , \"x\", {} ] , \"b\":-1.5e2}\n");
	const struct json_node *list = json_tree_get(top, "a");

	(void)state;
	assert_int_equal(list->count, 5);
	assert_int_equal(list->child->type, JSON_NULL);
	assert_int_equal(list->child->next->type, JSON_TRUE);
	assert_string_equal(list->child->next->next->next->text, "x");
	assert_true(json_tree_get(top, "b")->number == -150);
	assert_null(json_tree_get(top, "c"));
	assert_null(json_tree_get(list, "a"));
}

static void whole_numbers_keep_all_their_bits(void **state)
{
	auto_arena arena = ARENA_INIT;
	const struct json_node *node = read_ok(&arena, "[18446744073709551615,-9223372036854775808,"
						       "18446744073709551616,1.0]")
					       ->child;

	(void)state;
	assert_true(node->is_whole && node->whole == UINT64_MAX);
	node = node->next;
	assert_true(node->is_whole && node->is_negative && node->whole == (uint64_t)INT64_MAX + 1);
	assert_false(node->next->is_whole);
	assert_false(node->next->next->is_whole);
}

static void escapes_become_what_they_mean(void **state)
{
	auto_arena arena = ARENA_INIT;

	(void)state;
	assert_string_equal(
		read_ok(&arena, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"")
			->text,
		"\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void the_last_of_two_members_counts_as_for_most_readers(void **state)
{
	auto_arena arena = ARENA_INIT;

	(void)state;
	assert_string_equal(
		json_tree_get(read_ok(&arena, "{\"a\":\"1\",\"a\":\"2\"}"), "a")->text, "2");
}

static void a_value_knows_where_it_stands(void **state)
{
	auto_arena arena = ARENA_INIT;
	const char *text = "{\"a\": [1, 2] }";
	const struct json_node *list = json_tree_get(read_ok(&arena, text), "a");

	(void)state;
	assert_int_equal(list->len, strlen("[1, 2]"));
	assert_memory_equal(list->from, "[1, 2]", list->len);
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const texts[] = {"", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\"}",
		"{} {}", "nul", "01", "1.", ".5", "+1", "1e", "--1", "\"\\x\"", "\"\\u12\"",
		"\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"", "\"\n\"", "\"a", "'a'", "[1 2]"};
	char deep[200];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refused(texts[i]);
	memset(deep, '[', 99);
	memset(deep + 99, ']', 99);
	deep[198] = '\0';
	refused(deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value_is_read),
		cmocka_unit_test(whole_numbers_keep_all_their_bits),
		cmocka_unit_test(escapes_become_what_they_mean),
		cmocka_unit_test(the_last_of_two_members_counts_as_for_most_readers),
		cmocka_unit_test(a_value_knows_where_it_stands),
		cmocka_unit_test(what_is_not_json_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
