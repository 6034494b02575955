#include "core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/process.h"
#include "util/own.h"

enum { FDS_MAX = 32 };

/* What the child needs, laid out before the clone: it shares our memory and may not touch malloc,
 * stdio or errno's meaning to other threads. `failed` is how it answers. */
struct birth {
	const struct spawn *spawn;
	int fds[FDS_MAX], program;
	uint64_t copies; /* which of them are ours to close, a bit each; the last is the program */
	int failed;      /* errno of the child's first failure */
	const char *at;
};

/* Raw system calls: glibc's wrappers would write the errno of the thread that is waiting for us. */
static inline long raw(long number, long a, long b, long c, long d, long e)
{
#if defined(__x86_64__)
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
#else
#error "spawn.c: teach raw() this processor's system call"
#endif
}

static long fail(struct birth *birth, const char *at, long result)
{
	birth->at = at;
	birth->failed = (int)-result;
	return result;
}

/* Closed and not only marked: close_range(2) marks since 5.11. What is executed stays until then. */
static long close_others(struct birth *birth)
{
	unsigned program = (unsigned)birth->program, first = (unsigned)birth->spawn->fd_count;
	long result = 0;

	if (program > first)
		result = raw(SYS_close_range, first, program - 1, 0, 0, 0);
	if (!result)
		result = raw(SYS_close_range, program + 1, ~0u, 0, 0, 0);
	return result ? result : raw(SYS_fcntl, program, F_SETFD, FD_CLOEXEC, 0, 0);
}

/* Sources that lie among the targets were moved above them before the clone, so none is overwritten
 * before its turn. */
static long place_fds(struct birth *birth)
{
	const struct spawn *spawn = birth->spawn;
	long result;

	for (size_t i = 0; i < spawn->fd_count; i++) {
		if (birth->fds[i] < 0)
			result = raw(SYS_close, (long)i, 0, 0, 0, 0);
		else if ((result = raw(SYS_dup3, birth->fds[i], (long)i, 0, 0, 0)) < 0)
			return fail(birth, "place file descriptors", result);
	}
	result = close_others(birth);
	return result < 0 ? fail(birth, "close file descriptors", result) : 0;
}

/* Kernels from 5.5 on let a process that is alone in its thread group move itself without waiting
 * for RCU. */
static long enter_v1(struct birth *birth)
{
	const struct spawn *spawn = birth->spawn;

	for (size_t i = 0; i < spawn->tasks_count; i++) {
		long fd = raw(
			SYS_openat, AT_FDCWD, (long)spawn->tasks[i], O_WRONLY | O_CLOEXEC, 0, 0);
		long result = fd < 0 ? fd : raw(SYS_write, fd, (long)"0", 1, 0, 0);

		if (result < 0)
			return fail(birth, spawn->tasks[i], result);
		raw(SYS_close, fd, 0, 0, 0, 0);
	}
	return 0;
}

/* Its exec never returns to take back the marks that AddressSanitizer sets around a frame, and the
 * stack is the parent's. */
static __attribute__((no_sanitize("address"))) void be_born(struct birth *birth)
{
	const struct spawn *spawn = birth->spawn;
	static const char *const nothing[] = {NULL};
	uint64_t no_signals = 0;
	long result;

	if (spawn->session)
		raw(SYS_setsid, 0, 0, 0, 0, 0);
	if (spawn->dir) {
		result = raw(SYS_chdir, (long)spawn->dir, 0, 0, 0, 0);
		if (result < 0) {
			fail(birth, spawn->dir, result);
			return;
		}
	}
	if (spawn->net > 0) {
		result = raw(SYS_setns, spawn->net, CLONE_NEWNET, 0, 0, 0);
		if (result < 0) {
			fail(birth, "enter its network", result);
			return;
		}
	}
	if (spawn->with_us)
		raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (enter_v1(birth) < 0 || place_fds(birth) < 0)
		return;
	raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&no_signals, 0, sizeof(no_signals), 0);
	result = raw(SYS_execveat, birth->program, (long)"", (long)spawn->argv,
		(long)(spawn->envp ? spawn->envp : nothing), AT_EMPTY_PATH);
	fail(birth, "execute it", result);
}

/* The child returns from the same instruction on the same stack, so it must never leave this frame:
 * the inlined system call and everything the child does stay below it, and the parent sleeps until
 * the exec. */
static __attribute__((noinline)) long clone_and_exec(struct clone_args *args, struct birth *birth)
{
	long pid = raw(SYS_clone3, (long)args, sizeof(*args), 0, 0, 0);

	if (pid == 0) {
		be_born(birth);
		for (;;)
			raw(SYS_exit_group, 127, 0, 0, 0, 0);
	}
	return pid;
}

static void close_copies(struct birth *birth)
{
	for (unsigned i = 0; i < FDS_MAX; i++)
		if (birth->copies >> i & 1)
			close(birth->fds[i]);
	if (birth->copies >> FDS_MAX)
		close(birth->program);
}

/* Out of the way, when it lies where others will be placed. */
static int move(struct birth *birth, unsigned bit, int fd)
{
	int copy;

	if (fd >= (int)birth->spawn->fd_count)
		return fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, FDS_MAX);
	if (copy >= 0)
		birth->copies |= 1ull << bit;
	return copy;
}

static int move_fds(struct birth *birth, int null_fd, struct err *err)
{
	const struct spawn *spawn = birth->spawn;

	for (unsigned i = 0; i < spawn->fd_count; i++) {
		int fd = spawn->fds[i] < 0 && i <= 2 ? null_fd : spawn->fds[i];

		birth->fds[i] = fd < 0 ? -1 : move(birth, i, fd);
		if (fd >= 0 && birth->fds[i] < 0)
			return err_sys(err, "copy file descriptor %d", fd);
	}
	birth->program = move(birth, FDS_MAX, spawn->program_fd);
	return birth->program < 0 ? err_sys(err, "copy file descriptor %d", spawn->program_fd) : 0;
}

static long clone_masked(struct birth *birth, int *pidfd)
{
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	sigset_t all, old;
	long pid;

	if (birth->spawn->cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)birth->spawn->cgroup_fd;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = clone_and_exec(&args, birth);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return pid;
}

int spawn_start(const struct spawn *spawn, int *pidfd, struct row_process *process, struct err *err)
{
	struct birth birth = {.spawn = spawn};
	auto_close int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC), fd = -1;
	long pid;
	int failed;

	if (spawn->fd_count > FDS_MAX)
		return err_set(err, EINVAL, "start %s: too many file descriptors", spawn->argv[0]);
	failed = move_fds(&birth, null_fd, err);
	if (failed) {
		close_copies(&birth);
		return failed;
	}
	pid = clone_masked(&birth, &fd);
	close_copies(&birth);
	if (pid < 0)
		return err_set(err, (int)pid, "start %s: %s", spawn->argv[0], err_name((int)pid));
	if (birth.failed) {
		spawn_wait(fd, NULL, NULL);
		return err_set(err, birth.failed, "start %s: %s: %s", spawn->argv[0], birth.at,
			err_name(birth.failed));
	}
	if (process) {
		*process = (struct row_process){.pid = (int32_t)pid};
		process_start_time((int)pid, &process->start);
	}
	if (pidfd)
		*pidfd = take_fd(&fd);
	return 0;
}

int spawn_wait(int pidfd, int *exit_code, struct err *err)
{
	siginfo_t info = {0};

	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return err_sys(err, "wait for a process");
	if (exit_code)
		*exit_code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}
