/* say.c - words, small files, and helper programs. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static void say(int code, const char *fmt, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, args);
	if (code)
		dprintf(STDERR_FILENO, "sandbox: %s: %s\n", text, strerror(code));
	else
		dprintf(STDERR_FILENO, "sandbox: %s\n", text);
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(0, fmt, args);
	va_end(args);
	_exit(SANDBOX_FAILED);
}

void die_sys(const char *fmt, ...)
{
	int code = errno;
	va_list args;

	va_start(args, fmt);
	say(code, fmt, args);
	va_end(args);
	_exit(SANDBOX_FAILED);
}

void complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(0, fmt, args);
	va_end(args);
}

bool file_read(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, out, size - 1);
	close(fd);
	if (len < 0)
		return false;
	if (len > 0 && out[len - 1] == '\n')
		len--;
	out[len] = '\0';
	return true;
}

bool file_write(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, len) == (ssize_t)len;
	close(fd);
	return ok;
}

bool is_alive(const char *digits)
{
	int fd = (int)syscall(SYS_pidfd_open, (pid_t)strtol(digits, NULL, 10), 0);

	if (fd < 0)
		return errno != ESRCH;
	close(fd);
	return true;
}

int run(char *const argv[], const char *input)
{
	int status, pipe_fd[2];
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		die_sys("pipe");
	pid = fork();
	if (pid < 0)
		die_sys("fork");
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(pipe_fd[0], STDIN_FILENO);
		execvp(argv[0], argv);
		die_sys("%s", argv[0]);
	}
	close(pipe_fd[0]);
	/* Our inputs fit the pipe's buffer, and a helper that died early shows in its status. */
	if (input && write(pipe_fd[1], input, strlen(input)) < 0)
		complain("%s did not read its input", argv[0]);
	close(pipe_fd[1]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_sys("wait for %s", argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
