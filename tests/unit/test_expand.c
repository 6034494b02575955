#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build/expand.h"

static struct err err;

static const char *look_up(void *context, const char *name)
{
	static const char *const env[][2] = {{"PWD", "/home"}, {"SHELL", "bash"}, {"EMPTY", ""},
		{"PATH2", "a:b:c"}, {"FILE", "/usr/src/app.tar.gz"}, {"STARS", "a*b*c"},
		{"SPACED", "x  y"}, {"SLASHES", "foo/bar/baz"}, {"REPEAT", "foobarfoobar"},
		{"KOREAN", "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4"}, {"\xc3\xa9", "e"}};

	(void)context;
	for (size_t i = 0; i < sizeof(env) / sizeof(env[0]); i++)
		if (strcmp(env[i][0], name) == 0)
			return env[i][1];
	return NULL;
}

static struct expander x = {.escape = '\\', .lookup = look_up};

static void becomes(const char *word, const char *expected)
{
	auto_buf out = BUF_INIT;

	if (expand_word(&x, piece_of(word), &out, &err) < 0)
		fail_msg("%s: %s", word, err.text);
	assert_string_equal(buf_text(&out), expected);
}

static void is_refused(const char *word, const char *words)
{
	auto_buf out = BUF_INIT;

	if (expand_word(&x, piece_of(word), &out, &err) == 0)
		fail_msg("%s became %s", word, buf_text(&out));
	if (!strstr(err.text, words))
		fail_msg("%s: %s", word, err.text);
}

static void a_variable_is_its_value_and_nothing_when_unset(void **state)
{
	(void)state;
	becomes("he$PWD", "he/home");
	becomes("he$PWD.", "he/home.");
	becomes("he${PWD}x", "he/homex");
	becomes("he$NONE", "he");
	becomes("he${NONE}xx", "hexx");
	becomes("he$EMPTY.", "he.");
	becomes("$\xc3\xa9", "e");
	becomes("$", "$");
	becomes("a$", "a$");
	becomes("$:x", "$:x");
	becomes("$0x", "x");
	becomes("$12x", "x");
	becomes("$@$*$#$?$-$!", "");
	becomes("$$PWD", "PWD");
}

static void quotes_and_escapes_go(void **state)
{
	(void)state;
	becomes("he'll'o", "hello");
	becomes("he\"ll\"o", "hello");
	becomes("'$PWD'", "$PWD");
	becomes("\"$PWD\"", "/home");
	becomes("\\$PWD", "$PWD");
	becomes("\\\\$PWD", "\\/home");
	becomes("\"\\$PWD\"", "$PWD");
	becomes("\"a\\b\"", "a\\b");
	becomes("a\\b", "ab");
	becomes("\"he\\\"llo\"", "he\"llo");
	becomes("'he\\llo'", "he\\llo");
	becomes("he\\'hi", "he'hi");
	becomes("a\\", "a");
	becomes("\"'\"", "'");
	is_refused("he'llo", "matching single-quote");
	is_refused("he\"llo", "matching double-quote");
}

static void the_other_escape_makes_backslashes_plain(void **state)
{
	(void)state;
	x.escape = '`';
	becomes("C:\\$PWD", "C:\\/home");
	becomes("`$PWD", "$PWD");
	becomes("\"`\"\"", "\"");
	x.escape = '\\';
}

static void what_else_a_variable_may_be(void **state)
{
	(void)state;
	becomes("${NONE:-x}", "x");
	becomes("${NONE-x}", "x");
	becomes("${EMPTY:-x}", "x");
	becomes("${EMPTY-x}", "");
	becomes("${PWD:-x}", "/home");
	becomes("${NONE:+x}", "");
	becomes("${EMPTY:+x}", "");
	becomes("${EMPTY+x}", "x");
	becomes("${PWD:+x}", "x");
	becomes("${NONE:-$PWD}", "/home");
	becomes("${NONE:-${NONE:-$SHELL}}x", "bashx");
	becomes("${NONE:-'a}b'}", "a}b");
	becomes("${NONE:-a\\}b}", "a}b");
	becomes("${PWD:?not used}", "/home");
	is_refused("${NONE:?}", "NONE: is not allowed to be unset");
	is_refused("${NONE?}", "NONE: is not allowed to be unset");
	is_refused("${EMPTY:?}", "EMPTY: is not allowed to be empty");
	is_refused("${NONE:?say it}", "NONE: say it");
	becomes("${EMPTY?}", "");
}

static void braces_have_a_grammar(void **state)
{
	(void)state;
	is_refused("${", "syntax error: missing '}'");
	is_refused("${PWD", "syntax error: missing '}'");
	is_refused("${PWD:-a", "syntax error: missing '}'");
	is_refused("${}", "bad substitution");
	is_refused("${{x}", "bad substitution");
	is_refused("${:x}", "bad substitution");
	is_refused("${PWD:#x}", "unsupported modifier (:#) in substitution");
	is_refused("${PWD!}", "unsupported modifier (!) in substitution");
	is_refused("a ${", "failed to process \"a ${\": ");
}

static void patterns_cut_at_both_ends(void **state)
{
	(void)state;
	becomes("${FILE#*/}", "usr/src/app.tar.gz");
	becomes("${FILE##*/}", "app.tar.gz");
	becomes("${FILE%.*}", "/usr/src/app.tar");
	becomes("${FILE%%.*}", "/usr/src/app");
	becomes("${FILE%/*}", "/usr/src");
	becomes("${FILE#x}", "/usr/src/app.tar.gz");
	becomes("${PATH2#?:}", "b:c");
	becomes("${PATH2%:?}", "a:b");
	becomes("${STARS#*\\*}", "b*c");
	becomes("${STARS##*\\*}", "c");
	becomes("${STARS%\\**}", "a*b");
	becomes("${STARS%%\\**}", "a");
	becomes("${KOREAN#?}", "\xea\xb5\xad\xec\x96\xb4");
	becomes("${KOREAN%?}", "\xed\x95\x9c\xea\xb5\xad");
	becomes("${NONE#x}", "");
	is_refused("${PWD#\\a}", "invalid pattern");
}

static void patterns_are_replaced_once_or_everywhere(void **state)
{
	(void)state;
	becomes("${SLASHES/bar/x}", "foo/x/baz");
	becomes("${SLASHES//a/o}", "foo/bor/boz");
	becomes("${SLASHES/\\//:}", "foo:bar/baz");
	becomes("${SLASHES//\\//:}", "foo:bar:baz");
	becomes("${REPEAT/foo/}", "barfoobar");
	becomes("${REPEAT//foo/}", "barbar");
	becomes("${REPEAT//foo/$SHELL}", "bashbarbashbar");
	becomes("${REPEAT/o*b/X}", "fXar");
	becomes("${REPEAT//?/.}", "............");
	becomes("${SHELL//x*/-}", "bash");
	becomes("${SHELL/*/-}", "-");
	is_refused("${SHELL/a", "syntax error: missing '/' in ${}");
	is_refused("${SHELL/a/b", "syntax error: missing '}'");
}

static void splits(const char *word, const char *joined)
{
	auto_strs words = STRS_INIT;
	auto_buf out = BUF_INIT;

	if (expand_words(&x, piece_of(word), &words, &err) < 0)
		fail_msg("%s: %s", word, err.text);
	for (size_t i = 0; i < words.len; i++)
		buf_addf(&out, "%s%s", i ? "|" : "", words.v[i]);
	assert_string_equal(buf_text(&out), joined);
}

static void words_end_at_blanks_that_nothing_protects(void **state)
{
	(void)state;
	splits("a  b\tc", "a|b|c");
	splits("a 'b c' d", "a|b c|d");
	splits("a\\ b c", "a b|c");
	splits("$SPACED z", "x|y|z");
	splits("\"$SPACED\" z", "x  y|z");
	splits("$EMPTY a", "a");
	splits("a$NONE", "a");
}

static void keeping_what_is_unset_keeps_it_whole(void **state)
{
	(void)state;
	x.keep_unset = true;
	becomes("$NONE ${NONE} ${NONE:-$PWD} ${NONE/a/b}",
		"$NONE ${NONE} ${NONE:-/home} ${NONE/a/b}");
	becomes("$PWD", "/home");
	x.keep_unset = false;
}

static void a_heredocs_quotes_are_text(void **state)
{
	(void)state;
	x.skip_quotes = true;
	becomes("it's \"$PWD\" \\$PWD", "it's \"/home\" $PWD");
	x.skip_quotes = false;
}

static int misses;

static void miss(void *context, const char *name)
{
	(void)context;
	misses += strcmp(name, "NONE") == 0;
}

static void only_a_plain_use_of_what_is_unset_is_noticed(void **state)
{
	(void)state;
	x.missed = miss;
	misses = 0;
	becomes("${NONE:-a}${NONE+b}$PWD", "a/home");
	assert_int_equal(misses, 0);
	becomes("$NONE${NONE}", "");
	assert_int_equal(misses, 2);
	x.missed = NULL;
}

static void what_grows_without_end_is_stopped(void **state)
{
	auto_buf word = BUF_INIT, deep = BUF_INIT;

	(void)state;
	for (int i = 0; i < 60; i++)
		buf_adds(&deep, "${NONE:-");
	is_refused(buf_text(&deep), "");
	for (int i = 0; i < 300000; i++)
		buf_adds(&word, "$PWD");
	is_refused(buf_text(&word), "it expands to more than 1 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_variable_is_its_value_and_nothing_when_unset),
		cmocka_unit_test(quotes_and_escapes_go),
		cmocka_unit_test(the_other_escape_makes_backslashes_plain),
		cmocka_unit_test(what_else_a_variable_may_be),
		cmocka_unit_test(braces_have_a_grammar),
		cmocka_unit_test(patterns_cut_at_both_ends),
		cmocka_unit_test(patterns_are_replaced_once_or_everywhere),
		cmocka_unit_test(words_end_at_blanks_that_nothing_protects),
		cmocka_unit_test(keeping_what_is_unset_keeps_it_whole),
		cmocka_unit_test(a_heredocs_quotes_are_text),
		cmocka_unit_test(only_a_plain_use_of_what_is_unset_is_noticed),
		cmocka_unit_test(what_grows_without_end_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
