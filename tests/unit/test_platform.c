#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/image/platform.h"
#include "util/own.h"

static struct platform parsed(const char *text)
{
	struct platform platform = {0};
	struct err err;

	if (platform_parse(text, &platform, &err) < 0)
		fail_msg("%s", err.text);
	return platform;
}

static void reads_as(const char *text, const char *full)
{
	struct platform platform = parsed(text);
	char out[96];

	platform_text(&platform, out);
	assert_string_equal(out, full);
}

static void names_are_normalised(void **state)
{
	struct platform platform;
	struct err err;

	(void)state;
	reads_as("linux/x86_64", "linux/amd64");
	reads_as("Linux/AARCH64", "linux/arm64");
	reads_as("linux/arm64/v8", "linux/arm64");
	reads_as("linux/arm", "linux/arm/v7");
	reads_as("linux/armel", "linux/arm/v6");
	reads_as("linux/arm/6", "linux/arm/v6");
	reads_as("macos/arm64", "darwin/arm64");
	reads_as("arm64", "linux/arm64");
	assert_int_equal(platform_parse("plan10", &platform, &err), -EINVAL);
	assert_string_equal(err.text, "\"plan10\": unknown operating system or architecture");
	assert_int_equal(platform_parse("a/b/c/d", &platform, &err), -EINVAL);
}

static int rank(const char *host, const char *candidate)
{
	struct platform a = parsed(host), b = parsed(candidate);

	return platform_rank(&a, &b);
}

static void the_best_match_wins_and_strangers_do_not_match(void **state)
{
	(void)state;
	assert_true(rank("linux/amd64", "linux/amd64") > rank("linux/amd64", "linux/386"));
	assert_true(rank("linux/amd64", "linux/386") > 0);
	assert_int_equal(rank("linux/amd64", "linux/amd64/v3"), 0);
	assert_true(
		rank("linux/amd64/v3", "linux/amd64/v3") > rank("linux/amd64/v3", "linux/amd64"));
	assert_true(rank("linux/arm/v7", "linux/arm/v7") > rank("linux/arm/v7", "linux/arm/v6"));
	assert_int_equal(rank("linux/arm/v6", "linux/arm/v7"), 0);
	assert_true(rank("linux/arm64", "linux/arm64") > rank("linux/arm64", "linux/arm/v7"));
	assert_true(rank("linux/arm64", "linux/arm/v5") > 0);
	assert_int_equal(rank("linux/amd64", "windows/amd64"), 0);
	assert_int_equal(rank("linux/s390x", "linux/amd64"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_normalised),
		cmocka_unit_test(the_best_match_wins_and_strangers_do_not_match),
	};

	return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
