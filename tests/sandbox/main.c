/* main.c - starts the janitor and init, waits, and hands the exit status on. See sandbox.h. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static const char usage[] =
	"usage: sandbox [--uplink] [--store tmpfs|ext4] [--size 2G] [--path DIR] [--keep DIR] "
	"[--] CMD ARG...\n";

static struct options parse(int argc, char **argv)
{
	static const struct option longs[] = {{"uplink", no_argument, NULL, 'u'},
		{"store", required_argument, NULL, 't'}, {"size", required_argument, NULL, 's'},
		{"path", required_argument, NULL, 'p'}, {"keep", required_argument, NULL, 'k'},
		{0}};
	struct options opt = {.size = "2G"};
	int c;

	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 'u')
			opt.uplink = true;
		else if (c == 't' && strcmp(optarg, "ext4") == 0)
			opt.ext4 = true;
		else if (c == 't' && strcmp(optarg, "tmpfs") == 0)
			opt.ext4 = false;
		else if (c == 's')
			opt.size = optarg;
		else if (c == 'p')
			opt.path = optarg;
		else if (c == 'k')
			opt.keep = optarg;
		else
			die("%s", usage);
	}
	if (optind == argc)
		die("%s", usage);
	if (geteuid() != 0)
		die("needs root: it makes namespaces, mounts and cgroups");
	opt.argv = argv + optind;
	return opt;
}

/* A fork that says where: its cgroup on v2, its parent, its namespaces. */
static pid_t fork_with(uint64_t flags, int cgroup)
{
	struct clone_args args = {.flags = flags};
	pid_t pid;

	if (!(flags & CLONE_PARENT)) /* which inherits it instead */
		args.exit_signal = SIGCHLD;
	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die_sys("clone");
	return pid;
}

/* ---- the janitor ---- */

static void clean(const struct options *opt, const struct hierarchies *h, pid_t id)
{
	cgroup_remove(h);
	if (opt->uplink)
		uplink_remove(id);
}

static pid_t start_janitor(const struct options *opt, const struct hierarchies *h, int *alive)
{
	pid_t id = getpid(), pid;
	int end[2];
	char byte;

	if (pipe2(end, O_CLOEXEC) < 0)
		die_sys("pipe");
	pid = fork_with(0, -1);
	if (pid > 0) {
		close(end[0]);
		*alive = end[1];
		return pid;
	}
	setsid(); /* out of reach of the terminal's signals; the others are blocked already */
	prctl(PR_SET_NAME, "sandbox-janitor");
	dup2(end[0], STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	syscall(SYS_close_range, 3, ~0U, 0);
	if (chdir("/") < 0)
		complain("chdir /: %m");
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
	clean(opt, h, id);
	_exit(0);
}

/* ---- init ---- */

/* What init does first: it must not survive us, even if we were killed before it said so. */
static void tie_to(int channel, int alive)
{
	char go;

	close(alive);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(channel, &go, 1) != 1)
		_exit(SANDBOX_FAILED);
}

/*
 * Init must be born in cgroups that are already "/" to it, in a leaf of the v2 one. So a
 * go-between enters them, makes them the root of a cgroup namespace, and has init as our child.
 */
static void go_between(
	const struct options *opt, const struct hierarchies *h, int channel, int alive, pid_t id)
{
	int leaf = cgroup_open_v2(h, "session");
	pid_t pid;

	cgroup_join_v1(h);
	if (unshare(CLONE_NEWCGROUP) < 0)
		die_sys("a cgroup namespace");
	pid = fork_with(CLONE_PARENT | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
				CLONE_NEWNET,
		leaf);
	if (pid == 0) {
		tie_to(channel, alive);
		if (leaf >= 0)
			close(leaf);
		init_main(opt, h, channel, id);
	}
	if (write(channel, &pid, sizeof(pid)) != sizeof(pid))
		_exit(SANDBOX_FAILED);
	_exit(0);
}

static pid_t start_init(
	const struct options *opt, const struct hierarchies *h, int alive, int *channel)
{
	int pair[2], status, cgroup;
	pid_t between, init;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		die_sys("socketpair");
	cgroup = cgroup_open_v2(h, ".");
	between = fork_with(0, cgroup);
	if (between == 0) {
		close(pair[0]);
		go_between(opt, h, pair[1], alive, getppid());
	}
	close(pair[1]);
	if (cgroup >= 0)
		close(cgroup);
	if (read(pair[0], &init, sizeof(init)) != sizeof(init) ||
		send(pair[0], "", 1, MSG_NOSIGNAL) != 1)
		init = -1;
	while (waitpid(between, &status, 0) < 0 && errno == EINTR)
		;
	*channel = pair[0];
	return init;
}

/* ---- waiting ---- */

/* Forwards what we are told until init reports CMD's end, or its own by closing the channel. */
static int wait_for_end(pid_t init, int channel, const sigset_t *signals)
{
	int fd = signalfd(-1, signals, SFD_CLOEXEC);
	int pidfd = (int)syscall(SYS_pidfd_open, init, 0);
	struct pollfd p[] = {{.fd = channel, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	struct signalfd_siginfo info;
	int code;

	if (fd < 0 || pidfd < 0)
		die_sys("watch the sandbox");
	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents)
			return read(channel, &code, sizeof(code)) == sizeof(code) ? code
										  : SANDBOX_FAILED;
		if (read(fd, &info, sizeof(info)) == sizeof(info))
			syscall(SYS_pidfd_send_signal, pidfd, (int)info.ssi_signo, NULL, 0);
	}
}

/* The janitor first: a frozen process keeps init from dying until it is thawed. */
static void finish(const struct options *opt, const struct hierarchies *h, pid_t janitor,
	pid_t init, int alive)
{
	int status;

	close(alive);
	while (waitpid(janitor, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		clean(opt, h, getpid());
	if (init > 0)
		waitpid(init, &status, 0);
}

int main(int argc, char **argv)
{
	struct options opt = parse(argc, argv);
	static struct hierarchies h;
	bool foreground = tcgetpgrp(STDIN_FILENO) == getpgrp();
	int alive, channel, code = SANDBOX_FAILED;
	sigset_t signals;
	pid_t janitor, init;
	char name[64];

	sigemptyset(&signals);
	for (const int *s = (const int[]){SIGINT, SIGTERM, SIGHUP, SIGQUIT, 0}; *s; s++)
		sigaddset(&signals, *s);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);

	cgroup_name(name, sizeof(name));
	cgroup_find(&h, name);
	cgroup_sweep(&h);
	janitor = start_janitor(&opt, &h, &alive);
	cgroup_make(&h);
	init = start_init(&opt, &h, alive, &channel);
	if (init > 0 && read(channel, &(char){0}, 1) == 1) {
		if (opt.uplink)
			uplink_make(getpid(), init);
		if (send(channel, "", 1, MSG_NOSIGNAL) == 1)
			code = wait_for_end(init, channel, &signals);
	}
	finish(&opt, &h, janitor, init, alive);
	if (foreground)
		tcsetpgrp(STDIN_FILENO, getpgrp());
	return code;
}
