#include <locale.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tui/pattern.h"

static bool meets(const char *text, const char *line)
{
	auto_of(pattern) struct pattern *pattern = pattern_new(text);
	size_t begin, end, len = strlen(line);
	bool met = pattern_meets(pattern, line, len);

	assert_int_equal(met, pattern_find(pattern, line, len, 0, &begin, &end));
	assert_true(!met || pattern_skip(pattern, line, len) <= len);
	return met;
}

static void plain_words_are_found_without_their_case(void **state)
{
	(void)state;
	assert_true(meets("timeout", "upstream Timeout while reading"));
	assert_true(meets("Timeout", "upstream Timeout while reading"));
	assert_false(meets("Timeout", "upstream timeout while reading"));
	assert_false(meets("timeouts", "upstream timeout"));
	assert_true(meets("", ""));
	assert_true(meets("\xc3\xa4rger", "gro\xc3\x9f"
					  "er \xc3\x84RGER"));
	assert_false(meets("\xc3\xa4rger", "arger"));
}

static void expressions_mean_what_they_mean_elsewhere(void **state)
{
	static const char *const expressions[] = {"a*b", "^a.c$", "(ab|cd)+e", "[0-9]{3}",
		"x{2,4}y", "[^a-c]z", "a|b|cc", "(a|b)*c|d", "a?b?c?$", "[[:digit:]]+ms", "ab{0}c",
		"(a{1,2}){2}", "^$", "^", "a.*b.*c", "[]x]", "[^]x]y", "(^a|b$)", "()a", "a{2,}",
		"(a|ab)(c|bcd)"};
	static const char *const lines[] = {"", "a", "b", "abc", "aaab", "ababcde", "cde", "123",
		"12 345ms", "xxy", "xxxxxxy", "bz", "dz", "cc", "abac", "d", "c", "ac", "aaa", "aa",
		"]", "x", "xy", "]y", "zy", "abcd", "a b c", "cab", "AbC"};
	regex_t regex;
	regmatch_t match;

	(void)state;
	for (size_t e = 0; e < array_len(expressions); e++) {
		auto_of(pattern) struct pattern *pattern = pattern_new(expressions[e]);

		assert_int_equal(regcomp(&regex, expressions[e], REG_EXTENDED | REG_ICASE), 0);
		assert_true(pattern_is_regular(pattern));
		for (size_t i = 0; i < array_len(lines); i++) {
			size_t begin = 0, end = 0, len = strlen(lines[i]);
			bool wanted = regexec(&regex, lines[i], 1, &match, 0) == 0;

			if (pattern_meets(pattern, lines[i], len) != wanted ||
				pattern_find(pattern, lines[i], len, 0, &begin, &end) != wanted ||
				(wanted && (begin != (size_t)match.rm_so ||
						   end != (size_t)match.rm_eo)))
				fail_msg("/%s/ in \"%s\": %zu-%zu, wanted %d %d-%d", expressions[e],
					lines[i], begin, end, wanted, (int)match.rm_so,
					(int)match.rm_eo);
		}
		regfree(&regex);
	}
}

static void words_have_borders_and_classes_have_names(void **state)
{
	(void)state;
	assert_true(meets("\\bcat\\b", "a cat."));
	assert_true(meets("\\bcat\\b", "cat"));
	assert_false(meets("\\bcat\\b", "concatenate"));
	assert_true(meets("\\d+\\s\\w+", "in 12 ms"));
	assert_false(meets("\\d", "none"));
	assert_true(meets("\\D\\S", "1a2"));
	assert_true(meets("[\\d.]+ms", "took 1.5ms"));
	assert_true(meets("a\\.b\\*\\\\", "A.b*\\"));
	assert_true(meets("\\x41", "aAa"));
}

static void a_point_is_one_character(void **state)
{
	(void)state;
	assert_true(meets("^.$", "\xe4\xbd\xa0"));
	assert_true(meets("^..$", "\xe4\xbd\xa0x"));
	assert_false(meets("^..$", "\xe4\xbd\xa0"));
	assert_true(meets("^[^x]$", "\xe4\xbd\xa0"));
	assert_true(meets("[\xc3\xa4\xc3\xb6]l", "\xc3\x96l"));
	assert_false(meets("[\xc3\xa4\xc3\xb6]l", "\xc3\xbcl"));
}

static void what_is_no_expression_is_looked_for_as_it_is(void **state)
{
	static const char *const broken[] = {"*", "(", ")", "[a", "a{", "a{2", "{\"level\"",
		"a{9,2}", "\\", "\\q", "a**b(", "x{1000}", "[z-a]", "?x",
		"(((((((((((((((((((((((a"};

	(void)state;
	for (size_t i = 0; i < array_len(broken); i++) {
		auto_of(pattern) struct pattern *pattern = pattern_new(broken[i]);
		char line[100];

		assert_false(pattern_is_regular(pattern));
		snprintf(line, sizeof(line), "before %s after", broken[i]);
		assert_true(pattern_meets(pattern, line, strlen(line)));
		assert_false(pattern_meets(pattern, "other", 5));
	}
}

static void matches_are_found_one_after_another(void **state)
{
	auto_of(pattern) struct pattern *pattern = pattern_new("[0-9]+");
	static const char line[] = "a1 22b333";
	static const size_t wanted[][2] = {{1, 2}, {3, 5}, {6, 9}};
	size_t at = 0, begin, end;

	(void)state;
	for (size_t i = 0; i < array_len(wanted); i++, at = end) {
		assert_true(pattern_find(pattern, line, sizeof(line) - 1, at, &begin, &end));
		assert_int_equal(begin, wanted[i][0]);
		assert_int_equal(end, wanted[i][1]);
	}
	assert_false(pattern_find(pattern, line, sizeof(line) - 1, at, &begin, &end));
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void no_expression_makes_it_slow(void **state)
{
	static const char *const slow[] = {"(a*)*b", "(a|aa)+b", "(.*)(.*)(.*)(.*)[^a]b",
		"a{50}a{50}b", "(x+x+)+y", ".*.*.*=.*", "[ab]*a[ab]{12}c"};
	enum { LEN = 100000 };
	char *line = malloc(LEN);

	(void)state;
	for (size_t i = 0; i < LEN; i++)
		line[i] = i * 7919 % 13 < 6 ? 'a' : 'a' + (i % 3 == 0);
	for (size_t i = 0; i < array_len(slow); i++) {
		auto_of(pattern) struct pattern *pattern = pattern_new(slow[i]);
		double began = now_ms();
		size_t begin, end;

		pattern_meets(pattern, line, LEN);
		pattern_find(pattern, line, LEN, 0, &begin, &end);
		if (now_ms() - began > 400)
			fail_msg("/%s/ took %.0f ms", slow[i], now_ms() - began);
	}
	free(line);
}

static void skipping_leads_to_the_first_line_that_could_meet_it(void **state)
{
	static const char lines[] = "one\ntwo ERROR 5\nerror 17\n";
	auto_of(pattern) struct pattern *pattern = pattern_new("error [0-9]{2}");
	auto_of(pattern) struct pattern *any = pattern_new("[0-9]");

	(void)state;
	assert_int_equal(pattern_skip(pattern, lines, sizeof(lines) - 1), 8);
	assert_int_equal(pattern_skip(pattern, lines, 12), 12);
	assert_int_equal(pattern_skip(any, lines, sizeof(lines) - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_words_are_found_without_their_case),
		cmocka_unit_test(expressions_mean_what_they_mean_elsewhere),
		cmocka_unit_test(words_have_borders_and_classes_have_names),
		cmocka_unit_test(a_point_is_one_character),
		cmocka_unit_test(what_is_no_expression_is_looked_for_as_it_is),
		cmocka_unit_test(matches_are_found_one_after_another),
		cmocka_unit_test(no_expression_makes_it_slow),
		cmocka_unit_test(skipping_leads_to_the_first_line_that_could_meet_it),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
