#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/process.h"
#include "core/spawn.h"
#include "util/own.h"

static int run(const char *script, const int *fds, size_t count, bool session)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	auto_close int program = open("/bin/sh", O_PATH | O_CLOEXEC), pidfd = -1;
	struct spawn spawn = {.program_fd = program,
		.argv = argv,
		.fds = fds,
		.fd_count = count,
		.cgroup_fd = -1,
		.session = session};
	struct row_process process;
	struct err err = {0};
	int code = -1;

	assert_int_equal(spawn_start(&spawn, &pidfd, &process, &err), 0);
	assert_true(process.pid > 0 && process.start > 0);
	assert_int_equal(spawn_wait(pidfd, &code, &err), 0);
	assert_false(process_is_alive(&process));
	return code;
}

static void a_child_ends_with_its_code_or_128_and_its_signal(void **state)
{
	(void)state;
	assert_int_equal(run("exit 42", NULL, 0, false), 42);
	assert_int_equal(run("kill -TERM $$", NULL, 0, false), 128 + SIGTERM);
}

static void a_child_has_the_fds_it_was_given_and_no_other(void **state)
{
	int stray = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
	int ends[2], fds[] = {-1, -1, 2, -1};
	char text[256] = "";

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fds[1] = ends[1];
	assert_int_equal(
		run("for i in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$i ] && echo $i; done; readlink /proc/$$/fd/0",
			fds, 4, false),
		0);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "0\n1\n2\n/dev/null\n");
	close(ends[0]);
	close(ends[1]);
	close(stray);
}

/* A kernel before 5.11, as far as close_range(2) goes. */
static void let_it_mark_nothing(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = array_len(code), .filter = code};

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	assert_int_equal(syscall(SYS_close_range, 1000, ~0u, CLOSE_RANGE_CLOEXEC), -1);
}

static void on_5_10_too(void **state)
{
	int status, pid = fork();

	if (!pid) {
		let_it_mark_nothing();
		a_child_has_the_fds_it_was_given_and_no_other(state);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void fds_may_change_places(void **state)
{
	int ends[2], fds[3];
	char text[8] = "";

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fds[0] = 2;
	fds[1] = 0;
	fds[2] = ends[1];
	assert_int_equal(run("echo two >&2", fds, 3, false), 0);
	assert_int_equal(read(ends[0], text, sizeof(text)), 4);
	assert_string_equal(text, "two\n");
	close(ends[0]);
	close(ends[1]);
}

static void a_child_can_lead_a_session(void **state)
{
	(void)state;
	assert_int_equal(run("set -- $(cat /proc/$$/stat); [ $6 = $$ ]", NULL, 0, true), 0);
	assert_int_equal(run("set -- $(cat /proc/$$/stat); [ $6 = $$ ]", NULL, 0, false), 1);
}

static void a_program_that_cannot_be_executed_is_said_by_the_call(void **state)
{
	const char *argv[] = {"passwd", NULL}, *tasks[] = {"/nonexistent/tasks"};
	auto_close int program = open("/etc/passwd", O_PATH | O_CLOEXEC),
		       shell = open("/bin/sh", O_PATH | O_CLOEXEC);
	struct spawn spawn = {.program_fd = program, .argv = argv, .cgroup_fd = -1};
	struct err err = {0};

	(void)state;
	assert_int_equal(spawn_start(&spawn, NULL, NULL, &err), -EACCES);
	assert_string_equal(err.text, "start passwd: execute it: Permission denied");
	spawn.program_fd = shell;
	spawn.tasks = tasks;
	spawn.tasks_count = 1;
	assert_int_equal(spawn_start(&spawn, NULL, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/tasks"));
}

static void the_callers_signal_mask_does_not_reach_the_child(void **state)
{
	sigset_t all, old;

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	assert_int_equal(run("kill -TERM $$; exit 1", NULL, 0, false), 128 + SIGTERM);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_ends_with_its_code_or_128_and_its_signal),
		cmocka_unit_test(a_child_has_the_fds_it_was_given_and_no_other),
		cmocka_unit_test(on_5_10_too),
		cmocka_unit_test(fds_may_change_places),
		cmocka_unit_test(a_child_can_lead_a_session),
		cmocka_unit_test(a_program_that_cannot_be_executed_is_said_by_the_call),
		cmocka_unit_test(the_callers_signal_mask_does_not_reach_the_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
