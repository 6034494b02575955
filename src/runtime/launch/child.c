/* From clone to exec. A process that runs here is still a copy of its parent: it calls the kernel
 * and nothing else, in the order of the plan, and whatever fails ends it. Not dumpable: nobody in
 * the namespaces that it enters may look into it or reach its executable (CVE-2019-5736) before the
 * exec makes it one of them. */
#include "runtime/launch/child.h"

#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

static int take_stdio(struct launch *l)
{
	for (int i = 0; i < 3; i++)
		if (dup2(l->stdio.fd[i], i) < 0)
			return -errno;
	return 0;
}

static int unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

/* By the pidfd of init: its number may mean somebody else by now. The pid namespace was entered by
 * the parent, before the clone. */
static int enter(struct launch *l, uint64_t flags)
{
	if (syscall(SYS_setns, l->init, flags & ~SYS_CLONE_NEWPID) < 0)
		return -errno;
	sys_close(&l->dir[PLAN_ROOT]);
	l->dir[PLAN_ROOT] = sys_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	return l->dir[PLAN_ROOT] < 0 ? l->dir[PLAN_ROOT] : 0;
}

static int open_root(struct launch *l, const struct plan_step *step)
{
	int base = launch_dir(l, step->dir_a);

	if (base < 0 && base != AT_FDCWD)
		return base;
	l->dir[PLAN_ROOT] =
		sys_open(base, plan_text(&l->plan, step->a), O_PATH | O_DIRECTORY | O_NOFOLLOW);
	return l->dir[PLAN_ROOT] < 0 ? l->dir[PLAN_ROOT] : 0;
}

/* The caller's would else be reached by whoever is allowed keyctl(2) in there. */
static int keyring(void)
{
	enum { JOIN_SESSION_KEYRING = 1 };

	if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) >= 0 || errno == ENOSYS)
		return 0;
	return -errno;
}

static int result(long value)
{
	return (int)sys_result(value);
}

static int undumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

/* Until here the parent had to reach our maps in /proc, which the undumpable hide. */
static int be_mapped(struct launch *l)
{
	int error = launch_gate_wait(l->gate, false);

	return error ? error : undumpable();
}

/* Who is root of a user namespace alone walks none of the host's closed directories: what a mapped
 * store is opened by, is opened before. */
static int be_root(struct launch *l)
{
	int mapped = l->dir[PLAN_MAPPED] < 0 ? 0 : launch_dir(l, PLAN_MAPPED);

	return mapped < 0 ? mapped : launch_root_ids();
}

static int wait_for(struct launch *l, uint64_t what)
{
	const struct plan_step *last = &l->plan.steps[l->plan.head->steps - 1];
	int error;

	if (what == PLAN_WAIT_CALLER)
		return launch_gate_wait(l->gate, true);
	error = launch_exec_look(l, last);
	return error ? error : launch_gate_created(l);
}

/* What it may do, and the exec. */
static int run_rights(struct launch *l, const struct plan_step *step)
{
	const char *a = plan_text(&l->plan, step->a);
	const uint64_t *n = step->n;

	switch ((enum plan_op)step->op) {
	case PLAN_APPARMOR:
		return launch_apparmor(l, a);
	case PLAN_SECCOMP:
		return launch_seccomp(l, step);
	case PLAN_BOUNDING:
		return launch_bounding(n[0]);
	case PLAN_USER:
		return launch_user(l, step);
	case PLAN_CAPS:
		return launch_caps(l, n);
	case PLAN_NO_NEW_PRIVS:
		return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	case PLAN_CWD:
		return launch_cwd(l, a, n[0]);
	case PLAN_TRY:
		return launch_try(l, step);
	case PLAN_EXEC:
		return launch_exec(l, step);
	default:
		return -EPROTO;
	}
}

/* What any process has. */
static int run_process(struct launch *l, const struct plan_step *step)
{
	const char *a = plan_text(&l->plan, step->a);
	const uint64_t *n = step->n;

	switch ((enum plan_op)step->op) {
	case PLAN_CONSOLE:
		return launch_console(l, (uint16_t)n[0], (uint16_t)n[1]);
	case PLAN_RLIMIT:
	case PLAN_OOM_SCORE:
	case PLAN_GIVE_STDIO:
		return l->is_fostered ? 0 : launch_limit(l, step, 0);
	case PLAN_UMASK:
		umask((mode_t)n[0]);
		return 0;
	case PLAN_NICE:
		return result(setpriority(PRIO_PROCESS, 0, (int)(int64_t)n[0]));
	case PLAN_PERSONALITY:
		return result(personality((unsigned long)n[0]));
	case PLAN_SCHEDULER:
		return launch_scheduler(n);
	case PLAN_IO_PRIORITY:
		return result(syscall(SYS_ioprio_set, 1 /* one process */, 0, (int)n[0]));
	case PLAN_MEMORY_POLICY:
		return launch_memory_policy(n[0], a, step->a.len);
	case PLAN_AFFINITY:
		return launch_affinity(a, step->a.len);
	default:
		return run_rights(l, step);
	}
}

/* The file system it will see, from outside and then from inside. */
static int run_root(struct launch *l, const struct plan_step *step)
{
	const char *a = plan_text(&l->plan, step->a), *b = plan_text(&l->plan, step->b);
	const uint64_t *n = step->n;

	switch ((enum plan_op)step->op) {
	case PLAN_KEEP_TREE:
		return launch_keep(l, step);
	case PLAN_TREE_KEEP:
		return launch_tree_keep(l);
	case PLAN_PROPAGATION:
		return launch_propagation(a, n[0]);
	case PLAN_BIND_ROOT:
		return launch_bind_root(l, step);
	case PLAN_ROOT_OPEN:
		return open_root(l, step);
	case PLAN_TREE_NEW:
		return launch_tree_new(l, step);
	case PLAN_TREE_CLONE:
		return launch_tree_clone(l, step);
	case PLAN_TREE_PEER:
		return launch_tree_peer(l, a, b);
	case PLAN_TREE_MKDIR:
		return result(mkdirat(l->tree, a, (mode_t)n[0]));
	case PLAN_TREE_NODE:
		return launch_tree_node(l, a, n);
	case PLAN_TREE_FILL:
		return launch_tree_fill(l, a);
	case PLAN_ROOT_NODE:
		return launch_root_node(l, a, n);
	case PLAN_ROOT_LINK:
		return launch_root_link(l, b, a);
	case PLAN_TREE_LINK:
		return result(symlinkat(a, l->tree, b));
	case PLAN_TREE_ATTACH:
		return launch_tree_attach(l, b, n[0]);
	case PLAN_MASK:
		return launch_mask(l, a);
	case PLAN_READONLY:
		return launch_readonly(l, a);
	case PLAN_PIVOT:
		return n[0] ? launch_chroot(l) : launch_pivot(l);
	case PLAN_ROOT_READONLY:
		return launch_root_readonly(l);
	default:
		return run_process(l, step);
	}
}

/* Where it belongs, whom it waits for, and what its namespaces say. */
static int run(struct launch *l, const struct plan_step *step)
{
	const char *a = plan_text(&l->plan, step->a), *b = plan_text(&l->plan, step->b);
	const uint64_t *n = step->n;

	switch ((enum plan_op)step->op) {
	case PLAN_ENTER_CONTAINER:
		return enter(l, n[0]);
	case PLAN_JOIN_CONTAINER:
		return launch_join_peer(l, a, n[0]);
	case PLAN_CGROUP_ENTER:
		return launch_cgroup_enter(a, "tasks");
	case PLAN_UNSHARE_CHILD:
		return launch_unshare(l, n[0]);
	case PLAN_MAP_IDS:
		return be_mapped(l);
	case PLAN_ROOT_IDS:
		return be_root(l);
	case PLAN_MAKE_AS:
		return launch_be_owner(launch_owner(l, n[0], 0), launch_owner(l, n[1], 1));
	case PLAN_WAIT:
		return wait_for(l, n[0]);
	case PLAN_HOOK:
		return launch_hook(l, step);
	case PLAN_SESSION:
		return result(setsid()) < 0 ? -errno : 0;
	case PLAN_LOOPBACK_UP:
		return launch_loopback_up();
	case PLAN_KEYRING:
		return keyring();
	case PLAN_HOSTNAME:
		return result(sethostname(a, step->a.len));
	case PLAN_DOMAINNAME:
		return result(setdomainname(a, step->a.len));
	case PLAN_SYSCTL:
		return launch_proc_write(l->proc, "sys", a, b);
	default:
		return run_root(l, step);
	}
}

static bool is_text(unsigned op)
{
	return op != PLAN_SECCOMP && op != PLAN_TRY && op != PLAN_MEMORY_POLICY &&
	       op != PLAN_AFFINITY && op != PLAN_MAP_IDS;
}

static void say_why(struct launch *l, unsigned at, int error)
{
	const struct plan_step *step = &l->plan.steps[at];
	const char *a = is_text(step->op) ? plan_text(&l->plan, step->a) : "";

	if (!l->fail.code)
		launch_fail(l, error, 125, "%s%s%s: %e", plan_op_name(step->op), a[0] ? " " : "", a,
			error);
	l->fail.step = (int32_t)at;
}

static _Noreturn void give_up(struct launch *l, unsigned at, int error)
{
	say_why(l, at, error);
	launch_gate_fail(l->gate, &l->fail);
	_exit(l->fail.exit);
}

static int prepare(struct launch *l, bool new_mounts)
{
	int error;

	if (new_mounts)
		launch_dirs_moved(l);
	umask(0); /* modes in the plan are meant as they are; PLAN_UMASK sets the process's own */
	error = l->is_fostered ? 0 : undumpable();
	if (error)
		return error;
	error = unblock_signals();
	return error ? error : take_stdio(l);
}

/* Whether it may go on. */
static int take_step(struct launch *l, unsigned at, unsigned lane)
{
	const struct plan_step *step = &l->plan.steps[at];
	int error;

	l->fail.code = 0;
	launch_mark_begin(l, at, lane);
	error = run(l, step);
	launch_mark_end(l, at, error);
	return step->flags & PLAN_OPTIONAL ? 0 : error;
}

/* Modes in the plan are meant as they are; and whatever it makes as another, it goes on as we are.
 */
int launch_between(struct launch *l, unsigned from, unsigned to)
{
	int error = 0;

	umask(0);
	for (unsigned at = from; !error && at < to; at++) {
		error = take_step(l, at, TRACE_SHIM);
		if (error)
			say_why(l, at, error);
	}
	if (!error)
		error = launch_be_owner(0, 0);
	return error ? error : undumpable();
}

_Noreturn void launch_child(struct launch *l, unsigned clone_at, bool new_mounts)
{
	unsigned at = clone_at;
	int error;

	l->is_fostered = l->plan.steps[clone_at + 1].op == PLAN_MAP_IDS;
	error = prepare(l, new_mounts);

	if (error)
		give_up(l, at, error);
	for (at++; at < l->plan.head->steps; at++) {
		error = take_step(l, at, TRACE_CHILD);
		if (error)
			give_up(l, at, error);
	}
	give_up(l, at - 1, -EPROTO);
}
