#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "build/ignore.h"

static struct err err;

static struct ignore *file(const char *text)
{
	struct ignore *ignore = NULL;

	if (ignore_read(text, strlen(text), &ignore, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return ignore;
}

/* As a walk would ask: each directory first. */
static bool walked(const struct ignore *ignore, const char *path)
{
	struct ignore_state state, below;
	bool matched = false;

	ignore_begin(ignore, &state);
	for (size_t len = 1; len <= strlen(path); len++) {
		if (path[len] && path[len] != '/')
			continue;
		matched = ignore_step(&state, path, len, &below);
		state = below;
	}
	return matched;
}

static void says(const char *text, const char *path, bool left_out)
{
	auto_of(ignore) struct ignore *ignore = file(text);

	if (ignore_matches(ignore, path, strlen(path)) != left_out)
		fail_msg("%s is %sleft out by %s", path, left_out ? "not " : "", text);
	if (walked(ignore, path) != left_out)
		fail_msg("walking, %s is %sleft out by %s", path, left_out ? "not " : "", text);
}

static void leaves_out(const char *text, const char *path)
{
	says(text, path, true);
}

static void keeps(const char *text, const char *path)
{
	says(text, path, false);
}

static void plain_names_mean_a_place_below_the_root(void **state)
{
	(void)state;
	leaves_out("a", "a");
	leaves_out("a", "a/b/c");
	keeps("a", "b/a");
	keeps("a", "ab");
	leaves_out("/a/b/", "a/b");
	leaves_out("./a//b/../c", "a/c");
	leaves_out("  a  ", "a");
	keeps("# a", "# a");
	leaves_out(" # a", "# a");
	keeps("", "a");
	keeps("/", "a");
	keeps(".", "a");
	leaves_out("a\r\nb\r\n", "b");
	leaves_out("\xef\xbb\xbf"
		   "a",
		"a");
}

static void wildcards_stop_at_slashes(void **state)
{
	(void)state;
	leaves_out("*", "a");
	leaves_out("*", "a/b");
	leaves_out("*.o", "a.o");
	keeps("*.o", "d/a.o");
	leaves_out("*/a.o", "d/a.o");
	keeps("*/a.o", "d/e/a.o");
	leaves_out("a?c", "abc");
	leaves_out("a?c", "a\xe2\x82\xac"
			  "c");
	keeps("a?c", "ac");
	keeps("a?c", "a/c");
	leaves_out("a*c*e", "abcde");
	leaves_out(".*", ".git/config");
	keeps(".*", "a.b");
	keeps("a.c", "abc");
	leaves_out("a(b)c|d$e+f{g", "a(b)c|d$e+f{g");
}

static void two_stars_pass_any_number_of_directories(void **state)
{
	(void)state;
	leaves_out("**", "a/b");
	leaves_out("**/", "a");
	leaves_out("**/**", "a/b");
	leaves_out("**/a", "a");
	leaves_out("**/a", "d/e/a");
	keeps("**/a", "d/ba");
	leaves_out("**a", "ba");
	leaves_out("**a", "d/ba");
	leaves_out("**/a/b", "a/b");
	leaves_out("**/a/b", "d/a/b/c");
	leaves_out("a/**", "a/b/c");
	keeps("a/**", "a");
	leaves_out("a/**/b", "a/b");
	leaves_out("a/**/b", "a/x/y/b");
	keeps("a/**/b", "a/xb");
	leaves_out("**/*.txt", "a.txt");
	leaves_out("**/**/*.txt", "d/e/a.txt");
	keeps("**/**/*.txt2", "d/e/a.txt");
	leaves_out("a**/*.txt", "a/d/e/f.txt");
	keeps("a/*.txt", "a/d/f.txt");
	leaves_out("a/*.txt**", "a/f.txt");
	leaves_out("**/d/*", "x/d/e");
	leaves_out("**/d/**", "x/d/e/f");
	leaves_out("**/file*.txt*", "d/d/file1.txt2");
	keeps("**/.foo", "bar.foo");
}

static void classes_are_go_s(void **state)
{
	(void)state;
	leaves_out("a[b-d]e", "ace");
	keeps("a[b-d]e", "aae");
	leaves_out("a[^b-d]e", "aze");
	keeps("a[^b-d]e", "ace");
	leaves_out("[[]x", "[x");
	leaves_out("a[\\]]b", "a]b");
	leaves_out("a\\*b", "a*b");
	keeps("a\\*b", "axb");
	leaves_out("[\xc3\xa0-\xc3\xbc]", "\xc3\xa9");
}

static void an_exclamation_mark_takes_back(void **state)
{
	(void)state;
	keeps("*\n!a", "a");
	leaves_out("*\n!a", "b");
	keeps("d\n!d/a", "d/a");
	leaves_out("d\n!d/a", "d/b");
	leaves_out("d\n!d/a\nd/*", "d/a");
	keeps("*.md\n!README*.md\nREADME-secret.md", "README-x.md");
	leaves_out("*.md\n!README*.md\nREADME-secret.md", "README-secret.md");
	keeps("**\n! d ", "d/e");
	keeps("**\n!/d", "d/e");
	keeps("!a", "a");
}

static void reaching_below_is_known_exactly(void **state)
{
	auto_of(ignore) struct ignore *ignore =
		file("node\n!node/keep/this\n!lib/*/x\n!**/deep/y\n!plain");

	(void)state;
	assert_true(ignore_reaches_below(ignore, "node", 4, true));
	assert_true(ignore_reaches_below(ignore, "node/keep", 9, true));
	assert_true(ignore_reaches_below(ignore, "lib/a", 5, true));
	assert_true(ignore_reaches_below(ignore, "anything", 8, true));
	ignore_free(ignore);
	ignore = file("node\n!node/keep/this\n!lib/*/x");
	assert_false(ignore_reaches_below(ignore, "node/other", 10, true));
	assert_false(ignore_reaches_below(ignore, "lib/a/y", 7, true));
	assert_false(ignore_reaches_below(ignore, "anything", 8, true));
	assert_false(ignore_reaches_below(ignore, "node", 4, false));
}

static void is_refused(const char *text, const char *words)
{
	struct ignore *ignore = NULL;

	assert_int_equal(ignore_read(text, strlen(text), &ignore, &err), -EINVAL);
	assert_string_equal(err.text, words);
}

static void what_is_no_pattern_is_named_with_its_line(void **state)
{
	char longest[400] = "a\n*";

	(void)state;
	is_refused("a\n!\n", ".dockerignore: line 2: illegal exclusion pattern: \"!\"");
	is_refused("a[", ".dockerignore: line 1: \"a[\": syntax error in pattern");
	is_refused("[]a]", ".dockerignore: line 1: \"[]a]\": syntax error in pattern");
	is_refused("a\\", ".dockerignore: line 1: \"a\\\\\": syntax error in pattern");
	memset(longest + 3, 'x', 300);
	assert_int_equal(
		-EINVAL, ignore_read(longest, strlen(longest), &(struct ignore *){NULL}, &err));
	assert_non_null(strstr(err.text, "is longer than 255 characters and has wildcards"));
}

static void long_plain_names_are_fine(void **state)
{
	char path[1000];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	leaves_out(path, path);
	path[500] = '/';
	leaves_out(path, path);
}

static void many_patterns_are_no_fewer(void **state)
{
	auto_strs patterns = STRS_INIT;
	auto_of(ignore) struct ignore *ignore = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++)
		strs_addf(&patterns, "dir%d/*.o", i);
	strs_add(&patterns, "!dir999/keep.o");
	assert_int_equal(ignore_new(&patterns, &ignore, &err), 0);
	assert_true(walked(ignore, "dir998/x.o"));
	assert_false(walked(ignore, "dir999/keep.o"));
	assert_false(walked(ignore, "dir1000/x.o"));
}

static void a_path_takes_no_time_to_speak_of(void **state)
{
	auto_of(ignore) struct ignore *ignore =
		file(".git\nnode_modules\n**/*.o\n*.log\n!important.log\ndist/**\n**/.cache\n");
	struct ignore_state root, dir;
	struct timespec begin, end;
	char path[64];
	int64_t ns;

	(void)state;
	ignore_begin(ignore, &root);
	ignore_step(&root, "src", 3, &dir);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (int i = 0; i < 100000; i++) {
		int len = snprintf(path, sizeof(path), "src/module_%d.c", i);

		assert_false(ignore_step(&dir, path, (size_t)len, NULL));
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	ns = (end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec;
	print_message("%lld ns a path\n", (long long)ns / 100000);
	assert_true(ns / 100000 < 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names_mean_a_place_below_the_root),
		cmocka_unit_test(wildcards_stop_at_slashes),
		cmocka_unit_test(two_stars_pass_any_number_of_directories),
		cmocka_unit_test(classes_are_go_s),
		cmocka_unit_test(an_exclamation_mark_takes_back),
		cmocka_unit_test(reaching_below_is_known_exactly),
		cmocka_unit_test(what_is_no_pattern_is_named_with_its_line),
		cmocka_unit_test(long_plain_names_are_fine),
		cmocka_unit_test(many_patterns_are_no_fewer),
		cmocka_unit_test(a_path_takes_no_time_to_speak_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
