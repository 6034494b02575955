#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/image/url.h"
#include "util/own.h"

static void relative_addresses_are_joined(void **state)
{
	static const char *const cases[][3] = {
		{"http://a:5000/v2/x/blobs/y", "/other?q=1", "http://a:5000/other?q=1"},
		{"http://a:5000/v2/x/blobs/y", "z", "http://a:5000/v2/x/blobs/z"},
		{"https://a/b", "//cdn.example/c", "https://cdn.example/c"},
		{"https://a/b", "http://b:80/c", "http://b:80/c"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_free char *joined = url_join(cases[i][0], cases[i][1]);

		assert_non_null(joined);
		assert_string_equal(joined, cases[i][2]);
	}
}

static void only_http_and_https_are_addresses(void **state)
{
	static const char *const bad[] = {"file:///etc/passwd", "gopher://a/", "http://user:pw@a/",
		"http://", "http://a b/", "ftp://a/"};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_null(url_join("http://a/", bad[i]));
}

static void an_origin_is_scheme_host_and_port(void **state)
{
	(void)state;
	assert_true(url_same_origin("https://A.example/x", "https://a.example:443/y?z"));
	assert_false(url_same_origin("https://a/x", "http://a/x"));
	assert_false(url_same_origin("https://a/x", "https://a:444/x"));
	assert_false(url_same_origin("https://a/x", "https://a.evil/x"));
	assert_false(url_same_origin("https://a/x", "rubbish"));
}

static void loopback_is_only_what_is_loopback(void **state)
{
	static const char *const yes[] = {
		"localhost", "localhost:5000", "127.0.0.1", "127.9.8.7:1", "[::1]", "[::1]:5000"};
	static const char *const no[] = {"localhost.evil", "127.0.0.1.evil", "128.0.0.1", "[::10]",
		"docker.io", "", "127.1.evil:80"};

	(void)state;
	for (size_t i = 0; i < array_len(yes); i++)
		assert_true(url_host_is_loopback(yes[i]));
	for (size_t i = 0; i < array_len(no); i++)
		assert_false(url_host_is_loopback(no[i]));
}

static void queries_are_appended_and_escaped(void **state)
{
	auto_free char *one = url_add_query("https://a/t", "scope", "repository:a/b:pull");
	auto_free char *two = url_add_query(one, "account", "a&b=c d");

	(void)state;
	assert_string_equal(
		two, "https://a/t?scope=repository%3Aa%2Fb%3Apull&account=a%26b%3Dc%20d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relative_addresses_are_joined),
		cmocka_unit_test(only_http_and_https_are_addresses),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
		cmocka_unit_test(loopback_is_only_what_is_loopback),
		cmocka_unit_test(queries_are_appended_and_escaped),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
