#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image/auth.h"
#include "core/image/credentials.h"
#include "util/strs.h"

static const char *const variables[] = {"DOCKER_AUTH_CONFIG", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE",
	"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"};
static char dir[32];

static int clean_environment(void **state)
{
	char path[256];

	(void)state;
	strcpy(dir, "/tmp/davit-cred-XXXXXX");
	for (size_t i = 0; i < array_len(variables); i++)
		unsetenv(variables[i]);
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", dir);
	setenv("PATH", path, 1);
	setenv("DOCKER_CONFIG", dir, 1);
	return setenv("HOME", dir, 1);
}

static int remove_files(void **state)
{
	static const char *const names[] = {"config.json", "auth.json", "docker-credential-test"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < array_len(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static void put(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

static int parse(const char *text, const char *host, const char *path, struct credentials *out)
{
	auto_free char *helper = NULL;
	struct err err;

	return credentials_parse(text, strlen(text), host, path, out, &helper, &err);
}

static void a_hosts_entry_gives_user_and_secret(void **state)
{
	auto_credentials c = CREDENTIALS_INIT;

	(void)state;
	assert_int_equal(parse("{\"auths\":{\"localhost:5000\":{\"auth\":\"YWRhOnNlYzpyZXQ=\"}}}",
				 "localhost:5000", "a/b", &c),
		0);
	assert_string_equal(c.user, "ada");
	assert_string_equal(c.secret, "sec:ret");
}

static void another_hosts_entry_is_not_ours(void **state)
{
	static const char *const others[] = {"localhost:500", "localhost:50000", "ocalhost:5000",
		"localhost", "localhost:5000/c", "localhost:5000/a/bc", "localhost:5000.evil"};

	(void)state;
	for (size_t i = 0; i < array_len(others); i++) {
		auto_credentials c = CREDENTIALS_INIT;
		char text[200];

		snprintf(text, sizeof(text), "{\"auths\":{\"%s\":{\"auth\":\"YTpi\"}}}", others[i]);
		assert_int_equal(parse(text, "localhost:5000", "a/b", &c), 0);
		assert_null(c.secret);
	}
}

static void the_longest_name_space_that_fits_wins(void **state)
{
	static const char text[] = "{\"auths\":{\"r.example\":{\"auth\":\"aG9zdDp4\"},"
				   "\"r.example/a\":{\"auth\":\"bmFtZTp4\"},"
				   "\"r.example/a/b/c\":{\"auth\":\"ZGVlcDp4\"}}}";
	auto_credentials one = CREDENTIALS_INIT, two = CREDENTIALS_INIT;

	(void)state;
	assert_int_equal(parse(text, "r.example", "a/b", &one), 0);
	assert_string_equal(one.user, "name");
	assert_int_equal(parse(text, "r.example", "z", &two), 0);
	assert_string_equal(two.user, "host");
}

static void docker_hub_has_a_key_of_its_own(void **state)
{
	auto_credentials c = CREDENTIALS_INIT;

	(void)state;
	assert_int_equal(parse("{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"YTpi\"}}}",
				 "docker.io", "library/debian", &c),
		0);
	assert_string_equal(c.user, "a");
}

static void what_is_no_credential_is_refused(void **state)
{
	static const char *const bad[] = {"", "[]", "{\"auths\":{\"h\":{\"auth\":\"***\"}}}",
		"{\"auths\":{\"h\":{\"auth\":\"YWI=\"}}}"};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		auto_credentials c = CREDENTIALS_INIT;

		assert_int_equal(parse(bad[i], "h", "p", &c), -EINVAL);
	}
}

static void a_helper_for_the_host_beats_the_file(void **state)
{
	static const char text[] = "{\"auths\":{\"h\":{\"auth\":\"YTpi\"}},\"credsStore\":\"all\","
				   "\"credHelpers\":{\"h\":\"one\"}}";
	auto_credentials c = CREDENTIALS_INIT;
	auto_free char *helper = NULL, *other = NULL;

	(void)state;
	assert_int_equal(credentials_parse(text, strlen(text), "h", "p", &c, &helper, NULL), 0);
	assert_string_equal(helper, "one");
	assert_null(c.secret);
	assert_int_equal(credentials_parse(text, strlen(text), "g", "p", &c, &other, NULL), 0);
	assert_string_equal(other, "all");
}

static void a_helper_is_asked_and_inherits_nothing(void **state)
{
	auto_credentials c = CREDENTIALS_INIT;
	struct err err = {0};
	int leak = dup(1);

	(void)state;
	put("docker-credential-test",
		"#!/bin/sh\nread server\n[ -e /proc/$$/fd/9 ] && exit 3\n"
		"printf '{\"Username\":\"%s\",\"Secret\":\"%s\"}' \"$1-$server\" s\n",
		0700);
	put("config.json", "{\"credHelpers\":{\"h:1\":\"test\"}}", 0600);
	assert_int_equal(dup2(leak, 9), 9);
	assert_int_equal(credentials_find("h:1", "p", &c, &err), 0);
	close(leak);
	close(9);
	assert_string_equal(c.user, "get-h:1");
	assert_string_equal(c.secret, "s");
}

static void a_helper_that_knows_nothing_means_anonymous(void **state)
{
	auto_credentials c = CREDENTIALS_INIT;

	(void)state;
	put("docker-credential-test",
		"#!/bin/sh\necho credentials not found in native keychain\nexit 1\n", 0700);
	put("config.json", "{\"credsStore\":\"test\"}", 0600);
	assert_int_equal(credentials_find("h", "p", &c, NULL), 0);
	assert_null(c.secret);
}

static void a_missing_helper_is_named(void **state)
{
	auto_credentials c = CREDENTIALS_INIT;
	struct err err = {0};

	(void)state;
	put("config.json", "{\"credsStore\":\"not-there\"}", 0600);
	assert_int_equal(credentials_find("h", "p", &c, &err), -ENOENT);
	assert_non_null(strstr(err.text, "docker-credential-not-there"));
}

static void podmans_file_is_read_when_docker_knows_nothing(void **state)
{
	auto_credentials c = CREDENTIALS_INIT;
	char path[128];

	(void)state;
	put("config.json", "{\"auths\":{}}", 0600);
	put("auth.json", "{\"auths\":{\"h/p\":{\"auth\":\"cG9kOm1hbg==\"}}}", 0600);
	snprintf(path, sizeof(path), "%s/auth.json", dir);
	setenv("REGISTRY_AUTH_FILE", path, 1);
	assert_int_equal(credentials_find("h", "p/q", &c, NULL), 0);
	assert_string_equal(c.user, "pod");
	assert_string_equal(c.secret, "man");
}

static void a_broken_file_is_named(void **state)
{
	auto_credentials c = CREDENTIALS_INIT;
	struct err err = {0};
	char want[128];

	(void)state;
	put("config.json", "{", 0600);
	snprintf(want, sizeof(want), "credentials in %s/config.json: not a JSON object", dir);
	assert_int_equal(credentials_find("h", "p", &c, &err), -EINVAL);
	assert_string_equal(err.text, want);
}

static void a_tokens_answer_is_read_with_care(void **state)
{
	static const char good[] = "{\"token\":\"t\",\"access_token\":\"a\",\"expires_in\":300,"
				   "\"refresh_token\":\"r\"}";
	static const char *const bad[] = {"", "{}", "{\"token\":\"\"}", "{\"token\":7}",
		"{\"token\":\"a\\r\\nX: y\"}", "[\"token\"]"};
	struct auth_token token;

	(void)state;
	assert_int_equal(auth_parse_token(good, strlen(good), &token, NULL), 0);
	assert_string_equal(token.token, "a");
	assert_string_equal(token.identity, "r");
	assert_int_equal(token.seconds, 300);
	auth_token_fini(&token);
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_int_equal(auth_parse_token(bad[i], strlen(bad[i]), &token, NULL), -EPROTO);
		assert_null(token.token);
	}
}

static void a_token_lasts_at_least_a_minute(void **state)
{
	static const char *const texts[] = {"{\"token\":\"t\"}",
		"{\"token\":\"t\",\"expires_in\":5}", "{\"token\":\"t\",\"expires_in\":-1e300}"};

	(void)state;
	for (size_t i = 0; i < array_len(texts); i++) {
		struct auth_token token;

		assert_int_equal(auth_parse_token(texts[i], strlen(texts[i]), &token, NULL), 0);
		assert_int_equal(token.seconds, 60);
		auth_token_fini(&token);
	}
}

static void put_text(
	const char *text, const char *host, const struct credentials *c, struct buf *out)
{
	struct err err = {0};

	buf_clear(out);
	if (credentials_put(text, strlen(text), host, c, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void what_is_stored_is_found_again_and_the_rest_stays(void **state)
{
	struct credentials ada = {.user = "ada", .secret = "s:e\"c"},
			   token = {.user = "ada", .identity_token = "refresh"};
	auto_credentials found = CREDENTIALS_INIT, other = CREDENTIALS_INIT;
	auto_buf text = BUF_INIT, more = BUF_INIT, less = BUF_INIT;
	auto_free char *helper = NULL;
	bool was;

	(void)state;
	put_text("", "localhost:5000", &ada, &text);
	put_text(buf_text(&text), "docker.io", &token, &more);
	assert_int_equal(credentials_parse(buf_text(&more), more.len, "localhost:5000", "x", &found,
				 &helper, NULL),
		0);
	assert_string_equal(found.user, "ada");
	assert_string_equal(found.secret, "s:e\"c");
	assert_non_null(strstr(buf_text(&more), "https://index.docker.io/v1/"));
	assert_int_equal(credentials_parse(buf_text(&more), more.len, "docker.io", "x", &other,
				 &helper, NULL),
		0);
	assert_string_equal(other.identity_token, "refresh");
	put_text("{\"psFormat\":\"x\",\"auths\":{\"https://h/v1\":{},\"h:1\":{}}}", "h", &ada,
		&text);
	assert_non_null(strstr(buf_text(&text), "psFormat"));
	assert_non_null(strstr(buf_text(&text), "h:1"));
	assert_null(strstr(buf_text(&text), "https://h/v1"));
	assert_int_equal(credentials_drop(buf_text(&text), text.len, "h", &was, &less, NULL), 0);
	assert_true(was);
	assert_non_null(strstr(buf_text(&less), "h:1"));
	assert_null(strstr(buf_text(&less), "\"h\""));
	assert_int_equal(credentials_drop(buf_text(&less), less.len, "h", &was, &text, NULL), 0);
	assert_false(was);
}

static void a_file_that_is_no_json_is_not_overwritten(void **state)
{
	auto_buf out = BUF_INIT;
	struct credentials ada = {.user = "ada", .secret = "s"};
	struct err err;

	(void)state;
	assert_int_equal(credentials_put("{", 1, "h", &ada, &out, &err), -EINVAL);
	assert_int_equal(credentials_put("[]", 2, "h", &ada, &out, &err), -EINVAL);
	assert_int_equal(credentials_put("{\"auths\":7}", 11, "h", &ada, &out, &err), -EINVAL);
}

static void scopes_are_merged_sorted_and_unique(void **state)
{
	auto_free char *scopes = auth_merge_scopes("b:pull", "c:pull  a:pull b:pull");
	auto_free char *same = auth_merge_scopes("b:pull", NULL);

	(void)state;
	assert_string_equal(scopes, "a:pull b:pull c:pull");
	assert_string_equal(same, "b:pull");
}

int main(void)
{
#define with_files(test) cmocka_unit_test_setup_teardown(test, clean_environment, remove_files)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hosts_entry_gives_user_and_secret),
		cmocka_unit_test(another_hosts_entry_is_not_ours),
		cmocka_unit_test(the_longest_name_space_that_fits_wins),
		cmocka_unit_test(docker_hub_has_a_key_of_its_own),
		cmocka_unit_test(what_is_no_credential_is_refused),
		cmocka_unit_test(a_helper_for_the_host_beats_the_file),
		with_files(a_helper_is_asked_and_inherits_nothing),
		with_files(a_helper_that_knows_nothing_means_anonymous),
		with_files(a_missing_helper_is_named),
		with_files(podmans_file_is_read_when_docker_knows_nothing),
		with_files(a_broken_file_is_named),
		cmocka_unit_test(a_tokens_answer_is_read_with_care),
		cmocka_unit_test(a_token_lasts_at_least_a_minute),
		cmocka_unit_test(what_is_stored_is_found_again_and_the_rest_stays),
		cmocka_unit_test(a_file_that_is_no_json_is_not_overwritten),
		cmocka_unit_test(scopes_are_merged_sorted_and_unique),
	};

	return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
