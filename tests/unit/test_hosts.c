#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/image/hosts.h"
#include "util/json.h"
#include "util/toml.h"

static const struct hosts_question hub = {.domain = "docker.io", .path = "library/debian"};
static const struct hosts_question own = {.domain = "reg.example:5000", .path = "team/app"};

/* One host a line: "https://name/prefix/repository abilities !insecure ns". */
static void describe(const struct hosts *hosts, struct buf *out)
{
	for (size_t i = 0; i < hosts->len; i++) {
		const struct host_spec *spec = &hosts->v[i];

		buf_addf(out, "%s%s://%s%s/%s %s%s%s%s%s", i ? "\n" : "",
			spec->scheme ? spec->scheme : "?", spec->name, spec->prefix,
			spec->repository, spec->can & HOST_PULL ? "p" : "",
			spec->can & HOST_RESOLVE ? "r" : "", spec->can & HOST_PUSH ? "P" : "",
			spec->insecure ? " insecure" : "", spec->says_origin ? " ns" : "");
	}
}

static cJSON *read_toml(const char *text)
{
	cJSON *toml = NULL;
	struct err err = {0};

	if (toml_parse(text, strlen(text), &toml, &err) < 0)
		fail_msg("%s", err.text);
	return toml;
}

static void check_toml(const struct hosts_question *question, const char *text, const char *wanted)
{
	auto_hosts hosts = {.len = 0};
	auto_json *toml = read_toml(text);
	auto_buf out = BUF_INIT;
	struct err err = {0};

	if (hosts_parse_toml(toml, question, "/dir", &hosts, &err) < 0)
		buf_addf(&out, "error: %s", err.text);
	else
		describe(&hosts, &out);
	assert_string_equal(buf_text(&out), wanted);
}

static void hosts_toml_lists_mirrors_and_the_server_last(void **state)
{
	(void)state;
	check_toml(&hub, "", "https://registry-1.docker.io/v2/library/debian prP");
	check_toml(&hub,
		"server = 'https://registry-1.docker.io'\n"
		"[host.'https://mirror.example']\ncapabilities = ['pull', 'resolve']\n"
		"[host.'http://127.0.0.1:5000/cache/v2/']\noverride_path = true\nskip_verify = true\n",
		"https://mirror.example/v2/library/debian pr ns\n"
		"http://127.0.0.1:5000/cache/v2/library/debian prP insecure ns\n"
		"https://registry-1.docker.io/v2/library/debian prP");
	check_toml(&own, "server = 'http://other:1/x'\ncapabilities=['push']",
		"http://other:1/x/v2/team/app P ns");
}

static void what_hosts_toml_cannot_mean_is_refused(void **state)
{
	(void)state;
	check_toml(&hub, "server = 'ftp://x'", "error: \"ftp://x\" is neither https nor http");
	check_toml(&hub, "[host.'https://a?b']",
		"error: host https://a?b: \"https://a?b\" is no address of a registry");
	check_toml(&hub, "capabilities = ['fly']", "error: unknown capability \"fly\"");
	check_toml(&hub, "[header]\n\"a b\" = 'c'", "error: header a b is none");
	check_toml(&hub, "[header]\na = \"b\\r\\nc\"", "error: header a is none");
	check_toml(
		&hub, "client = [['a', 'b', 'c']]", "error: client wants a certificate and a key");
}

static void files_and_headers_belong_to_their_host(void **state)
{
	auto_hosts hosts = {.len = 0};
	auto_json *toml = read_toml("ca = 'ca.pem'\n[host.'https://m']\nca = ['/a', 'b']\n"
				    "client = [['c', 'k']]\n[host.'https://m'.header]\n"
				    "x-one = 'a'\nx-two = ['b', 'c']");

	(void)state;
	assert_int_equal(hosts_parse_toml(toml, &hub, "/dir", &hosts, NULL), 0);
	assert_int_equal(hosts.v[0].ca_files.len, 2);
	assert_string_equal(hosts.v[0].ca_files.v[0], "/a");
	assert_string_equal(hosts.v[0].ca_files.v[1], "/dir/b");
	assert_string_equal(hosts.v[0].pairs.v[1], "/dir/k");
	assert_int_equal(hosts.v[0].headers.len, 3);
	assert_string_equal(hosts.v[0].headers.v[2], "x-two: c");
	assert_string_equal(hosts.v[1].ca_files.v[0], "/dir/ca.pem");
	assert_int_equal(hosts.v[1].headers.len, 0);
}

static void check_registries(
	const struct hosts_question *question, const char *text, const char *wanted)
{
	auto_hosts hosts = {.len = 0};
	auto_json *toml = read_toml(text);
	auto_buf out = BUF_INIT;
	struct err err = {0};
	size_t fit = 0;

	if (hosts_parse_registries(toml, question, &fit, &hosts, &err) < 0)
		buf_addf(&out, "error: %s", err.text);
	else
		describe(&hosts, &out);
	assert_string_equal(buf_text(&out), wanted);
}

static void registries_conf_rewrites_by_the_longest_prefix(void **state)
{
	struct hosts_question digest = own;

	(void)state;
	digest.by_digest = true;
	check_registries(&own, "[[registry]]\nlocation = 'elsewhere'", "");
	check_registries(&own, "unqualified-search-registries = ['a']", "");
	check_registries(&own,
		"[[registry]]\nlocation = 'reg.example:5000'\ninsecure = true\n"
		"[[registry]]\nprefix = 'reg.example:5000/team'\nlocation = 'new.example/x'\n",
		"?://new.example/v2/x/app prP");
	check_registries(&own, "[[registry]]\nlocation = 'reg.example:5000'\ninsecure = true\n",
		"?://reg.example:5000/v2/team/app prP insecure");
	check_registries(&own,
		"[[registry]]\nlocation = 'reg.example:5000'\n"
		"[[registry.mirror]]\nlocation = 'm1/all'\n"
		"[[registry.mirror]]\nlocation = 'm2'\ninsecure = true\npull-from-mirror = 'digest-only'\n",
		"?://m1/v2/all/team/app pr\n?://reg.example:5000/v2/team/app prP");
	check_registries(&digest,
		"[[registry]]\nlocation = 'reg.example:5000'\n"
		"[[registry.mirror]]\nlocation = 'm2'\ninsecure = true\npull-from-mirror = 'digest-only'\n",
		"?://m2/v2/team/app pr insecure\n?://reg.example:5000/v2/team/app prP");
	check_registries(&own, "[[registry]]\nprefix = 'reg.example:5000'\nblocked = true",
		"error: registry reg.example:5000 is blocked");
	check_registries(&(struct hosts_question){.domain = "a.b.example", .path = "x"},
		"[[registry]]\nprefix = '*.example'\ninsecure = true",
		"?://a.b.example/v2/x prP insecure");
}

static void daemon_json_mirrors_only_the_hub(void **state)
{
	auto_hosts hosts = {.len = 0}, others = {.len = 0};
	auto_json *json = cJSON_Parse("{\"registry-mirrors\":[\"https://m/\",\"http://n:5/\"],"
				      "\"insecure-registries\":[\"10.1.0.0/17\",\"Reg:5000\","
				      "\"fd00::/8\"]}");
	auto_buf out = BUF_INIT;

	(void)state;
	assert_int_equal(hosts_add_origin(&hub, &hosts, NULL), 0);
	assert_int_equal(hosts_parse_daemon(json, &hub, &hosts, NULL), 0);
	describe(&hosts, &out);
	assert_string_equal(buf_text(&out),
		"https://m/v2/library/debian pr\nhttp://n:5/v2/library/debian pr\n"
		"?://registry-1.docker.io/v2/library/debian prP");
	assert_int_equal(hosts_parse_daemon(json, &own, &others, NULL), 0);
	assert_int_equal(others.len, 0);
	assert_true(hosts_is_insecure(json, "10.1.127.9:5000"));
	assert_false(hosts_is_insecure(json, "10.1.128.9:5000"));
	assert_true(hosts_is_insecure(json, "[fd12::1]:5000"));
	assert_false(hosts_is_insecure(json, "[fe80::1]:5000"));
	assert_true(hosts_is_insecure(json, "reg:5000"));
	assert_false(hosts_is_insecure(json, "reg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_toml_lists_mirrors_and_the_server_last),
		cmocka_unit_test(what_hosts_toml_cannot_mean_is_refused),
		cmocka_unit_test(files_and_headers_belong_to_their_host),
		cmocka_unit_test(registries_conf_rewrites_by_the_longest_prefix),
		cmocka_unit_test(daemon_json_mirrors_only_the_hub),
	};

	return cmocka_run_group_tests_name("hosts", tests, NULL, NULL);
}
