/* -v, --mount, --tmpfs and --volumes-from: docker's grammar and its sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mount_option.h"
#include "util/own.h"

static void v_takes_a_path_a_name_or_neither(void **state)
{
	struct mount_option mount;

	(void)state;
	assert_int_equal(mount_option_volume("/a:/b:ro,rslave", &mount, NULL), 0);
	assert_int_equal(mount.type, MOUNT_BIND);
	assert_string_equal(mount.source, "/a");
	assert_string_equal(mount.target, "/b");
	assert_string_equal(mount.mode, "ro,rslave");
	assert_string_equal(mount.propagation, "rslave");
	assert_true(mount.read_only && mount.makes_source);
	mount_option_fini(&mount);

	assert_int_equal(mount_option_volume("data:/b/../c/:nocopy,Z", &mount, NULL), 0);
	assert_int_equal(mount.type, MOUNT_VOLUME);
	assert_string_equal(mount.source, "data");
	assert_string_equal(mount.target, "/c");
	assert_true(mount.no_copy && !mount.read_only && !mount.propagation);
	mount_option_fini(&mount);

	assert_int_equal(mount_option_volume("/only", &mount, NULL), 0);
	assert_int_equal(mount.type, MOUNT_VOLUME);
	assert_null(mount.source);
	assert_string_equal(mount.target, "/only");
	mount_option_fini(&mount);
}

static void wrong_words_of_v_are_answered_as_docker_does(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "invalid volume specification: ''"},
		{":/b", "invalid volume specification: ':/b'"},
		{"/a:", "invalid volume specification: '/a:'"},
		{"/a:ro", "invalid volume specification: '/a:ro'"},
		{"/a:/b:ro:x", "invalid volume specification: '/a:/b:ro:x'"},
		{"/a:/b:wrong", "invalid mode: wrong"},
		{"/a:/b:ro,rw", "invalid mode: ro,rw"},
		{"/a:/b:ro,", "invalid mode: ro,"},
		{"/a:b", "invalid volume specification: '/a:b': invalid mount config for type "
			 "\"bind\": invalid mount path: 'b' mount path must be absolute"},
		{"/a:/", "invalid volume specification: '/a:/': invalid mount config for type "
			 "\"bind\": invalid specification: destination can't be '/'"},
		{"/a:/b/..", "invalid volume specification: '/a:/b/..': invalid mount config for "
			     "type \"bind\": invalid specification: destination can't be '/'"},
		{"x:/b", "create x: volume name is too short, names should be at least two "
			 "alphanumeric characters"},
		{"a/b:/b",
			"create a/b: \"a/b\" includes invalid characters for a local volume "
			"name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to "
			"pass a host directory, use absolute path"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct mount_option mount;
		struct err err = {0};

		assert_true(mount_option_volume(cases[i].text, &mount, &err) < 0);
		assert_string_equal(err.text, cases[i].says);
	}
}

static void mount_reads_every_key(void **state)
{
	struct mount_option mount;

	(void)state;
	assert_int_equal(mount_option_mount("type=bind,src=/a,dst=/b,readonly,bind-propagation="
					    "rprivate,bind-recursive=readonly,bind-create-src",
				 &mount, NULL),
		0);
	assert_int_equal(mount.type, MOUNT_BIND);
	assert_int_equal(mount.depth, MOUNT_DEEP_READ_ONLY);
	assert_true(mount.read_only && mount.makes_source);
	mount_option_fini(&mount);

	assert_int_equal(
		mount_option_mount("\"target=/with,comma\",source=data,volume-opt=type=tmpfs,"
				   "\"volume-opt=o=size=1m,uid=3\",volume-label=k=v,volume-nocopy,"
				   "volume-subpath=a/b,volume-driver=local,ro=false",
			&mount, NULL),
		0);
	assert_int_equal(mount.type, MOUNT_VOLUME);
	assert_string_equal(mount.target, "/with,comma");
	assert_string_equal(strs_env(&mount.options, "o"), "size=1m,uid=3");
	assert_string_equal(mount.labels.v[0], "k=v");
	assert_string_equal(mount.subpath, "a/b");
	assert_true(mount.no_copy && !mount.read_only);
	mount_option_fini(&mount);

	assert_int_equal(
		mount_option_mount("type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1770", &mount, NULL),
		0);
	assert_int_equal(mount.type, MOUNT_TMPFS);
	assert_string_equal(strs_env(&mount.words, "size"), "1048576");
	assert_string_equal(strs_env(&mount.words, "mode"), "1770");
	mount_option_fini(&mount);
}

static void wrong_words_of_mount_are_answered_as_docker_does(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "target is required"},
		{"type=volume", "target is required"},
		{"type=what,dst=/x", "invalid mount config for type \"what\": mount type unknown"},
		{"type=image,dst=/x",
			"mounts of type \"image\" are not supported: use bind, volume "
			"or tmpfs"},
		{"dst=/x,what", "invalid field 'what' must be a key=value pair"},
		{"dst=/x,what=1", "unexpected key 'what' in 'what=1'"},
		{"dst=/x,readonly=maybe", "invalid value for readonly: maybe"},
		{"dst=/x,bind-recursive=disabled",
			"cannot mix 'bind-*' options with mount type 'volume'"},
		{"type=bind,src=/a,dst=/x,volume-nocopy",
			"cannot mix 'volume-*' options with mount type 'bind'"},
		{"dst=/x,tmpfs-size=1m", "cannot mix 'tmpfs-*' options with mount type 'volume'"},
		{"type=tmpfs,dst=/x,tmpfs-mode=9", "invalid value for tmpfs-mode: 9"},
		{"type=tmpfs,dst=/x,tmpfs-size=lots", "invalid value for tmpfs-size: lots"},
		{"type=tmpfs,src=/a,dst=/x",
			"invalid mount config for type \"tmpfs\": field Source must not be "
			"specified"},
		{"type=bind,dst=/x",
			"invalid mount config for type \"bind\": field Source must not "
			"be empty"},
		{"dst=/x,ro",
			"invalid mount config for type \"volume\": must not set ReadOnly mode "
			"when using anonymous volumes"},
		{"type=bind,src=/a,dst=/x,bind-propagation=none", "invalid propagation mode: none"},
		{"type=bind,src=/a,dst=/x,bind-recursive=some",
			"invalid value for bind-recursive: some (must be \"enabled\", \"disabled\", "
			"\"writable\", or \"readonly\")"},
		{"type=bind,src=/a,dst=/x,bind-recursive=readonly",
			"option 'bind-recursive=readonly' requires 'readonly' to be specified in "
			"conjunction"},
		{"dst=/x,src=v1,volume-subpath=/a",
			"volume-subpath /a: must be a relative path inside the volume"},
		{"dst=/x\"y", "parse error on line 1, column 7: bare \" in non-quoted-field"},
		{"\"dst=/x", "parse error on line 1, column 8: extraneous or missing \" in "
			     "quoted-field"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct mount_option mount;
		struct err err = {0};

		assert_true(mount_option_mount(cases[i].text, &mount, &err) < 0);
		assert_string_equal(err.text, cases[i].says);
	}
}

static void a_tmpfs_is_careful_unless_told_otherwise(void **state)
{
	struct mount_option mount;
	struct err err;

	(void)state;
	assert_int_equal(mount_option_tmpfs("/run:size=1m,exec", &mount, NULL), 0);
	assert_int_equal(mount.words.len, 5);
	assert_string_equal(mount.words.v[0], "noexec");
	assert_string_equal(mount.words.v[4], "exec");
	mount_option_fini(&mount);
	assert_true(mount_option_tmpfs("run", &mount, &err) < 0);
	assert_true(mount_option_tmpfs("/", &mount, &err) < 0);
}

static void volumes_from_names_a_container_and_a_mode(void **state)
{
	static const char *const wrong[] = {"", ":ro", "one:", "one:what", "one:ro,nocopy"};
	char *who;
	bool read_only;
	struct err err;

	(void)state;
	assert_int_equal(mount_option_from("one:ro", &who, &read_only, NULL), 0);
	assert_string_equal(who, "one");
	assert_true(read_only);
	free(who);
	assert_int_equal(mount_option_from("one", &who, &read_only, NULL), 0);
	assert_false(read_only);
	free(who);
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_true(mount_option_from(wrong[i], &who, &read_only, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v_takes_a_path_a_name_or_neither),
		cmocka_unit_test(wrong_words_of_v_are_answered_as_docker_does),
		cmocka_unit_test(mount_reads_every_key),
		cmocka_unit_test(wrong_words_of_mount_are_answered_as_docker_does),
		cmocka_unit_test(a_tmpfs_is_careful_unless_told_otherwise),
		cmocka_unit_test(volumes_from_names_a_container_and_a_mode),
	};

	return cmocka_run_group_tests_name("mount_option", tests, NULL, NULL);
}
