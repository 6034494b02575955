#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/spec.h"

/* The least that is a spec, with a place to say more. */
#define MINIMAL(more)                                                                              \
	"{\"ociVersion\":\"1.2.0\",\"process\":{\"user\":{\"uid\":0,\"gid\":0},"                   \
	"\"args\":[\"true\"],\"cwd\":\"/\"},\"root\":{\"path\":\"rootfs\"},"                       \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}" more "}"

static struct spec *read_ok(const char *json)
{
	struct spec *spec = NULL;
	struct err err = {0};

	if (spec_read(json, strlen(json), &spec, &err) < 0)
		fail_msg("%s", err.text);
	return spec;
}

static void refused(const char *json, const char *sentence)
{
	struct spec *spec = NULL;
	struct err err = {0};

	assert_true(spec_read(json, strlen(json), &spec, &err) < 0);
	assert_null(spec);
	assert_string_equal(err.text, sentence);
}

static const char full[] =
	"{\"ociVersion\":\"1.2.0\",\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":24,"
	"\"width\":80},\"user\":{\"uid\":1000,\"gid\":1001,\"umask\":0,\"additionalGids\":[5,0],"
	"\"username\":\"www:www\"},\"args\":[\"sh\",\"-c\",\"echo \\\"\\u0001\\\"\"],"
	"\"env\":[\"PATH=/bin\"],\"cwd\":\"/w\",\"capabilities\":{\"bounding\":[\"CAP_CHOWN\"],"
	"\"permitted\":[\"CAP_CHOWN\"]},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":0,"
	"\"hard\":18446744073709551615}],\"noNewPrivileges\":true,\"oomScoreAdj\":0},"
	"\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"hostname\":\"h\",\"mounts\":[{"
	"\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\",\"options\":[\"nosuid\"]}],"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"network\","
	"\"path\":\"/proc/1/ns/net\"},{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,"
	"\"hostID\":0,\"size\":65536}],\"gidMappings\":[{\"containerID\":0,\"hostID\":0,"
	"\"size\":65536}],\"devices\":[{\"type\":\"c\",\"path\":\"/dev/fuse\",\"major\":10,"
	"\"minor\":229,\"fileMode\":438,\"uid\":0}],\"cgroupsPath\":\"/davit/x\",\"resources\":{"
	"\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\","
	"\"major\":1,\"minor\":-1}],\"memory\":{\"limit\":9007199254740993,\"swap\":-1},"
	"\"cpu\":{\"shares\":1024,\"quota\":50000,\"period\":100000,\"cpus\":\"0-1\"},"
	"\"pids\":{\"limit\":-1},\"blockIO\":{\"weight\":10},\"hugepageLimits\":[{"
	"\"pageSize\":\"2MB\",\"limit\":0}],\"unified\":{\"memory.high\":\"7\"}},"
	"\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"},\"maskedPaths\":[\"/proc/kcore\"],"
	"\"readonlyPaths\":[\"/proc/sys\"],\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"}},"
	"\"annotations\":{\"a.b\":\"c=d\"},\"hooks\":{\"prestart\":[{\"path\":\"/bin/x\","
	"\"args\":[\"x\",\"y\"],\"env\":[\"A=\"],\"timeout\":5}]}}";

static void what_was_written_is_what_was_read(void **state)
{
	auto_of(spec) struct spec *spec = read_ok(full);
	auto_buf text = BUF_INIT;

	(void)state;
	assert_int_equal(spec_write(spec, &text), 0);
	assert_string_equal(buf_text(&text), full);
}

static void each_member_lands_in_its_place(void **state)
{
	auto_of(spec) struct spec *spec = read_ok(full);

	(void)state;
	assert_int_equal(spec->process.rows, 24);
	assert_int_equal(spec->process.user.additional_gids.len, 2);
	assert_int_equal(spec->process.user.additional_gids.v[0].value, 5);
	assert_true(spec->process.user.umask.set);
	assert_true(spec->process.rlimits.v[0].hard == UINT64_MAX);
	assert_string_equal(spec->process.args.v[2], "echo \"\001\"");
	assert_string_equal(spec_find_namespace(spec, "network")->path, "/proc/1/ns/net");
	assert_false(spec->lnx.resources.devices.v[0].major.set);
	assert_int_equal(spec->lnx.resources.devices.v[1].minor.value, -1);
	assert_int_equal(spec->lnx.resources.memory.limit, 9007199254740993);
	assert_string_equal(spec->annotations.v[0], "a.b=c=d");
}

static void unknown_members_are_ignored_and_known_unsupported_ones_refused(void **state)
{
	auto_of(spec) struct spec *spec = read_ok(MINIMAL(",\"solaris\":{\"x\":1},\"hooks\":{}"));

	(void)state;
	assert_string_equal(spec->process.args.v[0], "true");
	refused(MINIMAL(",\"linux\":{\"intelRdt\":{\"closID\":\"x\"}}"),
		"config.json: linux.intelRdt: is not supported");
}

static void a_wrong_type_is_refused_by_the_fields_name(void **state)
{
	(void)state;
	refused("[]", "config.json: must be a JSON object");
	refused("{\"process\":", "config.json: not valid JSON");
	refused("{} x", "config.json: not valid JSON");
	refused("{\"process\":7}", "config.json: process: must be an object");
	refused("{\"process\":{\"args\":\"sh\"}}",
		"config.json: process.args: must be a list of strings");
	refused("{\"process\":{\"user\":{\"uid\":2147483648}}}",
		"config.json: process.user.uid: must be a whole number from 0 to 2147483647");
	refused("{\"process\":{\"user\":{\"additionalGids\":[1,-1]}}}",
		"config.json: process.user.additionalGids[1]: must be a whole number from 0 to "
		"2147483647");
	refused("{\"linux\":{\"namespaces\":[{\"type\":\"pod\"}]}}",
		"config.json: linux.namespaces[0].type: unknown value \"pod\"");
	refused("{\"linux\":{\"sysctl\":{\"a\":1}}}",
		"config.json: linux.sysctl.a: must be a string");
	refused("{\"linux\":{\"resources\":{\"memory\":{\"limit\":1.5}}}}",
		"config.json: linux.resources.memory.limit: must be a whole number from -1 to "
		"9223372036854775807");
}

static void what_types_cannot_say_is_checked_too(void **state)
{
	(void)state;
	refused("{}", "config.json: root.path: must be set");
	refused("{\"root\":{\"path\":\"r\"},\"process\":{\"args\":[]}}",
		"config.json: process.args: must not be empty");
	refused("{\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"sh\"],\"cwd\":\"tmp\"}}",
		"config.json: process.cwd: must be an absolute path");
	refused("{\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\","
		"\"capabilities\":{\"effective\":[\"CAP_KILL\"]}}}",
		"config.json: process.capabilities.effective: must be in permitted too");
	refused(MINIMAL(",\"hostname\":\"h\""), "config.json: hostname: needs a uts namespace");
	refused(MINIMAL(",\"mounts\":[{\"destination\":\"proc\"}]"),
		"config.json: mounts[0].destination: must be an absolute path");
}

static void hostile_paths_into_cgroups_are_refused(void **state)
{
	(void)state;
	refused("{\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"},\"linux\":{"
		"\"namespaces\":[{\"type\":\"mount\"}],\"cgroupsPath\":\"/a/../../b\"}}",
		"config.json: linux.cgroupsPath: must not contain \"..\"");
	refused("{\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"},\"linux\":{"
		"\"namespaces\":[{\"type\":\"mount\"}],\"resources\":{\"unified\":{\"../x\":\"1\"}}}}",
		"config.json: linux.resources.unified: \"../x\" is no file of a cgroup");
}

static void namespaces_are_set_replaced_and_dropped(void **state)
{
	auto_of(spec) struct spec *spec = spec_new();

	(void)state;
	assert_int_equal(spec_set_namespace(spec, "pid", NULL), 0);
	assert_int_equal(spec_set_namespace(spec, "network", NULL), 0);
	assert_int_equal(spec_set_namespace(spec, "network", "/ns"), 0);
	assert_int_equal(spec->lnx.namespaces.len, 2);
	spec_drop_namespace(spec, "pid");
	spec_drop_namespace(spec, "pid");
	assert_null(spec_find_namespace(spec, "pid"));
	assert_string_equal(spec_find_namespace(spec, "network")->path, "/ns");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_what_was_read),
		cmocka_unit_test(each_member_lands_in_its_place),
		cmocka_unit_test(unknown_members_are_ignored_and_known_unsupported_ones_refused),
		cmocka_unit_test(a_wrong_type_is_refused_by_the_fields_name),
		cmocka_unit_test(what_types_cannot_say_is_checked_too),
		cmocka_unit_test(hostile_paths_into_cgroups_are_refused),
		cmocka_unit_test(namespaces_are_set_replaced_and_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
