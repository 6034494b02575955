#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/reference.h"

static struct reference ref;
static struct err err;

static void reads_as(const char *text, const char *full, const char *familiar)
{
	auto_buf whole = BUF_INIT, brief = BUF_INIT;

	err.text[0] = '\0';
	if (reference_parse(text, &ref, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	reference_default_tag(&ref);
	reference_text(&ref, &whole);
	reference_familiar(&ref, &brief);
	assert_string_equal(buf_text(&whole), full);
	assert_string_equal(buf_text(&brief), familiar);
}

static void is_refused(const char *text, const char *words)
{
	assert_true(reference_parse(text, &ref, &err) < 0);
	assert_string_equal(err.text, words);
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void short_names_belong_to_the_hub(void **state)
{
	(void)state;
	reads_as("alpine", "docker.io/library/alpine:latest", "alpine:latest");
	reads_as("alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20");
	reads_as("foo/bar", "docker.io/foo/bar:latest", "foo/bar:latest");
	reads_as("docker.io/ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest");
	reads_as("index.docker.io/ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest");
	reads_as("docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest");
	reads_as("example.com", "docker.io/library/example.com:latest", "example.com:latest");
	reads_as("docker.io/a.b/c", "docker.io/a.b/c:latest", "docker.io/a.b/c:latest");
	reads_as("a__b", "docker.io/library/a__b:latest", "a__b:latest");
}

static void a_first_part_with_a_dot_a_colon_or_capitals_is_a_host(void **state)
{
	(void)state;
	reads_as("localhost/foo", "localhost/foo:latest", "localhost/foo:latest");
	reads_as("localhost:5000", "docker.io/library/localhost:5000", "localhost:5000");
	reads_as("foo:5000/bar", "foo:5000/bar:latest", "foo:5000/bar:latest");
	reads_as("quay.io/a/b:1", "quay.io/a/b:1", "quay.io/a/b:1");
	reads_as("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest");
	reads_as("Foo/bar", "Foo/bar:latest", "Foo/bar:latest");
}

static void a_digest_stands_beside_a_tag_or_instead_of_it(void **state)
{
	(void)state;
	reads_as("x@sha256:" HEX64, "docker.io/library/x@sha256:" HEX64, "x@sha256:" HEX64);
	reads_as("x:t@sha256:" HEX64, "docker.io/library/x:t@sha256:" HEX64, "x:t@sha256:" HEX64);
	assert_string_equal(ref.tag, "t");
	assert_string_equal(ref.digest, "sha256:" HEX64);
}

static void bad_names_get_dockers_words(void **state)
{
	static const char *const bad[] = {"", ":", "a:", "a/", "/a", "a//b", "a___b", "a-.b",
		"a/-b", "a b", "a:b:c", "-a", "a@", "x@sha256:abc", "a:.t", "foo:50x/bar", "[::1/x",
		"a..b", "é", "a/b@c"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_refused(bad[i], "invalid reference format");
	is_refused(
		"Alpine", "invalid reference format: repository name (Alpine) must be lowercase");
	is_refused(
		"foo/Bar", "invalid reference format: repository name (foo/Bar) must be lowercase");
	is_refused(HEX64,
		"invalid repository name (" HEX64 "), cannot specify 64-byte hexadecimal strings");
	is_refused("x@sha512:" HEX64, "invalid checksum digest length");
	is_refused("x@md5:0123456789abcdef0123456789abcdef", "unsupported digest algorithm");
}

static void lengths_are_limited(void **state)
{
	char name[400], tag[200] = "a:";

	(void)state;
	memset(name, 'a', 300);
	name[300] = '\0';
	is_refused(name, "repository name must not be more than 255 characters");
	memset(tag + 2, 't', 128);
	assert_int_equal(reference_parse(tag, &ref, &err), 0);
	tag[130] = 't';
	is_refused(tag, "invalid reference format");
}

static void a_refused_name_leaves_the_result_alone(void **state)
{
	struct reference kept = {.name = "kept"};

	(void)state;
	assert_true(reference_parse("a:", &kept, &err) < 0);
	assert_string_equal(kept.name, "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_names_belong_to_the_hub),
		cmocka_unit_test(a_first_part_with_a_dot_a_colon_or_capitals_is_a_host),
		cmocka_unit_test(a_digest_stands_beside_a_tag_or_instead_of_it),
		cmocka_unit_test(bad_names_get_dockers_words),
		cmocka_unit_test(lengths_are_limited),
		cmocka_unit_test(a_refused_name_leaves_the_result_alone),
	};

	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
