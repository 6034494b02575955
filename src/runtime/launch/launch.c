#include "runtime/launch/launch.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "runtime/launch/child.h"
#include "runtime/launch/net.h"
#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

uint64_t launch_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int launch_fail(struct launch *l, int code, int exit, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	launch_vsay(l->fail.text, sizeof(l->fail.text), fmt, args);
	va_end(args);
	l->fail.code = code;
	l->fail.exit = exit;
	l->fail.step = -1;
	return code;
}

void launch_mark_begin(struct launch *l, unsigned step, unsigned lane)
{
	if (!l->trace || step >= l->trace->steps)
		return;
	l->trace->step[step].lane = lane;
	l->trace->step[step].begin_ns = launch_clock();
}

void launch_mark_end(struct launch *l, unsigned step, int result)
{
	if (!l->trace || step >= l->trace->steps)
		return;
	l->trace->step[step].result = result;
	l->trace->step[step].end_ns = launch_clock();
}

static void init_fds(struct launch *l)
{
	for (int i = 0; i < LAUNCH_DIRS; i++)
		l->dir[i] = -1;
	l->proc = l->init = l->filter = l->outer_mnt = l->outer_net = -1;
	l->gate = l->tree = l->null = l->blank = l->door = l->state = -1;
	for (int i = 0; i < RESOLVER_FDS; i++)
		l->resolver[i] = -1;
}

int launch_init(struct launch *l, const struct plan *plan, const int dirs[LAUNCH_DIRS])
{
	memset(l, 0, sizeof(*l));
	init_fds(l);
	l->plan = *plan;
	for (int i = PLAN_STORE; i < LAUNCH_DIRS; i++)
		l->dir[i] = i == PLAN_STORE || i == PLAN_RUN || i == PLAN_OWN ? dirs[i] : -1;
	memset(l->dir_is_here, 1, sizeof(l->dir_is_here));
	l->proc = launch_proc_open();
	return l->proc < 0 ? l->proc : 0;
}

void launch_init_exec(struct launch *l, const struct plan *plan, const struct launch *in, int init)
{
	memset(l, 0, sizeof(*l));
	init_fds(l);
	l->plan = *plan;
	l->proc = in->proc;
	l->init = init;
}

void launch_fini(struct launch *l)
{
	for (int i = 0; i < LAUNCH_DIRS; i++)
		sys_close(&l->dir[i]);
	sys_close(&l->proc);
	sys_close(&l->outer_mnt);
	sys_close(&l->outer_net);
	sys_close(&l->filter);
	for (unsigned i = 0; i < l->kept_len; i++)
		sys_close(&l->kept[i]);
	l->kept_len = 0;
}

static int network(struct launch *l, unsigned dir, const char *name)
{
	struct net_file file;
	int fd = launch_dir(l, dir),
	    error = fd < 0 && fd != AT_FDCWD ? fd : net_map(fd, name, &file);

	if (error)
		return error;
	error = launch_net_up(l, &file);
	net_unmap(&file);
	return error;
}

static int hold(struct launch *l, const struct plan_step *step)
{
	const char *a = plan_text(&l->plan, step->a), *b = plan_text(&l->plan, step->b);

	switch ((enum plan_op)step->op) {
	case PLAN_CGROUP_MAKE:
		return launch_cgroup_make(a);
	case PLAN_CGROUP_COPY:
		return launch_cgroup_copy(a, b);
	case PLAN_CGROUP_WRITE:
		return launch_cgroup_write(a, b, plan_text(&l->plan, step->c), step->c.len);
	case PLAN_CGROUP_DEVICES:
		return launch_cgroup_devices(a, b, step->b.len);
	case PLAN_UNSHARE:
		return launch_unshare(l, step->n[0]);
	case PLAN_PROPAGATION:
		return launch_propagation(a, step->n[0]);
	case PLAN_OVERLAY:
		return launch_overlay(l, step, step + 1);
	case PLAN_LOWERS:
		return 0; /* carried out with its overlay */
	case PLAN_BIND_ROOT:
		return launch_bind_root(l, step);
	case PLAN_LOOPBACK_UP:
		return launch_loopback_up();
	case PLAN_SYSCTL:
		return launch_proc_write(l->proc, "sys", a, b);
	case PLAN_JOIN:
		return launch_join(a, step->n[0]);
	case PLAN_RLIMIT:
	case PLAN_OOM_SCORE:
		return launch_limit(l, step, 0);
	case PLAN_TIME_OFFSETS:
		return launch_proc_write(l->proc, "self", "timens_offsets", a);
	case PLAN_KEEP_TREE:
		return launch_keep(l, step);
	case PLAN_TREE_NEW:
		return launch_tree_new(l, step);
	case PLAN_TREE_CLONE:
		return launch_tree_clone(l, step);
	case PLAN_PLACE:
		return launch_place(l, step);
	case PLAN_NETWORK:
		return l->net_is_held ? 0 : network(l, step->dir_a, a);
	case PLAN_RESOLVER:
		return launch_resolver(l, step->dir_a, a, l->plan.head->avoid);
	default:
		return -EPROTO;
	}
}

int launch_hold(struct launch *l)
{
	unsigned steps = plan_child_at(&l->plan);

	for (unsigned at = 0; at < steps; at++) {
		const struct plan_step *step = &l->plan.steps[at];
		int error;

		l->fail.code = 0;
		launch_mark_begin(l, at, TRACE_SHIM);
		error = hold(l, step);
		launch_mark_end(l, at, error);
		if (!error || step->flags & PLAN_OPTIONAL)
			continue;
		if (!l->fail.code)
			launch_fail(l, error, 125, "%s %s: %e", plan_op_name(step->op),
				plan_text(&l->plan, step->a), error);
		l->fail.step = (int32_t)at;
		return error;
	}
	l->fail.code = 0;
	return 0;
}

/* What the clone of a plan asks for: an exec's pid namespace is entered by this process for its
 * children only. */
struct birth {
	unsigned at; /* the PLAN_CLONE step */
	bool into_pids, into_cgroup;
	bool no_way_back; /* who is root of a user namespace alone never returns to the host's pids
			   */
	int cgroup, self;
	int init; /* whose pids only a midwife enters; -1: there is none */
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

static int enter_pids(struct launch *l, struct birth *birth)
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
	birth->no_way_back = syscall(SYS_setns, birth->self, SYS_CLONE_NEWPID) < 0;
	if (birth->no_way_back && !l->sibling) /* the midwife enters, and is gone afterwards */
		birth->init = init;
	else if (syscall(SYS_setns, init, SYS_CLONE_NEWPID) < 0)
		error = -errno;
	birth->into_pids = !error && birth->init < 0;
	return error;
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
	return enter_pids(l, birth);
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

static int give_birth(struct launch *l, const struct birth *birth, bool sibling, int *pidfd)
{
	uint64_t flags = l->plan.steps[birth->at].n[0];
	struct sys_clone args = {.flags = flags | SYS_CLONE_PIDFD,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = sibling ? 0 : SIGCHLD};
	long pid;

	if (sibling)
		args.flags |= SYS_CLONE_PARENT;
	if (birth->into_cgroup) {
		args.flags |= SYS_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)birth->cgroup;
	}
	pid = sys_result(syscall(SYS_clone3, &args, sizeof(args)));
	if (!pid) {
		enter_unified(l, birth);
		launch_child(l, birth->at, flags & SYS_CLONE_NEWNS);
	}
	return (int)pid;
}

/* A process that shares our memory, enters the pids and bears the child as its own sibling: ours.
 * We sleep until it is gone, and the child's number is nobody else's before we reap it. */
static __attribute__((noinline)) int call_midwife(
	struct launch *l, const struct birth *birth, int *pidfd)
{
	volatile int pid = -ECHILD;
	pid_t midwife = vfork();

	if (!midwife) {
		int unused = -1;

		pid = syscall(SYS_setns, birth->init, SYS_CLONE_NEWPID) < 0
			      ? -errno
			      : give_birth(l, birth, true, &unused);
		_exit(0);
	}
	if (midwife < 0)
		return -errno;
	syscall(SYS_wait4, midwife, NULL, 0, NULL);
	if (pid <= 0)
		return pid;
	*pidfd = sys_pidfd_open(pid);
	if (*pidfd >= 0)
		return pid;
	kill(pid, SIGKILL);
	syscall(SYS_wait4, pid, NULL, 0, NULL);
	return *pidfd;
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
	struct birth birth = {.at = plan_child_at(&l->plan), .cgroup = -1, .self = -1, .init = -1};
	int gate[2], pid, pidfd = -1;

	l->fail.code = 0;
	launch_mark_begin(l, birth.at, TRACE_SHIM);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate) < 0)
		return launch_fail(l, -errno, 125, "clone: %e", -errno);
	l->gate = gate[1];
	l->stdio = *stdio;
	pid = prepare_birth(l, &birth);
	if (!pid)
		pid = birth.init < 0 ? give_birth(l, &birth, l->sibling, &pidfd)
				     : call_midwife(l, &birth, &pidfd);
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
		/* A pid namespace whose init is gone takes nobody: clone(2) says ENOMEM. */
		return pid == -ENOMEM && l->plan.head->kind == PLAN_EXECUTION
			       ? launch_fail(
					 l, -ESRCH, 125, "the container ended: it is not running")
			       : launch_fail(l, pid, 125, "clone: %e", pid);
	}
	*out = (struct launched){.pid = pid, .pidfd = pidfd, .gate = gate[0]};
	return 0;
}
