#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/json.h"
#include "util/toml.h"

static void check(const char *toml, const char *json)
{
	auto_json *out = NULL;
	struct err err = {0};
	char *text;

	if (toml_parse(toml, strlen(toml), &out, &err) < 0)
		fail_msg("%s: %s", toml, err.text);
	text = cJSON_PrintUnformatted(out);
	assert_string_equal(text, json);
	free(text);
}

static void check_bad(const char *toml, const char *sentence)
{
	auto_json *out = NULL;
	struct err err = {0};

	if (toml_parse(toml, strlen(toml), &out, &err) == 0)
		fail_msg("%s was taken", toml);
	assert_null(out);
	assert_string_equal(err.text, sentence);
}

static void values_of_every_kind_are_read(void **state)
{
	(void)state;
	check("", "{}");
	check("# nothing\r\n\n", "{}");
	check("a = \"x\\ty\\u00e9\" # why\nb = 'c:\\d'", "{\"a\":\"x\\tyé\",\"b\":\"c:\\\\d\"}");
	check("a = 1\nb = -2.5\nc = 1_000\nd = 0xff\ne = true\nf=false",
		"{\"a\":1,\"b\":-2.5,\"c\":1000,\"d\":255,\"e\":true,\"f\":false}");
	check("a = [1, [2, 3], # two\n \"x\",\n]", "{\"a\":[1,[2,3],\"x\"]}");
	check("a = {b = 1, \"c d\" = {e = []}}", "{\"a\":{\"b\":1,\"c d\":{\"e\":[]}}}");
	check("a = 1979-05-27 07:32:00Z\nb = 07:32:00",
		"{\"a\":\"1979-05-27 07:32:00Z\",\"b\":\"07:32:00\"}");
}

static void long_strings_keep_their_lines(void **state)
{
	(void)state;
	check("a = \"\"\"\none\ntwo \\\n   three\"\"\"", "{\"a\":\"one\\ntwo three\"}");
	check("a = '''x''y\\'''", "{\"a\":\"x''y\\\\\"}");
	check("a = \"\"\"quoted\"\"\"\"\"", "{\"a\":\"quoted\\\"\\\"\"}");
}

static void keys_and_tables_nest(void **state)
{
	(void)state;
	check("a.b.\"c.d\" = 1\n[x.y]\nz = 2\n[x]\nw = 3",
		"{\"a\":{\"b\":{\"c.d\":1}},\"x\":{\"y\":{\"z\":2},\"w\":3}}");
	check("[[r]]\nn = 1\n[[r.m]]\nl = 'a'\n[[r.m]]\nl = 'b'\n[[r]]\nn = 2",
		"{\"r\":[{\"n\":1,\"m\":[{\"l\":\"a\"},{\"l\":\"b\"}]},{\"n\":2}]}");
	check("[host.\"https://a:5000\"]\ncapabilities = [\"pull\"]\n[host.\"https://a:5000\".header]\nx = 'y'",
		"{\"host\":{\"https://a:5000\":{\"capabilities\":[\"pull\"],\"header\":{\"x\":\"y\"}}}}");
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	(void)state;
	check_bad("a = 1\na = 2", "line 2: a key is there twice");
	check_bad("[t]\n[t]", "line 2: a table is there twice");
	check_bad("a = \"x", "line 1: a string does not end");
	check_bad("\n\na = ", "line 3: a value is missing");
	check_bad("a = yes", "line 1: a value that is none");
	check_bad("a = inf", "line 1: a value that is none");
	check_bad("a = 1 b = 2", "line 1: something follows a value");
	check_bad("a", "line 1: a key without =");
	check_bad("= 1", "line 1: a key is missing");
	check_bad("a = 1\n[a]", "line 2: a key is a value and a table");
	check_bad("a = [1 2]", "line 1: an array does not end");
	check_bad("a = {b = 1", "line 1: a table does not end");
	check_bad("[t", "line 1: a table's name does not end");
	check_bad("a = \"\\q\"", "line 1: an unknown \\ in a string");
	check_bad("a = \"\\ud800\"", "line 1: no such character");
}

static void nesting_is_bounded(void **state)
{
	char deep[300];

	(void)state;
	memset(deep, '[', sizeof(deep));
	memcpy(deep, "a = ", 4);
	deep[sizeof(deep) - 1] = '\0';
	check_bad(deep, "line 1: nested too deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_every_kind_are_read),
		cmocka_unit_test(long_strings_keep_their_lines),
		cmocka_unit_test(keys_and_tables_nest),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(nesting_is_bounded),
	};

	return cmocka_run_group_tests_name("toml", tests, NULL, NULL);
}
