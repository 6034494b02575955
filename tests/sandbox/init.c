/* init.c - pid 1 inside: builds the sandbox, runs CMD, reaps, and reports CMD's end.
 *
 * When pid 1 exits the kernel kills whatever else lives in its pid namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static int outside_namespace(void)
{
	/* We were born in it; the sandbox's own comes second. */
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || unshare(CLONE_NEWNET) < 0)
		die_sys("a second network namespace");
	return fd;
}

/* Nobody's settings, logins or histories are read or written: the home is the sandbox's own. */
#define HOME_DIR "/run/home"

static void set_environment(const struct options *opt)
{
	static const char *const directories[] = {"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
		"XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"};
	const char *old = getenv("PATH");
	char path[PATH_MAX + 4096];

	if (!old)
		old = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	snprintf(path, sizeof(path), "%s%s%s", opt->path ? opt->path : "", opt->path ? ":" : "",
		old);
	setenv("PATH", path, 1);
	setenv("TMPDIR", "/tmp", 1);
	if (mkdir(HOME_DIR, 0700) < 0)
		die_sys("mkdir %s", HOME_DIR);
	setenv("HOME", HOME_DIR, 1);
	setenv("DAVIT_SANDBOX", "1", 1);
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		unsetenv(directories[i]);
	if (sethostname("sandbox", strlen("sandbox")) < 0)
		die_sys("the host name");
}

/* A process group of its own, so that a terminal's signals reach CMD once, and from there only. */
static void take_terminal(pid_t of)
{
	if (tcgetpgrp(STDIN_FILENO) == getpgid(of))
		tcsetpgrp(STDIN_FILENO, getpid());
}

static pid_t start(const struct options *opt)
{
	pid_t pid = fork();
	sigset_t none;
	int code;

	if (pid < 0)
		die_sys("fork");
	if (pid > 0)
		return pid;
	if (setpgid(0, 0) < 0)
		die_sys("setpgid");
	take_terminal(getppid());
	signal(SIGTTOU, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(opt->argv[0], opt->argv);
	code = errno == ENOENT ? 127 : 126;
	complain("%s: %m", opt->argv[0]);
	_exit(code);
}

static void pass_on(pid_t cmd, int sig)
{
	int fd = (int)syscall(SYS_pidfd_open, cmd, 0);

	if (fd < 0)
		return; /* just ended: its SIGCHLD is on the way */
	syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
	close(fd);
}

/* True when CMD itself ended, with its exit code as a shell counts it. */
static bool reap(pid_t cmd, int *code)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != cmd)
			continue;
		if (WIFSTOPPED(status)) {
			pass_on(cmd, SIGCONT); /* nobody out there could ever do it */
			continue;
		}
		*code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		return true;
	}
	return false;
}

static int supervise(pid_t cmd, const sigset_t *signals)
{
	int code = SANDBOX_FAILED;

	for (;;) {
		int sig = sigwaitinfo(signals, NULL);

		if (sig < 0)
			continue;
		if (sig != SIGCHLD)
			pass_on(cmd, sig);
		else if (reap(cmd, &code))
			return code;
	}
}

static void wait_for_uplink(int channel)
{
	char go;

	if (send(channel, "", 1, MSG_NOSIGNAL) != 1 || read(channel, &go, 1) != 1)
		_exit(SANDBOX_FAILED);
}

void init_main(const struct options *opt, const struct hierarchies *h, int channel, pid_t id)
{
	sigset_t signals;
	int outside, code;

	sigemptyset(&signals);
	for (const int *s = (const int[]){SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, 0}; *s; s++)
		sigaddset(&signals, *s);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	outside = outside_namespace();
	mounts_make(opt, h);
	net_make(outside);
	wait_for_uplink(channel);
	if (opt->uplink)
		net_join_uplink(id);
	set_environment(opt);
	code = supervise(start(opt), &signals);
	if (write(channel, &code, sizeof(code)) != sizeof(code))
		_exit(SANDBOX_FAILED);
	_exit(code);
}
