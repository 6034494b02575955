/* What a container's first process gets, and what a hostile image cannot do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/shim_rig.h"
#include "util/own.h"

#define ARGV(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define SH(script) ARGV("sh", "-c", script)
enum { ALL = WIRE_WANT_STDOUT | WIRE_WANT_STDERR | WIRE_WANT_EXIT };

static int begin(void **state)
{
	*state = rig_new();
	return 0;
}

static int end(void **state)
{
	rig_free(*state);
	return 0;
}

/* Runs to the end; the exit code, and what it printed in out. */
static int run(struct rig *rig, const struct rig_spec *spec, struct buf *out)
{
	rig_launch(rig, spec, ALL);
	return rig_until_exit(rig->born, out).code;
}

static struct wire_failed refusal(struct rig *rig, const struct rig_spec *spec, char sentence[256])
{
	struct rig_frame frame;
	struct wire_failed failed;

	rig_launch(rig, spec, ALL);
	do
		assert_true(rig_get(rig->born, &frame, 10000));
	while (frame.head.type == WIRE_WELCOME);
	assert_int_equal(frame.head.type, WIRE_FAILED);
	memcpy(&failed, frame.body, sizeof(failed));
	snprintf(sentence, 256, "%.200s", frame.body + sizeof(failed));
	return failed;
}

static void true_ends_with_0_and_the_record_says_so(void **state)
{
	struct rig *rig = *state;
	struct rig_frame frame;
	struct row_state row;

	rig_launch(rig, &(struct rig_spec){0}, ALL);
	rig_until(rig->born, WIRE_STARTED, &frame, NULL);
	assert_int_equal(rig_until_exit(rig->born, NULL).code, 0);
	row = rig_state(rig);
	assert_int_equal(row.status, ROW_EXITED);
	assert_int_equal(row.exit_code, 0);
	assert_true(row.started_ns && row.finished_ns >= row.started_ns);
	rig_until_shim_gone(rig);
	assert_true(rig_journal_has(rig, "start"));
	assert_true(rig_journal_has(rig, "die"));
	assert_int_equal(faccessat(rig->run, "sock", F_OK, 0), -1);
}

static void as_an_old_kernel(void **state)
{
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(rig,
			&(struct rig_spec){
				.argv = SH(
					"touch /proc/sys/kernel/domainname; cat /proc/kcore; echo $(ls /)"),
				.avoid = ~0ull,
				.bind = "/usr"},
			&out),
		0);
	assert_non_null(strstr(buf_text(&out), "bin dev etc mnt proc root run sys tmp"));
	assert_non_null(strstr(buf_text(&out), "Read-only file system"));
}

static void false_ends_with_1(void **state)
{
	assert_int_equal(run(*state, &(struct rig_spec){.argv = ARGV("false")}, NULL), 1);
}

static void a_signal_makes_128_and_its_number(void **state)
{
	struct rig *rig = *state;
	struct wire_exit result;

	rig_launch(rig, &(struct rig_spec){.argv = SH("exec sleep 100")}, ALL);
	rig_until_status(rig, ROW_RUNNING);
	assert_int_equal(rig_request(rig, rig->born, WIRE_SIGNAL, &(struct wire_signal){9, 1},
				 sizeof(struct wire_signal)),
		0);
	result = rig_until_exit(rig->born, NULL);
	assert_int_equal(result.code, 137);
	assert_int_equal(result.signal, 9);
	assert_true(rig_state(rig).flags & ROW_BY_HAND);
}

static void a_missing_command_is_127_and_named(void **state)
{
	char sentence[256];
	struct wire_failed failed =
		refusal(*state, &(struct rig_spec){.argv = ARGV("foo")}, sentence);

	assert_int_equal(failed.exit, 127);
	assert_string_equal(sentence, "exec \"foo\": executable file not found in $PATH");
	assert_int_equal(rig_state(*state).status, ROW_CREATED);
	assert_string_equal(rig_state(*state).error, sentence);
	rig_until_shim_gone(*state);
}

static void a_missing_path_is_127(void **state)
{
	char sentence[256];

	assert_int_equal(
		refusal(*state, &(struct rig_spec){.argv = ARGV("/no/such")}, sentence).exit, 127);
	assert_string_equal(sentence, "exec /no/such: no such file or directory");
}

static void what_may_not_be_executed_is_126(void **state)
{
	char sentence[256];

	assert_int_equal(
		refusal(*state, &(struct rig_spec){.argv = ARGV("/etc/passwd")}, sentence).exit,
		126);
	assert_string_equal(sentence, "exec /etc/passwd: permission denied");
}

static void a_directory_is_126(void **state)
{
	char sentence[256];

	assert_int_equal(
		refusal(*state, &(struct rig_spec){.argv = ARGV("/tmp")}, sentence).exit, 126);
}

static void nothing_is_left_of_a_start_that_failed(void **state)
{
	struct rig *rig = *state;
	char sentence[256], dir[128];

	refusal(rig, &(struct rig_spec){.argv = ARGV("foo")}, sentence);
	rig_until_shim_gone(rig);
	snprintf(dir, sizeof(dir), "/sys/fs/cgroup/%srig-%.20s", rig->has_v1 ? "pids/" : "",
		rig->id + 44);
	assert_int_equal(access(dir, F_OK), -1);
	assert_int_equal(faccessat(rig->run, "sock", F_OK, 0), -1);
}

static void only_stdio_is_open_inside(void **state)
{
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(*state, &(struct rig_spec){.argv = ARGV("ls", "/proc/self/fd")}, &out), 0);
	assert_string_equal(buf_text(&out), "0\n1\n2\n3\n"); /* 3 is ls reading the directory */
}

static void the_mounts_are_dockers(void **state)
{
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(*state,
			&(struct rig_spec){
				.argv = SH(
					"cat /proc/keys; cat /proc/kcore | wc -c; ls /sys/firmware | wc -l; hostname; "
					"touch /sys/x || touch /proc/sys/x; stat -c %t:%T /dev/null; ls /dev | tr '\\n' ' '; "
					"stat -c %a /dev/shm; grep -c . /proc/self/mountinfo >/dev/null; ps | wc -l")},
			&out),
		0);
	assert_non_null(strstr(buf_text(&out), "0\n0\nrig\n"));
	assert_non_null(strstr(buf_text(&out), "touch: /sys/x: Read-only file system"));
	assert_non_null(strstr(buf_text(&out),
		"1:3\nfd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "));
	assert_non_null(strstr(buf_text(&out), "1777\n"));
}

static void no_mount_of_the_host_is_seen(void **state)
{
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(*state,
			&(struct rig_spec){
				.argv = SH(
					"grep -c -v -E ' / (ro|rw|/)|overlay|proc|tmpfs|devpts|mqueue|sysfs|devtmpfs|/null' /proc/self/mountinfo; "
					"grep -c ' /var' /proc/self/mountinfo")},
			&out),
		1);
	assert_string_equal(buf_text(&out), "0\n0\n");
}

static void capabilities_are_the_plans_and_none_is_inheritable(void **state)
{
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(*state, &(struct rig_spec){.argv = ARGV("grep", "Cap", "/proc/self/status")},
			&out),
		0);
	assert_string_equal(buf_text(&out),
		"CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\n"
		"CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\n");
}

static void another_user_has_no_capability_and_exact_groups(void **state)
{
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(*state,
			&(struct rig_spec){.user = "bob",
				.argv = SH(
					"id -u; id -g; id -G; grep -E 'CapPrm|CapEff' /proc/self/status; echo $HOME; echo ok > /dev/stdout")},
			&out),
		0);
	assert_string_equal(buf_text(&out), "1001\n1002\n1002 10 29\nCapPrm:\t0000000000000000\n"
					    "CapEff:\t0000000000000000\n/home/bob\nok\n");
}

static void a_user_is_read_strictly(void **state)
{
	static const struct {
		const char *user, *says; /* begins with "user " or "group ": the refusal */
	} table[] = {
		{"1", "1:0"},
		{"1:", "1:0"},
		{"1:7", "1:7"},
		{"bob:audio", "1001:29"},
		{"1001", "1001:1002"},
		{":7", "0:7"},
		{"0", "0:0"},
		{"2147483647", "2147483647:0"},
		{"1x", "user \"1x\": no such user in /etc/passwd"},
		{"-1", "user \"-1\": no such user in /etc/passwd"},
		{"+1", "user \"+1\": no such user in /etc/passwd"},
		{" 1", "user \" 1\": no such user in /etc/passwd"},
		{"2147483648", "user 2147483648: a user's number is at most 2147483647"},
		{"4294967296", "user 4294967296: a user's number is at most 2147483647"},
		{"4294967295:0", "user 4294967295: a user's number is at most 2147483647"},
		{"99999999999999999999",
			"user 99999999999999999999: a user's number is at most 2147483647"},
		{"alice", "user \"alice\": no such user in /etc/passwd"},
		{"bob:nobodies", "group \"nobodies\": no such group in /etc/group"},
		{"bob:-1", "group \"-1\": no such group in /etc/group"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(table); i++) {
		struct rig *rig = rig_new();
		struct rig_spec spec = {
			.bare = true, .user = table[i].user, .argv = SH("echo $(id -u):$(id -g)")};
		char sentence[256];

		if (strncmp(table[i].says, "user", 4) && strncmp(table[i].says, "group", 5)) {
			auto_buf out = BUF_INIT;

			assert_int_equal(run(rig, &spec, &out), 0);
			snprintf(sentence, sizeof(sentence), "%.*s", (int)out.len - 1,
				buf_text(&out));
		} else {
			assert_int_equal(refusal(rig, &spec, sentence).exit, 125);
		}
		assert_string_equal(sentence, table[i].says);
		rig_free(rig);
	}
}

static void a_fifo_as_passwd_is_not_waited_for(void **state)
{
	struct rig *rig = *state;
	char sentence[256];

	assert_int_equal(unlinkat(rig->root, "etc/passwd", 0), 0);
	assert_int_equal(mkfifoat(rig->root, "etc/passwd", 0600), 0);
	refusal(rig, &(struct rig_spec){.user = "bob", .bare = true}, sentence);
	assert_string_equal(sentence, "user \"bob\": no such user in /etc/passwd");
}

static void an_endless_device_as_passwd_is_not_read(void **state)
{
	struct rig *rig = *state;
	char sentence[256];

	assert_int_equal(unlinkat(rig->root, "etc/passwd", 0), 0);
	assert_int_equal(mknodat(rig->root, "etc/passwd", S_IFCHR | 0666, makedev(1, 5)), 0);
	refusal(rig, &(struct rig_spec){.user = "bob", .bare = true}, sentence);
	assert_string_equal(sentence, "user \"bob\": no such user in /etc/passwd");
}

static void replace_by_link(struct rig *rig, const char *name, const char *target)
{
	assert_int_equal(unlinkat(rig->root, name, AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat(target, rig->root, name), 0);
}

static void a_link_at_a_kernels_mount_point_is_refused(void **state)
{
	static const char *const names[] = {"proc", "dev", "sys"};

	(void)state;
	for (size_t i = 0; i < array_len(names); i++) {
		struct rig *rig = rig_new();
		char sentence[256], expected[128];

		replace_by_link(rig, names[i], "../../../../tmp");
		refusal(rig, &(struct rig_spec){.bare = true}, sentence);
		snprintf(expected, sizeof(expected), "mount point /%s is behind a symbolic link",
			names[i]);
		assert_string_equal(sentence, expected);
		rig_free(rig);
	}
}

static void a_bind_through_a_link_stays_inside(void **state)
{
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;

	mkdir("/tmp/outside", 0755);
	replace_by_link(rig, "mnt", "../../../../tmp/outside/new");
	assert_int_equal(run(rig,
				 &(struct rig_spec){.bind = "/usr/share",
					 .argv = SH("ls -d /tmp/outside/new/doc; touch /mnt/x")},
				 &out),
		1);
	assert_non_null(strstr(buf_text(&out), "/tmp/outside/new/doc\n"));
	assert_non_null(strstr(buf_text(&out), "Read-only file system"));
	assert_int_equal(access("/tmp/outside/new", F_OK), -1);
}

static void a_working_directory_never_leads_out(void **state)
{
	static const char *const ways[] = {"/proc/self/fd/3", "/proc/self/fd/5", "/proc/self/fd/7",
		"/proc/self/fd/8", "/proc/self/fd/10/../..", "/proc/self/cwd", "/proc/1/root"};

	(void)state;
	for (size_t i = 0; i < array_len(ways); i++) {
		struct rig *rig = rig_new();
		char sentence[256];

		assert_int_equal(
			refusal(rig, &(struct rig_spec){.bare = true, .cwd = ways[i]}, sentence)
				.exit,
			126);
		rig_free(rig);
	}
}

static void a_missing_working_directory_is_made(void **state)
{
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(*state, &(struct rig_spec){.cwd = "/a/b/c", .argv = ARGV("pwd")}, &out), 0);
	assert_string_equal(buf_text(&out), "/a/b/c\n");
}

/* CVE-2019-5736: the entry point is whatever runs just then, which is davit-shim; it has no such
 * verb and says so. */
static void executing_proc_self_exe_runs_the_shims_usage_only(void **state)
{
	struct rig *rig = *state;

	rig_launch(rig, &(struct rig_spec){.argv = ARGV("/proc/self/exe", "launch")}, ALL);
	assert_int_equal(rig_until_exit(rig->born, NULL).code, 2);
	rig_until_shim_gone(rig);
}

static void the_shims_file_cannot_be_reopened_for_writing(void **state)
{
	struct rig *rig = *state;
	char name[64];
	auto_close int exe = -1;

	rig_launch(rig, &(struct rig_spec){.argv = ARGV("sleep", "100")}, ALL);
	rig_until_status(rig, ROW_RUNNING);
	snprintf(name, sizeof(name), "/proc/%d/exe", rig->shim_pid);
	exe = open(name, O_RDONLY | O_CLOEXEC);
	assert_true(exe >= 0);
	rig_request(rig, rig->born, WIRE_SIGNAL, &(struct wire_signal){9, 1},
		sizeof(struct wire_signal));
	rig_until_shim_gone(rig);
	/* While it ran, ETXTBSY protected it; now its mount does. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", exe);
	assert_int_equal(open(name, O_WRONLY | O_CLOEXEC), -1);
	assert_int_equal(errno, EROFS);
}

static void processes_are_limited_and_all_end_with_the_first(void **state)
{
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(rig,
			&(struct rig_spec){.pids_max = "20",
				.argv = SH(
					"i=0; while [ $i -lt 60 ]; do sleep 1000 & i=$((i+1)); done; exit 3")},
			&out),
		2);
	assert_non_null(strstr(buf_text(&out), "can't fork"));
	rig_until_shim_gone(rig);
}

static void orphans_are_reaped(void **state)
{
	auto_buf out = BUF_INIT;

	assert_int_equal(
		run(*state,
			&(struct rig_spec){.host_pids = true,
				.argv = SH(
					"for i in 1 2 3 4 5; do (sleep 0.01 &) ; done; sleep 0.2; (sleep 1000 &); exit 4")},
			&out),
		4);
	rig_until_shim_gone(*state);
}

static void memory_beyond_the_limit_is_oom(void **state)
{
	struct rig *rig = *state;
	struct wire_exit result;

	rig_launch(rig,
		&(struct rig_spec){
			.memory_max = "8388608", .argv = SH("x=a; while :; do x=$x$x; done")},
		ALL);
	result = rig_until_exit(rig->born, NULL);
	assert_int_equal(result.code, 137);
	assert_true(result.flags & ROW_OOM);
	assert_true(rig_journal_has(rig, "oom"));
}

int main(int argc, char **argv)
{
#define rigged(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		rigged(true_ends_with_0_and_the_record_says_so),
		rigged(as_an_old_kernel),
		rigged(false_ends_with_1),
		rigged(a_signal_makes_128_and_its_number),
		rigged(a_missing_command_is_127_and_named),
		rigged(a_missing_path_is_127),
		rigged(what_may_not_be_executed_is_126),
		rigged(a_directory_is_126),
		rigged(nothing_is_left_of_a_start_that_failed),
		rigged(only_stdio_is_open_inside),
		rigged(the_mounts_are_dockers),
		rigged(no_mount_of_the_host_is_seen),
		rigged(capabilities_are_the_plans_and_none_is_inheritable),
		rigged(another_user_has_no_capability_and_exact_groups),
		cmocka_unit_test(a_user_is_read_strictly),
		rigged(a_fifo_as_passwd_is_not_waited_for),
		rigged(an_endless_device_as_passwd_is_not_read),
		cmocka_unit_test(a_link_at_a_kernels_mount_point_is_refused),
		rigged(a_bind_through_a_link_stays_inside),
		cmocka_unit_test(a_working_directory_never_leads_out),
		rigged(a_missing_working_directory_is_made),
		rigged(executing_proc_self_exe_runs_the_shims_usage_only),
		rigged(the_shims_file_cannot_be_reopened_for_writing),
		rigged(processes_are_limited_and_all_end_with_the_first),
		rigged(orphans_are_reaped),
		rigged(memory_beyond_the_limit_is_oom),
	};

	rig_enter_sandbox(argc, argv);
	return cmocka_run_group_tests_name("shim: running", tests, NULL, NULL);
}
