/* What can be asked of a shim while its container runs, and what it does by itself. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/shim_rig.h"
#include "util/own.h"
#include "util/path.h"

#define ARGV(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define SH(script) ARGV("sh", "-c", script)
enum { ALL = WIRE_WANT_STDOUT | WIRE_WANT_STDERR | WIRE_WANT_EXIT };
static const char exec_id[] = "e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0";

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

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int stop(struct rig *rig, int fd, int timeout_ms)
{
	return rig_request(rig, fd, WIRE_STOP,
		&(struct wire_stop){.signal = 0, .timeout_ms = timeout_ms},
		sizeof(struct wire_stop));
}

static const struct rig_spec polite = {
	.argv = SH("trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done")};
static const struct rig_spec stubborn = {
	.argv = SH("trap '' TERM; echo up; while :; do sleep 0.05; done")};

static void launch(struct rig *rig, const struct rig_spec *spec)
{
	struct rig_frame frame;

	rig_launch(rig, spec, ALL);
	rig_until(rig->born, WIRE_STDOUT, &frame, NULL);
	rig_until_status(rig, ROW_RUNNING);
}

static void a_polite_process_stops_with_its_own_code(void **state)
{
	struct rig *rig = *state;
	auto_close int client = -1;

	launch(rig, &polite);
	client = rig_connect(rig, 0);
	assert_int_equal(stop(rig, client, -2), 0);
	assert_int_equal(rig_state(rig).status, ROW_EXITED);
	assert_int_equal(rig_state(rig).exit_code, 5);
	assert_true(rig_state(rig).flags & ROW_BY_HAND);
	rig_until_shim_gone(rig);
	assert_true(rig_journal_has(rig, "kill") && rig_journal_has(rig, "stop"));
}

static void a_stubborn_process_is_killed_in_time(void **state)
{
	struct rig *rig = *state;
	auto_close int client = -1;
	double began;

	launch(rig, &stubborn);
	client = rig_connect(rig, 0);
	began = now_s();
	assert_int_equal(stop(rig, client, 300), 0);
	assert_true(now_s() - began > 0.29 && now_s() - began < 2);
	assert_int_equal(rig_state(rig).exit_code, 137);
}

static void the_stop_goes_on_when_the_client_leaves(void **state)
{
	struct rig *rig = *state;
	int client;

	launch(rig, &stubborn);
	client = rig_connect(rig, 0);
	rig_put(client, WIRE_STOP, &(struct wire_stop){.signal = 0, .timeout_ms = 200},
		sizeof(struct wire_stop));
	usleep(50000);
	close(client);
	assert_int_equal(rig_until_exit(rig->born, NULL).code, 137);
}

static void pause_freezes_and_unpause_thaws(void **state)
{
	struct rig *rig = *state;
	struct rig_frame frame;

	rig_launch(
		rig, &(struct rig_spec){.argv = SH("while :; do echo x; sleep 0.02; done")}, ALL);
	rig_until(rig->born, WIRE_STDOUT, &frame, NULL);
	assert_int_equal(rig_request(rig, rig->born, WIRE_PAUSE, NULL, 0), 0);
	assert_int_equal(rig_state(rig).status, ROW_PAUSED);
	assert_int_equal(rig_request(rig, rig->born, WIRE_PAUSE, NULL, 0), -EALREADY);
	while (rig_get(rig->born, &frame, 100))
		;
	assert_false(rig_get(rig->born, &frame, 200));
	assert_int_equal(rig_request(rig, rig->born, WIRE_UNPAUSE, NULL, 0), 0);
	assert_int_equal(rig_state(rig).status, ROW_RUNNING);
	rig_until(rig->born, WIRE_STDOUT, &frame, NULL);
	assert_int_equal(rig_request(rig, rig->born, WIRE_UNPAUSE, NULL, 0), -EALREADY);
	assert_true(rig_journal_has(rig, "pause") && rig_journal_has(rig, "unpause"));
}

static void a_paused_container_can_be_stopped_and_killed(void **state)
{
	struct rig *rig = *state;

	launch(rig, &polite);
	assert_int_equal(rig_request(rig, rig->born, WIRE_PAUSE, NULL, 0), 0);
	assert_int_equal(stop(rig, rig->born, 5000), 0);
	assert_int_equal(rig_state(rig).exit_code, 5);
}

static void execs_have_their_own_codes_and_streams(void **state)
{
	struct rig *rig = *state;
	int fds[6];

	launch(rig, &polite);
	for (int i = 0; i < 6; i++) {
		char script[96], id[65];

		snprintf(script, sizeof(script), "echo out-%d; echo err-%d >&2; exit %d", i, i, i);
		snprintf(id, sizeof(id), "%064d", i);
		fds[i] = rig_exec(rig, &(struct rig_spec){.argv = SH(script)}, ALL, id);
	}
	for (int i = 5; i >= 0; i--) {
		auto_buf out = BUF_INIT;
		char expected[16];

		assert_int_equal(rig_until_exit(fds[i], &out).code, i);
		snprintf(expected, sizeof(expected), "out-%d\n", i);
		assert_non_null(strstr(buf_text(&out), expected));
		assert_non_null(strstr(buf_text(&out), "err-"));
		close(fds[i]);
	}
	assert_int_equal(rig_state(rig).status, ROW_RUNNING);
	assert_true(rig_journal_has(rig, "exec_create") && rig_journal_has(rig, "exec_start"));
	assert_true(rig_journal_has(rig, "exec_die"));
}

static void an_exec_is_inside_and_has_nothing_of_ours(void **state)
{
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;
	auto_close int fd = -1;

	launch(rig, &polite);
	fd = rig_exec(rig,
		&(struct rig_spec){.user = "bob",
			.argv = SH(
				"hostname; id -u; ls /proc/self/fd | tr '\\n' ' '; grep -E 'CapInh|CapEff' /proc/self/status; "
				"readlink /proc/self/ns/net | grep -c $(readlink /proc/1/ns/net 2>/dev/null || echo net); ls /proc/1/root 2>&1")},
		ALL, exec_id);
	rig_until_exit(fd, &out);
	assert_non_null(strstr(buf_text(&out),
		"rig\n1001\n0 1 2 3 CapInh:\t0000000000000000\nCapEff:\t0000000000000000\n"));
}

static void an_exec_with_a_terminal(void **state)
{
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;
	auto_close int fd = -1;

	launch(rig, &polite);
	fd = rig_exec(rig,
		&(struct rig_spec){.flags = PLAN_TTY | PLAN_STDIN,
			.argv = SH("stty size; read x; echo got-$x; exit 3")},
		ALL | WIRE_WANT_STDIN, exec_id);
	rig_put(fd, WIRE_STDIN, "abc\n", 4);
	assert_int_equal(rig_until_exit(fd, &out).code, 3);
	assert_non_null(strstr(buf_text(&out), "24 80"));
	assert_non_null(strstr(buf_text(&out), "got-abc"));
}

static void a_command_that_an_exec_does_not_find_is_127(void **state)
{
	struct rig *rig = *state;
	struct rig_frame frame;
	struct wire_failed failed;
	auto_close int fd = -1;

	launch(rig, &polite);
	fd = rig_exec(rig, &(struct rig_spec){.argv = ARGV("foo")}, ALL, exec_id);
	assert_true(rig_get(fd, &frame, 5000));
	assert_int_equal(frame.head.type, WIRE_FAILED);
	memcpy(&failed, frame.body, sizeof(failed));
	assert_int_equal(failed.exit, 127);
	assert_string_equal(
		frame.body + sizeof(failed), "exec \"foo\": executable file not found in $PATH");
	assert_int_equal(rig_state(rig).status, ROW_RUNNING);
}

static int ask_exec(struct rig *rig)
{
	struct wire_exec exec = {.want = ALL};
	int fd = rig_connect(rig, 0);

	memcpy(exec.id, exec_id, 64);
	rig_put(fd, WIRE_EXEC, &exec, sizeof(exec));
	return fd;
}

static void a_detached_exec_goes_on_and_its_code_can_be_asked_once(void **state)
{
	struct rig *rig = *state;
	struct rig_frame frame;
	int fd;

	launch(rig, &polite);
	fd = rig_exec(rig,
		&(struct rig_spec){
			.argv = SH("echo early; sleep 0.2; echo late; sleep 0.3; exit 9")},
		0, exec_id);
	rig_until(fd, WIRE_STARTED, &frame, NULL);
	close(fd);
	fd = ask_exec(rig);
	rig_until(fd, WIRE_STDOUT, &frame, NULL);
	close(fd);
	usleep(600000);
	fd = ask_exec(rig);
	assert_int_equal(rig_until_exit(fd, NULL).code, 9);
	close(fd);
	fd = ask_exec(rig);
	assert_true(rig_get(fd, &frame, 5000));
	assert_int_equal(frame.head.type, WIRE_FAILED);
	close(fd);
}

static void execs_end_with_the_container(void **state)
{
	struct rig *rig = *state;
	auto_close int fd = -1;

	launch(rig, &polite);
	fd = rig_exec(rig, &(struct rig_spec){.argv = ARGV("sleep", "1000")}, ALL, exec_id);
	usleep(100000);
	assert_int_equal(stop(rig, rig->born, -2), 0);
	assert_int_equal(rig_until_exit(fd, NULL).code, 137);
	rig_until_shim_gone(rig);
}

static void on_failure_restarts_until_its_limit(void **state)
{
	struct rig *rig = *state;

	rig_launch(rig,
		&(struct rig_spec){
			.restart = PLAN_RESTART_ON_FAILURE, .restart_max = 2, .argv = SH("exit 3")},
		ALL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_until_exit(rig->born, NULL).restarting, i < 2);
	rig_until_shim_gone(rig);
	assert_int_equal(rig_state(rig).restarts, 2);
	assert_int_equal(rig_state(rig).status, ROW_EXITED);
}

static void a_stop_ends_the_restarting(void **state)
{
	struct rig *rig = *state;
	auto_buf log = BUF_INIT;

	rig_launch(rig,
		&(struct rig_spec){.restart = PLAN_RESTART_ALWAYS, .argv = SH("hostname; exit 1")},
		ALL);
	for (int i = 0; i < 3; i++)
		assert_true(rig_until_exit(rig->born, NULL).restarting);
	assert_int_equal(rig_state(rig).status, ROW_RESTARTING);
	assert_int_equal(stop(rig, rig->born, -2), 0);
	rig_until_shim_gone(rig);
	assert_int_equal(rig_state(rig).status, ROW_EXITED);
	rig_read(rig->own, "log", &log);
	assert_string_equal(buf_text(&log), "rig\nrig\nrig\n");
}

static void a_restart_by_hand_is_a_new_process_on_the_same_files(void **state)
{
	struct rig *rig = *state;
	struct row_state before, after;
	struct rig_frame frame;
	struct wire_done done;
	auto_buf out = BUF_INIT;

	launch(rig,
		&(struct rig_spec){
			.argv = SH(
				"trap 'exit 0' TERM; echo again >> /tmp/n; wc -l < /tmp/n; while :; do sleep 0.05; done")});
	before = rig_state(rig);
	rig_put(rig->born, WIRE_RESTART, &(struct wire_stop){.signal = 0, .timeout_ms = 5000},
		sizeof(struct wire_stop));
	/* The new process may speak before the answer that it was started. */
	rig_until(rig->born, WIRE_DONE, &frame, &out);
	memcpy(&done, frame.body, sizeof(done));
	assert_int_equal(done.code, 0);
	after = rig_state(rig);
	assert_int_equal(after.status, ROW_RUNNING);
	assert_true(after.init.pid != before.init.pid);
	assert_int_equal(after.restarts, 0);
	if (!out.len) {
		rig_until(rig->born, WIRE_STDOUT, &frame, NULL);
		buf_adds(&out, frame.body);
	}
	assert_string_equal(buf_text(&out), "2\n");
	assert_true(rig_journal_has(rig, "restart"));
}

static void the_sweep_is_started_with_the_roots_and_no_environment(void **state)
{
	struct rig *rig = *state;
	auto_buf seen = BUF_INIT;
	char script[1024], program[128], seen_at[128], expected[512];
	int fd;

	snprintf(seen_at, sizeof(seen_at), "%s/seen", rig->base);
	snprintf(program, sizeof(program), "%s/davit", rig->base);
	/* A script cannot be executed by an fd that closes itself, so a tiny program it is: a copy
	 * of echo. */
	snprintf(script, sizeof(script),
		"printf '#include <stdio.h>\\nint main(int c,char**v){FILE*f=fopen(\"%s.new\",\"w\");"
		"for(int i=1;i<c;i++)fprintf(f,\"%%%%s \",v[i]);fclose(f);return rename(\"%s.new\",\"%s\");}' | "
		"musl-gcc -static -x c - -o %s",
		seen_at, seen_at, seen_at, program);
	assert_int_equal(system(script), 0);
	rig_launch(rig, &(struct rig_spec){.flags = PLAN_AUTO_REMOVE, .davit = program}, ALL);
	rig_until_exit(rig->born, NULL);
	rig_until_shim_gone(rig);
	for (int i = 0; i < 200 && access(seen_at, F_OK); i++)
		usleep(10000);
	fd = open(rig->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rig_read(fd, "seen", &seen);
	close(fd);
	snprintf(expected, sizeof(expected), "--root %s/store --run-root %s/run sweep %s ",
		rig->base, rig->base, rig->id);
	assert_string_equal(buf_text(&seen), expected);
}

static void a_client_that_removes_by_itself_gets_no_sweep(void **state)
{
	struct rig *rig = *state;
	char seen_at[128];

	snprintf(seen_at, sizeof(seen_at), "%s/seen", rig->base);
	rig_launch(rig, &(struct rig_spec){.flags = PLAN_AUTO_REMOVE}, ALL | WIRE_WANT_REMOVE);
	rig_until_exit(rig->born, NULL);
	rig_until_shim_gone(rig);
	assert_int_equal(access(seen_at, F_OK), -1);
}

static void kill_shim(struct rig *rig)
{
	assert_int_equal(syscall(SYS_pidfd_send_signal, rig->shim, SIGKILL, NULL, 0), 0);
	close(take_fd(&rig->born));
	rig_until_shim_gone(rig);
}

static void adopt(struct rig *rig, const struct rig_spec *spec)
{
	auto_buf plan = BUF_INIT;

	rig_plan(rig, spec, PLAN_CONTAINER, &plan);
	rig_launch_plan(rig, &plan, "adopt", 0, NULL);
	for (int i = 0; i < 1000 && faccessat(rig->run, "sock", F_OK, 0); i++)
		usleep(1000);
}

static const struct rig_spec counter = {
	.argv = SH("trap 'exit 6' TERM; i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done")};

static void a_killed_shim_leaves_a_container_that_another_adopts(void **state)
{
	struct rig *rig = *state;
	auto_close int client = -1;
	auto_buf log = BUF_INIT;
	struct rig_frame frame;
	const char *at;

	launch(rig, &counter);
	kill_shim(rig);
	usleep(200000);
	unlinkat(rig->run, "sock", 0);
	adopt(rig, &counter);
	client = rig_connect(rig, ALL);
	rig_until(client, WIRE_STDOUT, &frame, NULL);
	assert_int_equal(rig_state(rig).status, ROW_RUNNING);
	assert_int_equal(stop(rig, client, 5000), 0);
	/* 6.15 and later can still tell; older kernels say that they cannot. */
	if (rig_state(rig).flags & ROW_CODE_LOST) {
		assert_int_equal(rig_state(rig).exit_code, 255);
		assert_memory_equal(
			rig_state(rig).error, "exit code lost: monitor killed at 2", 35);
	} else {
		assert_int_equal(rig_state(rig).exit_code, 6);
	}
	rig_until_shim_gone(rig);
	rig_read(rig->own, "log", &log);
	at = buf_text(&log);
	for (int i = 0; i < 10; i++) { /* not a line is missing across the two monitors */
		assert_int_equal(strtol(at, NULL, 10), i);
		at = strchr(at, '\n') + 1;
	}
}

static void an_adopted_container_can_be_entered(void **state)
{
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;
	auto_close int fd = -1;

	launch(rig, &counter);
	kill_shim(rig);
	unlinkat(rig->run, "sock", 0);
	adopt(rig, &counter);
	fd = rig_exec(rig, &(struct rig_spec){.argv = ARGV("hostname")}, ALL, exec_id);
	assert_int_equal(rig_until_exit(fd, &out).code, 0);
	assert_string_equal(buf_text(&out), "rig\n");
}

static void an_adopted_container_is_restarted_by_its_policy(void **state)
{
	struct rig_spec spec = {
		.restart = PLAN_RESTART_ALWAYS, .argv = SH("echo up; sleep 0.3; exit 1")};
	struct rig *rig = *state;
	auto_close int client = -1;

	launch(rig, &spec);
	kill_shim(rig);
	unlinkat(rig->run, "sock", 0);
	adopt(rig, &spec);
	client = rig_connect(rig, ALL);
	assert_true(rig_until_exit(client, NULL).restarting);
	assert_true(rig_until_exit(client, NULL).restarting);
	assert_int_equal(stop(rig, client, 0), 0);
}

static void a_container_that_ended_unwatched_is_recorded_as_lost(void **state)
{
	struct rig *rig = *state;
	struct row_state row;
	int init;

	launch(rig, &counter);
	row = rig_state(rig);
	kill_shim(rig);
	init = (int)syscall(SYS_pidfd_open, row.init.pid, 0);
	syscall(SYS_pidfd_send_signal, init, SIGKILL, NULL, 0);
	close(init);
	usleep(100000);
	adopt(rig, &counter);
	rig_until_shim_gone(rig);
	row = rig_state(rig);
	assert_int_equal(row.status, ROW_EXITED);
	assert_int_equal(row.exit_code, 255);
	assert_true(row.flags & ROW_CODE_LOST);
	assert_memory_equal(row.error, "exit code lost: monitor killed at 2", 35);
}

static void nothing_but_sigkill_ends_a_shim(void **state)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGQUIT, SIGUSR1, SIGALRM};
	struct rig *rig = *state;

	launch(rig, &polite);
	for (size_t i = 0; i < array_len(signals); i++)
		assert_int_equal(syscall(SYS_pidfd_send_signal, rig->shim, signals[i], NULL, 0), 0);
	usleep(50000);
	assert_int_equal(stop(rig, rig->born, -2), 0);
	assert_int_equal(rig_state(rig).exit_code, 5);
}

static void a_client_that_leaves_before_go_starts_nothing(void **state)
{
	struct rig *rig = *state;
	auto_buf plan = BUF_INIT;

	rig_plan(rig, &polite, PLAN_CONTAINER, &plan);
	rig_launch_plan(rig, &plan, "launch", ALL | RIG_NO_GO, NULL);
	rig_until_status(rig, ROW_STARTING);
	close(take_fd(&rig->born));
	rig_until_shim_gone(rig);
	assert_int_equal(rig_state(rig).status, ROW_CREATED);
	assert_string_equal(rig_state(rig).error, "canceled before the start");
}

static void a_plan_that_is_no_plan_is_refused_in_words(void **state)
{
	struct rig *rig = *state;
	auto_buf plan = BUF_INIT;
	struct rig_frame frame;

	rig_plan(rig, &polite, PLAN_CONTAINER, &plan);
	((struct plan_step *)(plan.data + sizeof(struct plan_header)))->op = 999;
	rig_launch_plan(rig, &plan, "launch", 0, NULL);
	assert_true(rig_get(rig->born, &frame, 5000));
	assert_int_equal(frame.head.type, WIRE_FAILED);
	assert_string_equal(frame.body + sizeof(struct wire_failed),
		"launch plan: a step is unknown to this davit-shim");
}

int main(int argc, char **argv)
{
#define rigged(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		rigged(a_polite_process_stops_with_its_own_code),
		rigged(a_stubborn_process_is_killed_in_time),
		rigged(the_stop_goes_on_when_the_client_leaves),
		rigged(pause_freezes_and_unpause_thaws),
		rigged(a_paused_container_can_be_stopped_and_killed),
		rigged(execs_have_their_own_codes_and_streams),
		rigged(an_exec_is_inside_and_has_nothing_of_ours),
		rigged(an_exec_with_a_terminal),
		rigged(a_command_that_an_exec_does_not_find_is_127),
		rigged(a_detached_exec_goes_on_and_its_code_can_be_asked_once),
		rigged(execs_end_with_the_container),
		rigged(on_failure_restarts_until_its_limit),
		rigged(a_stop_ends_the_restarting),
		rigged(a_restart_by_hand_is_a_new_process_on_the_same_files),
		rigged(the_sweep_is_started_with_the_roots_and_no_environment),
		rigged(a_client_that_removes_by_itself_gets_no_sweep),
		rigged(a_killed_shim_leaves_a_container_that_another_adopts),
		rigged(an_adopted_container_can_be_entered),
		rigged(an_adopted_container_is_restarted_by_its_policy),
		rigged(a_container_that_ended_unwatched_is_recorded_as_lost),
		rigged(nothing_but_sigkill_ends_a_shim),
		rigged(a_client_that_leaves_before_go_starts_nothing),
		rigged(a_plan_that_is_no_plan_is_refused_in_words),
	};

	rig_enter_sandbox(argc, argv);
	return cmocka_run_group_tests_name("shim: control", tests, NULL, NULL);
}
