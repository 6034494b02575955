/* A container that joins namespaces inherits them from who clones it. That is us, and we go back
 * afterwards; but from a user namespace there is no way back, so a process of its own goes ahead:
 * it joins, clones, and is gone. What it cloned is then its parent's child, ours, and after us that
 * of the nearest subreaper, which every caller of a runtime is. */
#include "oci/forerunner.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "runtime/launch/sys.h"
#include "util/own.h"

static const struct {
	uint64_t flag;
	const char *file;
} kinds[] = {
	{SYS_CLONE_NEWPID, "/proc/self/ns/pid_for_children"},
	{SYS_CLONE_NEWNET, "/proc/self/ns/net"},
	{SYS_CLONE_NEWIPC, "/proc/self/ns/ipc"},
	{SYS_CLONE_NEWUTS, "/proc/self/ns/uts"},
	{SYS_CLONE_NEWCGROUP, "/proc/self/ns/cgroup"},
	{SYS_CLONE_NEWTIME, "/proc/self/ns/time"},
};

struct home {
	int fd[array_len(kinds)];
};

static uint64_t joined(const struct plan *plan)
{
	uint64_t flags = 0;

	for (unsigned i = 0; i < plan_child_at(plan); i++) {
		if (plan->steps[i].op == PLAN_JOIN || plan->steps[i].op == PLAN_UNSHARE)
			flags |= plan->steps[i].n[0];
	}
	return flags;
}

static int remember(struct home *home, uint64_t flags)
{
	int rc = 0;

	for (size_t i = 0; i < array_len(kinds); i++) {
		home->fd[i] = -1;
		if (!(flags & kinds[i].flag) || rc < 0)
			continue;
		home->fd[i] = sys_open(AT_FDCWD, kinds[i].file, O_RDONLY);
		rc = home->fd[i] < 0 ? home->fd[i] : 0;
	}
	return rc;
}

static int go_back(struct home *home)
{
	int rc = 0;

	for (size_t i = 0; i < array_len(kinds); i++) {
		if (home->fd[i] >= 0 && syscall(SYS_setns, home->fd[i], kinds[i].flag) < 0)
			rc = -errno;
		sys_close(&home->fd[i]);
	}
	return rc;
}

static int hold_and_start(struct making *m, const struct launch_stdio *stdio, struct launched *out)
{
	int rc = launch_hold(&m->launch);

	return rc < 0 ? rc : launch_start(&m->launch, stdio, out);
}

/* ---- in a process of its own ---- */

struct answer {
	int rc;
	struct launched launched;
	struct launch_fail fail;
};

/* Shares our files, so that what it opens is ours; everything else is a copy. */
static int run_ahead(struct making *m, const struct launch_stdio *stdio, int to)
{
	struct answer answer = {0};

	m->launch.sibling = true;
	if (m->enters_first && syscall(SYS_setns, m->launch.init, SYS_CLONE_NEWUSER) < 0)
		answer.rc = launch_fail(
			&m->launch, -errno, 125, "enter the user namespace: %e", -errno);
	else
		answer.rc = hold_and_start(m, stdio, &answer.launched);
	answer.fail = m->launch.fail;
	return send(to, &answer, sizeof(answer), MSG_NOSIGNAL) == sizeof(answer) ? 0 : 1;
}

static int send_ahead(struct making *m, const struct launch_stdio *stdio)
{
	struct sys_clone args = {.flags = 0x400 /* CLONE_FILES */, .exit_signal = SIGCHLD};
	struct answer answer = {.rc = -EIO, .fail = {.code = -EIO, .exit = 125, .text = "clone"}};
	int pair[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return launch_fail(&m->launch, -errno, 125, "clone: %e", -errno);
	pid = (pid_t)sys_result(syscall(SYS_clone3, &args, sizeof(args)));
	if (pid == 0)
		_exit(run_ahead(m, stdio, pair[1]));
	if (pid > 0) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (recv(pair[0], &answer, sizeof(answer), MSG_DONTWAIT) != sizeof(answer))
			answer.rc = -EIO;
	} else {
		answer.rc = pid;
	}
	close(pair[0]);
	close(pair[1]);
	m->launch.fail = answer.fail;
	if (answer.rc == 0)
		m->launched = answer.launched;
	return answer.rc;
}

int forerunner_start(struct making *m, const struct launch_stdio *stdio)
{
	uint64_t flags = joined(&m->launch.plan);
	struct home home;
	int rc, back;

	if (flags & SYS_CLONE_NEWUSER || m->enters_first)
		return send_ahead(m, stdio);
	rc = remember(&home, flags);
	if (rc < 0) {
		go_back(&home);
		return launch_fail(&m->launch, rc, 125, "our own namespaces: %e", rc);
	}
	rc = hold_and_start(m, stdio, &m->launched);
	back = go_back(&home);
	if (rc == 0 && back < 0) /* we could not do what is left to do */
		rc = launch_fail(&m->launch, back, 125, "back to our own namespaces: %e", back);
	return rc;
}
