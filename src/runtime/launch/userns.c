/* User namespaces. A process born in one has no right outside of it from the first instruction on:
 * its maps are written by its parent, and so is what else needs a right of the host. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

static int write_maps(int proc, int pid, const char *uids, const char *gids, bool deny)
{
	char dir[16];
	int error = 0;

	launch_say(dir, sizeof(dir), "%d", pid);
	if (deny)
		error = launch_proc_write(proc, dir, "setgroups", "deny");
	if (!error)
		error = launch_proc_write(proc, dir, "gid_map", gids);
	return error ? error : launch_proc_write(proc, dir, "uid_map", uids);
}

/* Only what was made for it: never the caller's own. */
static int give_stdio(const struct launch *l, const uint64_t owner[2])
{
	struct stat st;

	for (int i = 0; l->stdio.ours && i < 3; i++) {
		int fd = l->stdio.fd[i];

		if (!fstat(fd, &st) && S_ISFIFO(st.st_mode) &&
			fchown(fd, (uid_t)owner[0], (gid_t)owner[1]) < 0)
			return -errno;
	}
	return 0;
}

/* pid 0: our own. */
int launch_limit(struct launch *l, const struct plan_step *step, int pid)
{
	char dir[16] = "self", text[16];

	if (step->op == PLAN_RLIMIT) {
		uint64_t limits[2] = {step->n[1], step->n[2]};

		return (int)sys_result(
			syscall(SYS_prlimit64, pid, (unsigned)step->n[0], limits, NULL));
	}
	if (step->op == PLAN_GIVE_STDIO)
		return give_stdio(l, step->n);
	if (step->op != PLAN_OOM_SCORE)
		return 0;
	if (pid)
		launch_say(dir, sizeof(dir), "%d", pid);
	launch_say(text, sizeof(text), "%d", (int32_t)(int64_t)step->n[0]);
	return launch_proc_write(l->proc, dir, "oom_score_adj", text);
}

int launch_foster(struct launch *l, const struct plan_step *step, int pid, int gate)
{
	const struct plan_step *end = l->plan.steps + l->plan.head->steps;
	int error = write_maps(l->proc, pid, plan_text(&l->plan, step->a),
		plan_text(&l->plan, step->b), step->n[0]);

	if (error)
		return launch_fail(l, error, 125, "map users and groups: %e", error);
	for (; step < end; step++) {
		error = launch_limit(l, step, pid);
		if (error && !(step->flags & PLAN_OPTIONAL))
			return launch_fail(l, error, 125, "%s: %e", plan_op_name(step->op), error);
	}
	return launch_go(gate);
}

/* A process that only lives until its namespace is open. */
static int clone_waiting(int *pidfd)
{
	struct sys_clone args = {.flags = SYS_CLONE_NEWUSER | SYS_CLONE_PIDFD,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD};
	int pid = (int)sys_result(syscall(SYS_clone3, &args, sizeof(args)));

	if (pid)
		return pid;
	for (;;)
		pause();
}

int launch_userns_new(struct launch *l, const char *uids, const char *gids)
{
	int pidfd, pid = clone_waiting(&pidfd), userns;
	char name[32];

	if (pid < 0)
		return pid;
	userns = write_maps(l->proc, pid, uids, gids, false);
	launch_say(name, sizeof(name), "%d/ns/user", pid);
	if (!userns)
		userns = sys_open(l->proc, name, O_RDONLY);
	sys_pidfd_signal(pidfd, SIGKILL);
	syscall(SYS_waitid, P_PIDFD, pidfd, NULL, WEXITED, NULL);
	close(pidfd);
	return userns;
}

int launch_root_ids(void)
{
	/* Where setgroups is denied nobody has a group to shed. */
	if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
		return -errno;
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

/* ---- trees opened before the child loses its rights ---- */

static int show_through(struct launch *l, int tree, const struct plan_step *step)
{
	struct sys_mount_attr attr = {.set = SYS_ATTR_IDMAP};
	const char *uids = plan_text(&l->plan, step->b), *gids = plan_text(&l->plan, step->c);
	int userns = uids[0] == '/' ? sys_open(AT_FDCWD, uids, O_RDONLY)
				    : launch_userns_new(l, uids, gids),
	    error;

	if (userns < 0)
		return userns;
	attr.userns_fd = (uint64_t)userns;
	error = l->plan.head->avoid & PLAN_AVOID_MOUNT_SETATTR
			? -ENOSYS
			: sys_mount_setattr(tree, step->n[1] ? SYS_AT_RECURSIVE : 0, &attr);
	close(userns);
	return error;
}

static int fail_to_map(struct launch *l, const struct plan_step *step, int error)
{
	const char *path =
		step->dir_a == PLAN_STORE ? "of the store" : plan_text(&l->plan, step->a);

	return error == -EINVAL
		       ? launch_fail(l, error, 125,
				 "mount %s with mapped ids: its file system cannot show them", path)
		       : launch_fail(l, error, 125, "mount %s with mapped ids: %e", path, error);
}

int launch_keep(struct launch *l, const struct plan_step *step)
{
	const char *path = plan_text(&l->plan, step->a);
	int base = launch_dir(l, step->dir_a), tree, error = 0;

	if (base < 0 && base != AT_FDCWD)
		return base;
	if (l->kept_len == LAUNCH_KEPT)
		return -E2BIG;
	tree = sys_open_tree(
		base, path, SYS_OPEN_TREE_CLONE | (step->n[0] ? (unsigned)SYS_AT_RECURSIVE : 0));
	if (tree < 0)
		return launch_fail(l, tree, 125, "mount source %s: %e", path, tree);
	if (step->b.len)
		error = show_through(l, tree, step);
	if (error) {
		close(tree);
		return fail_to_map(l, step, error);
	}
	l->kept[l->kept_len++] = tree;
	return 0;
}

/* ---- mounts that every process of the container finds, at each start ---- */

static int make_point(int base, const char *name, int tree)
{
	struct stat st;
	int error;

	if (fstat(tree, &st) < 0)
		return -errno;
	error = S_ISDIR(st.st_mode) ? mkdirat(base, name, 0700)
				    : mknodat(base, name, S_IFREG | 0600, 0);
	return error < 0 && errno != EEXIST ? -errno : 0;
}

static int place(struct launch *l, int base, const char *name)
{
	int error = make_point(base, name, l->tree), target;

	if (error)
		return error;
	target = sys_open(base, name, O_PATH | O_NOFOLLOW);
	if (target < 0)
		return target;
	error = sys_move_mount(l->tree, target);
	close(target);
	return error;
}

int launch_place(struct launch *l, const struct plan_step *step)
{
	const char *name = plan_text(&l->plan, step->a);
	int base = launch_dir(l, step->dir_a), error;

	if (base < 0)
		return base;
	error = place(l, base, name);
	sys_close(&l->tree);
	if (error || !step->n[0])
		return error;
	sys_close(&l->dir[PLAN_MAPPED]);
	l->dir[PLAN_MAPPED] = sys_open(base, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	l->dir_is_here[PLAN_MAPPED] = true;
	return l->dir[PLAN_MAPPED] < 0 ? l->dir[PLAN_MAPPED] : 0;
}
