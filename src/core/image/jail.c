#include "core/image/jail.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "util/own.h"

enum { STACK_SIZE = 64 * 1024, NOTICE_MS = 100 };

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* What the child needs, and what it leaves: it runs in our memory until its exec. */
struct birth {
	const struct jail_program *program;
	int out_fd, null_fd;
	sigset_t signals;
	int failed;
};

/* Its exec never returns to take back AddressSanitizer's marks in what is the parent's memory. */
static __attribute__((no_sanitize("address"))) int child(void *arg)
{
	struct birth *birth = arg;
	const struct jail_program *program = birth->program;

	for (int signal = 1; signal < NSIG; signal++) {
		struct sigaction normal = {.sa_handler = SIG_DFL};

		/* A handler of ours would run in a memory that is no longer its own. */
		sigaction(signal, &normal, NULL);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (dup2(birth->null_fd, 0) < 0 || dup2(birth->out_fd, 1) < 0 ||
		dup2(birth->out_fd, 2) < 0 || syscall(SYS_close_range, 3, ~0U, 0) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
		birth->failed = errno;
		_exit(127);
	}
	sigprocmask(SIG_SETMASK, &birth->signals, NULL);
	execve(program->argv[0], (char *const *)program->argv, (char *const *)program->env);
	birth->failed = errno;
	_exit(127);
}

/* Signals wait while the child has our memory: sigaction in it is its own, the mask is too. */
static int spawn(struct birth *birth, int *pid_fd, struct err *err)
{
	const int flags =
		CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID | SIGCHLD;
	char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	sigset_t all;
	int pid, code;

	if (stack == MAP_FAILED)
		return err_sys(err, "%s", birth->program->argv[0]);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &birth->signals);
	pid = clone(child, stack + STACK_SIZE, flags, birth, pid_fd);
	code = pid < 0 ? errno : birth->failed;
	sigprocmask(SIG_SETMASK, &birth->signals, NULL);
	munmap(stack, STACK_SIZE);
	if (pid < 0)
		return err_set(err, code, "%s: cannot start it: %s", birth->program->argv[0],
			err_name(code));
	return 0;
}

/* Ever longer lines are cut, and control characters are not for a terminal. */
struct lines {
	char text[JAIL_LINE_MAX];
	size_t len;
};

static void add_output(
	const struct jail_program *program, struct lines *lines, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n') {
			if (lines->len + 1 < sizeof(lines->text))
				lines->text[lines->len++] =
					(unsigned char)data[i] < ' ' ? ' ' : data[i];
			continue;
		}
		lines->text[lines->len] = '\0';
		lines->len = 0;
		program->on_line(program->arg, lines->text);
	}
}

/* Until it has ended; what its children still write after that is nobody's. */
static int follow(const struct jail_program *program, int out_fd, int pid_fd, struct err *err)
{
	struct lines lines = {.len = 0};

	for (;;) {
		struct pollfd ready[] = {
			{.fd = out_fd, .events = POLLIN}, {.fd = pid_fd, .events = POLLIN}};
		char data[4096];
		ssize_t got;

		if (program->canceled && *program->canceled)
			return err_set(err, ECANCELED, "canceled");
		if (poll(ready, 2, NOTICE_MS) <= 0)
			continue;
		got = ready[0].revents ? read(out_fd, data, sizeof(data)) : 0;
		if (got > 0)
			add_output(program, &lines, data, (size_t)got);
		else if (ready[1].revents)
			return 0;
	}
}

static int reap(int pid_fd)
{
	siginfo_t info = {0};

	while (waitid((idtype_t)P_PIDFD, (id_t)pid_fd, &info, WEXITED) < 0 && errno == EINTR)
		;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int jail_run(const struct jail_program *program, int *status, struct err *err)
{
	auto_close int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_close int out_fd = -1;
	auto_close int pid_fd = -1;
	struct birth birth = {.program = program, .null_fd = null_fd};
	int out[2], failed;

	if (null_fd < 0 || pipe2(out, O_CLOEXEC) < 0)
		return err_sys(err, "%s", program->argv[0]);
	out_fd = out[0];
	birth.out_fd = out[1];
	failed = spawn(&birth, &pid_fd, err);
	close(out[1]);
	if (failed)
		return failed;
	failed = follow(program, out_fd, pid_fd, err);
	if (failed)
		syscall(SYS_pidfd_send_signal, pid_fd, SIGKILL, NULL, 0);
	*status = reap(pid_fd);
	if (birth.failed)
		return err_set(err, birth.failed, "%s: cannot start it: %s", program->argv[0],
			err_name(birth.failed));
	return failed;
}
