#include "core/image/helper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "util/own.h"
#include "util/strs.h"

extern char **environ;

struct helper {
	pid_t pid;
	int pid_fd;
	int out_fd; /* our end */
};

static void helper_fini(struct helper *helper)
{
	own_closep(&helper->out_fd);
	own_closep(&helper->pid_fd);
}

/* The name becomes part of a program's name: no path may be hidden in it. */
static bool name_ok(const char *name)
{
	return *name && strlen(name) < 100 && !strchr(name, '/');
}

/* A file in memory and not a pipe: one that ends without reading costs us no SIGPIPE. */
static int open_input(const char *input, struct err *err)
{
	auto_close int fd = memfd_create("question", MFD_CLOEXEC);
	ssize_t len = (ssize_t)strlen(input);

	if (fd < 0 || write(fd, input, (size_t)len) != len || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "its question");
	return take_fd(&fd);
}

static int spawn(
	struct helper *helper, const char *program, const char *action, int in_fd, struct err *err)
{
	char *const argv[] = {(char *)program, (char *)action, NULL};
	posix_spawn_file_actions_t files;
	int out[2], failed;

	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys(err, "pipe");
	helper->out_fd = out[0];
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in_fd, 0);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	failed = posix_spawnp(&helper->pid, program, &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(out[1]);
	if (failed)
		return err_set(err, failed, "cannot start it: %s", err_name(failed));
	helper->pid_fd = (int)syscall(SYS_pidfd_open, helper->pid, 0);
	return 0;
}

/* Until the end of its output. */
static int read_answer(const struct helper *helper, struct buf *answer, struct err *err)
{
	for (;;) {
		struct pollfd ready = {.fd = helper->out_fd, .events = POLLIN};
		char *to = buf_reserve(answer, 4096);
		ssize_t got;

		if (!to)
			return err_set(err, ENOMEM, "out of memory");
		if (poll(&ready, 1, HELPER_WAIT_MS) == 0)
			return err_set(err, ETIMEDOUT, "no answer within a minute");
		got = read(helper->out_fd, to, 4096);
		if (got < 0 && errno != EINTR)
			return err_sys(err, "reading its answer");
		if (got == 0)
			return 0;
		if (got > 0)
			answer->len += (size_t)got;
		if (answer->len > HELPER_ANSWER_MAX)
			return err_set(err, EFBIG, "its answer is too long");
	}
}

static int reap(const struct helper *helper)
{
	siginfo_t info = {0};

	while (waitid(P_PID, (id_t)helper->pid, &info, WEXITED) < 0 && errno == EINTR)
		;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int helper_run(const char *name, const char *action, const char *input, struct buf *answer,
	int *status, struct err *err)
{
	struct helper helper = {.pid = -1, .pid_fd = -1, .out_fd = -1};
	auto_close int in_fd = -1;
	auto_buf program = BUF_INIT;
	int failed;

	if (!name_ok(name))
		return err_set(err, EINVAL, "that is no name of a helper");
	in_fd = open_input(input, err);
	if (in_fd < 0)
		return in_fd;
	buf_addf(&program, "docker-credential-%s", name);
	failed = spawn(&helper, buf_text(&program), action, in_fd, err);
	if (!failed) {
		failed = read_answer(&helper, answer, err);
		buf_add(answer, "", 0);
		if (failed && helper.pid_fd >= 0)
			syscall(SYS_pidfd_send_signal, helper.pid_fd, SIGKILL, NULL, 0);
		*status = reap(&helper);
	}
	helper_fini(&helper);
	return failed;
}
