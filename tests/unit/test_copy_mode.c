#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "build/copy.h"

static struct err err;

static mode_t applied(const char *text, mode_t before)
{
	auto_of(copy_mode) struct copy_mode *mode = NULL;

	if (copy_mode_parse(text, &mode, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return copy_mode_apply(mode, before);
}

static void octal_numbers_are_the_mode_whatever_it_was(void **state)
{
	(void)state;
	assert_int_equal(applied("755", S_IFREG | 0600), 0755);
	assert_int_equal(applied("0", S_IFREG | 0600), 0);
	assert_int_equal(applied("07777", S_IFDIR | 0600), 07777);
	assert_int_equal(applied("4755", S_IFREG | 0600), 04755);
}

static void symbols_change_what_they_name_as_chmod_does(void **state)
{
	(void)state;
	assert_int_equal(applied("u=rwX,go=rX", S_IFREG | 0600), 0644);
	assert_int_equal(applied("u=rwX,go=rX", S_IFREG | 0700), 0755);
	assert_int_equal(applied("u=rwX,go=rX", S_IFDIR | 0600), 0755);
	assert_int_equal(applied("go-w", S_IFREG | 0666), 0644);
	assert_int_equal(applied("+x", S_IFREG | 0644), 0755);
	assert_int_equal(applied("a=", S_IFREG | 0755), 0);
	assert_int_equal(applied("g+s", S_IFDIR | 0755), 02755);
	assert_int_equal(applied("+t", S_IFDIR | 0777), 01777);
	assert_int_equal(applied("u+w-x", S_IFREG | 0555), 0655);
}

static void equals_keeps_the_bits_it_cannot_name(void **state)
{
	(void)state;
	assert_int_equal(applied("o=", S_IFREG | 04755), 04750);
}

static void what_is_neither_is_refused_in_buildkits_words(void **state)
{
	static const char *const bad[] = {"", "8", "10000", "77777777777777", "u", "u+q", "u+x,",
		"rwx", "+x755", ",", "a+x,,g+w", "-1", "0x7"};
	struct copy_mode *mode = NULL;

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		if (copy_mode_parse(bad[i], &mode, &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_null(mode);
		assert_non_null(strstr(err.text, "invalid chmod parameter: '"));
	}
}

static void more_clauses_than_anyone_writes_are_refused(void **state)
{
	struct copy_mode *mode = NULL;
	char text[400] = "u";

	(void)state;
	for (int i = 0; i < 33; i++)
		strcat(text, "+x");
	assert_int_equal(copy_mode_parse(text, &mode, &err), -EINVAL);
	text[strlen(text) - 2] = '\0';
	assert_int_equal(applied(text, S_IFREG), 0100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octal_numbers_are_the_mode_whatever_it_was),
		cmocka_unit_test(symbols_change_what_they_name_as_chmod_does),
		cmocka_unit_test(equals_keeps_the_bits_it_cannot_name),
		cmocka_unit_test(what_is_neither_is_refused_in_buildkits_words),
		cmocka_unit_test(more_clauses_than_anyone_writes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
