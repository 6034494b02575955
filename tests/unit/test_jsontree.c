#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tui/widget/jsontree.h"

static const char document[] =
	"{\"Id\":\"3f2a\",\"Host\":{\"Ports\":{\"80/tcp\":[{\"HostPort\":\"8080\"}]},\"Cpu\":2},"
	"\"Env\":[\"A=1\",\"B=2\",\"C=3\"],\"None\":null,\"Empty\":{}}";

static struct jsontree *open_it(size_t long_ones)
{
	struct jsontree *tree;
	struct err err;

	assert_int_equal(jsontree_new(document, strlen(document), long_ones, &tree, &err), 0);
	return tree;
}

static const char *path_at(const struct jsontree *tree, size_t at)
{
	static char text[200];
	auto_buf path = BUF_INIT;

	jsontree_path(tree, at, &path);
	snprintf(text, sizeof(text), "%s", buf_text(&path));
	return text;
}

static void every_value_has_a_line_and_a_path(void **state)
{
	auto_of(jsontree) struct jsontree *tree = open_it(100);

	(void)state;
	assert_int_equal(jsontree_shown(tree), 14);
	assert_string_equal(path_at(tree, 0), ".");
	assert_string_equal(path_at(tree, 1), ".Id");
	assert_string_equal(jsontree_at(tree, 1)->value, "\"3f2a\"");
	assert_string_equal(path_at(tree, 6), ".Host.Ports[\"80/tcp\"][0].HostPort");
	assert_string_equal(path_at(tree, 9), ".Env[0]");
}

static void what_is_long_is_folded_at_first(void **state)
{
	auto_of(jsontree) struct jsontree *tree = open_it(2);

	(void)state;
	assert_int_equal(jsontree_shown(tree), 11);
	assert_true(jsontree_at(tree, 8)->folded);
	assert_int_equal(jsontree_at(tree, 8)->children, 3);
	jsontree_fold(tree, 8, false);
	assert_int_equal(jsontree_shown(tree), 14);
}

static void folding_all_leaves_the_outermost(void **state)
{
	auto_of(jsontree) struct jsontree *tree = open_it(100);

	(void)state;
	jsontree_fold_all(tree, true);
	assert_int_equal(jsontree_shown(tree), 6);
	jsontree_fold_all(tree, false);
	assert_int_equal(jsontree_shown(tree), 14);
}

static void a_search_opens_what_the_match_is_in(void **state)
{
	auto_of(jsontree) struct jsontree *tree = open_it(100);
	size_t found;

	(void)state;
	jsontree_fold_all(tree, true);
	assert_true(jsontree_find(tree, 0, "hostport", false, &found));
	assert_string_equal(path_at(tree, found), ".Host.Ports[\"80/tcp\"][0].HostPort");
	assert_true(jsontree_find(tree, found, "c=3", false, &found));
	assert_string_equal(path_at(tree, found), ".Env[2]");
	assert_true(jsontree_find(tree, found, "8080", true, &found));
	assert_string_equal(jsontree_at(tree, found)->key, "HostPort");
	assert_false(jsontree_find(tree, 0, "nowhere", false, &found));
}

static void a_string_is_copied_without_its_quotes(void **state)
{
	auto_of(jsontree) struct jsontree *tree = open_it(100);
	auto_buf text = BUF_INIT, object = BUF_INIT;

	(void)state;
	jsontree_value(tree, 1, &text);
	assert_string_equal(buf_text(&text), "3f2a");
	jsontree_value(tree, 3, &object);
	assert_string_equal(buf_text(&object), "{\"80/tcp\":[{\"HostPort\":\"8080\"}]}");
	assert_int_equal(jsontree_parent(tree, 3), 2);
}

static void what_is_no_json_is_refused(void **state)
{
	struct jsontree *tree;
	struct err err;

	(void)state;
	assert_true(jsontree_new("{\"a\":", 5, 10, &tree, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_a_line_and_a_path),
		cmocka_unit_test(what_is_long_is_folded_at_first),
		cmocka_unit_test(folding_all_leaves_the_outermost),
		cmocka_unit_test(a_search_opens_what_the_match_is_in),
		cmocka_unit_test(a_string_is_copied_without_its_quotes),
		cmocka_unit_test(what_is_no_json_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
