#include "runtime/launch/launch.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

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
	l->userns = l->waiting = -1;
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
	memcpy(l->root, in->root, sizeof(l->root));
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
	sys_close(&l->userns);
	launch_userns_settle(l);
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
	case PLAN_USERNS:
		return launch_userns_new(l, step);
	case PLAN_USERNS_OF:
		return launch_userns_of(l, step);
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
		launch_userns_settle(l);
		return error;
	}
	launch_userns_settle(l);
	l->fail.code = 0;
	return 0;
}
