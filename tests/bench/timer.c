/* timer.c - how long one command takes, from before it is started until it has been waited for.
 *
 *     timer [--in MNT_NS] [--drain] CMD ARG...
 *
 * Prints "NANOSECONDS BYTES KB" and ends as CMD did: KB is the peak memory of the largest process
 * that was waited for.  Between the two readings of the clock there is a vfork, an exec and a wait:
 * no shell and no interpreter. CMD reads /dev/null; its output goes there too, or, with --drain,
 * into a pipe whose bytes are counted until its end. --in enters a mount namespace first, for an
 * engine that has one of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BROKEN = 125, BLOCK = 256 * 1024 };

struct child {
	pid_t pid;
	int out; /* what it prints; -1: nobody asked */
};

static void die(const char *what)
{
	fprintf(stderr, "timer: %s: %s\n", what, strerror(errno));
	exit(BROKEN);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The working directory is lost on the way: the harness gives absolute paths. */
static void enter(const char *ns)
{
	int fd = open(ns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
		die(ns);
	close(fd);
}

static struct child start(char *const argv[], int null, const int pipe_fds[2])
{
	extern char **environ;
	struct child child = {.out = pipe_fds[0]};
	posix_spawn_file_actions_t files;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, null, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(
		&files, pipe_fds[1] < 0 ? null : pipe_fds[1], STDOUT_FILENO);
	errno = posix_spawnp(&child.pid, argv[0], &files, NULL, argv, environ);
	if (errno)
		die(argv[0]);
	if (pipe_fds[1] >= 0)
		close(pipe_fds[1]);
	return child;
}

static uint64_t drain(int fd)
{
	static char block[BLOCK];
	uint64_t bytes = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno != EINTR)
			die("read");
		bytes += n > 0 ? (uint64_t)n : 0;
	}
	return bytes;
}

static int wait_for(pid_t pid, struct rusage *used)
{
	int status;

	while (wait4(pid, &status, 0, used) < 0)
		if (errno != EINTR)
			die("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fds[2] = {-1, -1}, code, at = 1;
	uint64_t began, ended, bytes;
	struct child child;
	struct rusage used;

	if (at + 1 < argc && strcmp(argv[at], "--in") == 0) {
		enter(argv[at + 1]);
		at += 2;
	}
	if (at < argc && strcmp(argv[at], "--drain") == 0) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			die("pipe");
		at++;
	}
	if (at >= argc || null < 0) {
		fprintf(stderr, "usage: timer [--in MNT_NS] [--drain] CMD ARG...\n");
		return BROKEN;
	}
	began = now_ns();
	child = start(argv + at, null, fds);
	bytes = drain(child.out);
	code = wait_for(child.pid, &used);
	ended = now_ns();
	printf("%llu %llu %ld\n", (unsigned long long)(ended - began), (unsigned long long)bytes,
		used.ru_maxrss);
	return code;
}
