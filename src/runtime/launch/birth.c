/* From a plan to a new process that is born where the plan says. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "runtime/launch/child.h"
#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

enum { STACK = 1 << 20 }; /* of a process in between, and of whom it gives birth to */

/* What the clone of a plan asks for: an exec's pid namespace is entered by this process for its
 * children only. */
struct birth {
	unsigned at;     /* the PLAN_CLONE step */
	unsigned inside; /* the PLAN_ENTER_USERNS step; 0: who clones is who we are */
	bool into_pids, into_cgroup;
	bool no_way_back; /* who is root of a user namespace alone never returns to the host's pids
			   */
	int cgroup, self;
};

/* The container whose pid namespace is entered: for an exec its own, else one that is shared. */
static int pids_of(struct launch *l, unsigned from)
{
	for (unsigned at = from; at < l->plan.head->steps; at++) {
		const struct plan_step *step = &l->plan.steps[at];

		if (!(step->n[0] & SYS_CLONE_NEWPID))
			continue;
		if (step->op == PLAN_ENTER_CONTAINER && l->init >= 0)
			return l->init;
		if (step->op == PLAN_JOIN_CONTAINER)
			return launch_peer(l, plan_text(&l->plan, step->a));
	}
	return -ENOENT;
}

static bool comes_back(const struct birth *birth)
{
	return syscall(SYS_setns, birth->self, SYS_CLONE_NEWPID) == 0;
}

/* For good: as who gives birth and is gone. */
static int enter_pids(struct launch *l, struct birth *birth, bool for_good)
{
	int error = launch_peers_open(l, birth->at + 1), init;

	if (error)
		return error;
	init = pids_of(l, birth->at + 1);
	if (init < 0)
		return init == -ENOENT ? 0 : init;
	birth->self = sys_pidfd_open(getpid());
	if (birth->self < 0)
		return birth->self;
	birth->no_way_back = !for_good && !comes_back(birth);
	if (!birth->no_way_back && syscall(SYS_setns, init, SYS_CLONE_NEWPID) < 0)
		error = -errno;
	birth->into_pids = !birth->no_way_back && !error;
	return error;
}

static unsigned find_entry(const struct launch *l, unsigned from)
{
	while (++from < l->plan.head->steps)
		if (l->plan.steps[from].op == PLAN_ENTER_USERNS)
			return from;
	return 0;
}

static int prepare_birth(struct launch *l, struct birth *birth)
{
	const struct plan_step *step = &l->plan.steps[birth->at];

	if (step->a.len) {
		birth->into_cgroup = !(l->plan.head->avoid & PLAN_AVOID_INTO_CGROUP);
		birth->cgroup =
			sys_open(AT_FDCWD, plan_text(&l->plan, step->a), O_PATH | O_DIRECTORY);
		if (birth->cgroup < 0)
			return birth->cgroup;
	}
	birth->inside = find_entry(l, birth->at);
	return birth->inside ? launch_peers_open(l, birth->at + 1)
			     : enter_pids(l, birth, l->sibling);
}

/* Kernels without CLONE_INTO_CGROUP: the child writes itself, which costs an RCU wait. */
static void enter_unified(struct launch *l, const struct birth *birth)
{
	const char *dir = plan_text(&l->plan, l->plan.steps[birth->at].a);
	int error = dir[0] && !birth->into_cgroup ? launch_cgroup_enter(dir, "cgroup.procs") : 0;

	if (!error)
		return;
	launch_fail(l, error, 125, "cgroup %s: %e", dir, error);
	launch_gate_fail(l->gate, &l->fail);
	_exit(125);
}

static int give_birth(struct launch *l, const struct birth *birth, int *pidfd)
{
	uint64_t flags = l->plan.steps[birth->at].n[0];
	bool is_ours = !l->sibling && !birth->inside && !birth->no_way_back;
	struct sys_clone args = {.flags = flags | SYS_CLONE_PIDFD,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = is_ours ? SIGCHLD : 0};
	long pid;

	if (!is_ours)
		args.flags |= SYS_CLONE_PARENT;
	if (birth->into_cgroup) {
		args.flags |= SYS_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)birth->cgroup;
	}
	pid = sys_result(syscall(SYS_clone3, &args, sizeof(args)));
	if (!pid) {
		enter_unified(l, birth);
		launch_child(l, birth->inside ? birth->inside : birth->at, flags & SYS_CLONE_NEWNS);
	}
	return (int)pid;
}

/* ---- by a process in between ---- */

/* Whoever enters a user namespace never comes back, and we must stay who we are. So a process that
 * borrows our memory, while we sleep, does what needs our rights, enters, gives birth for us, and
 * is gone. Its files are its own. */
struct midwife {
	struct launch *l;
	const struct birth *birth;
	int pid; /* of the new process, in our pid namespace; or a negative errno */
};

static int enter_userns(struct launch *l, const struct birth *asked)
{
	struct birth birth = *asked;
	int error, pidfd = -1;

	launch_mark_begin(l, birth.inside, TRACE_SHIM);
	error = enter_pids(l, &birth, true);
	if (!error)
		error = (int)sys_result(syscall(SYS_setns, l->userns, SYS_CLONE_NEWUSER));
	if (!error)
		error = give_birth(l, &birth, &pidfd);
	launch_mark_end(l, birth.inside, error < 0 ? error : 0);
	return error;
}

static int enter_pids_alone(struct launch *l, const struct birth *asked)
{
	struct birth birth = *asked;
	int error = enter_pids(l, &birth, true), pidfd = -1;

	birth.no_way_back = true;
	return error ? error : give_birth(l, &birth, &pidfd);
}

static _Noreturn void be_midwife(void *arg)
{
	struct midwife *m = arg;
	struct launch *l = m->l;

	m->pid = m->birth->inside ? launch_between(l, m->birth->at + 1, m->birth->inside)
				  : enter_pids_alone(l, m->birth);
	if (!m->pid)
		m->pid = enter_userns(l, m->birth);
	for (;;)
		syscall(SYS_exit_group, 0);
}

/* What it opens is its own and ends with it: so are the numbers that it writes into the launch. */
static int call_midwife(struct launch *l, const struct birth *birth, int *pidfd)
{
	void *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	struct launch inner = *l;
	struct midwife midwife = {&inner, birth, -ECHILD};
	/* What it gives birth to has its exit signal. */
	struct sys_clone args = {.flags = SYS_CLONE_VM | SYS_CLONE_VFORK | SYS_CLONE_CLEAR_HAND,
		.exit_signal = SIGCHLD};
	int pid;

	if (stack == MAP_FAILED)
		return -errno;
	pid = (int)sys_clone_on(&args, stack, STACK, be_midwife, &midwife);
	munmap(stack, STACK);
	if (pid < 0)
		return pid;
	syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL);
	l->fail = inner.fail;
	if (midwife.pid > 0)
		*pidfd = sys_pidfd_open(midwife.pid);
	return midwife.pid;
}

/* A child that its parent could not help is no more. Its pid, or a negative errno. */
static int foster(struct launch *l, unsigned at, int pid, int gate, int *pidfd)
{
	int error = l->plan.steps[at].op == PLAN_MAP_IDS
			    ? launch_foster(l, &l->plan.steps[at], pid, gate)
			    : 0;

	if (!error)
		return pid;
	sys_pidfd_signal(*pidfd, SIGKILL);
	if (!l->sibling)
		syscall(SYS_waitid, P_PIDFD, *pidfd, NULL, WEXITED, NULL);
	sys_close(pidfd);
	return error;
}

int launch_start(struct launch *l, const struct launch_stdio *stdio, struct launched *out)
{
	struct birth birth = {.at = plan_child_at(&l->plan), .cgroup = -1, .self = -1};
	int gate[2], pid, pidfd = -1;

	l->fail.code = 0;
	launch_mark_begin(l, birth.at, TRACE_SHIM);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate) < 0)
		return launch_fail(l, -errno, 125, "clone: %e", -errno);
	l->gate = gate[1];
	l->stdio = *stdio;
	pid = prepare_birth(l, &birth);
	if (!pid)
		pid = birth.inside || birth.no_way_back ? call_midwife(l, &birth, &pidfd)
							: give_birth(l, &birth, &pidfd);
	if (pid > 0)
		pid = foster(l, birth.at + 1, pid, gate[0], &pidfd);
	if (birth.into_pids && birth.self >= 0)
		syscall(SYS_setns, birth.self, SYS_CLONE_NEWPID);
	launch_peers_close(l);
	sys_close(&birth.self);
	sys_close(&birth.cgroup);
	sys_close(&l->gate);
	launch_mark_end(l, birth.at, pid < 0 ? pid : 0);
	if (pid < 0) {
		close(gate[0]);
		if (l->fail.code) /* said already */
			return l->fail.code;
		if (pid == -ENOSPC && l->plan.steps[birth.at].n[0] & SYS_CLONE_NEWUSER)
			return launch_userns_refused(l, pid);
		/* A pid namespace whose init is gone takes nobody: clone(2) says ENOMEM. */
		return pid == -ENOMEM && l->plan.head->kind == PLAN_EXECUTION
			       ? launch_fail(
					 l, -ESRCH, 125, "the container ended: it is not running")
			       : launch_fail(l, pid, 125, "clone: %e", pid);
	}
	*out = (struct launched){.pid = pid, .pidfd = pidfd, .gate = gate[0]};
	return 0;
}
