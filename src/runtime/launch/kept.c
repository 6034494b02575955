/* Trees that are kept: opened by who may, mounted by who is root of a user namespace alone. */
#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

enum { NOBODY = 65534 };

static int userns_for(struct launch *l, const struct plan_step *step)
{
	const char *uids = plan_text(&l->plan, step->b), *gids = plan_text(&l->plan, step->c);

	if (step->n[2])
		return l->userns;
	return uids[0] == '/' ? sys_open(AT_FDCWD, uids, O_RDONLY)
			      : launch_userns_make(l, uids, gids);
}

static int show_through(struct launch *l, int tree, const struct plan_step *step)
{
	struct sys_mount_attr attr = {.set = SYS_ATTR_IDMAP};
	int userns = userns_for(l, step), error;

	if (userns < 0)
		return userns;
	attr.userns_fd = (uint64_t)userns;
	error = l->plan.head->avoid & PLAN_AVOID_MOUNT_SETATTR
			? -ENOSYS
			: sys_mount_setattr(tree, step->n[1] ? SYS_AT_RECURSIVE : 0, &attr);
	if (userns != l->userns)
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

/* The store belongs to the host's root, and its owners are shown by now as who they are in there.
 */
static int find_root(struct launch *l, const struct plan_step *step, int tree)
{
	struct stat st;

	if (step->dir_a != PLAN_STORE || l->root[0] != PLAN_ROOT_OUTSIDE)
		return 0;
	if (fstat(tree, &st) < 0)
		return -errno;
	l->root[0] = st.st_uid;
	l->root[1] = st.st_gid;
	return st.st_uid == NOBODY || st.st_gid == NOBODY
		       ? launch_fail(l, -EINVAL, 125,
				 "the user namespace that was asked for has no root: its maps need the ids 0")
		       : 0;
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
	if (step->b.len || step->n[2])
		error = show_through(l, tree, step);
	if (!error)
		error = find_root(l, step, tree);
	if (error) {
		close(tree);
		return l->fail.code ? error : fail_to_map(l, step, error);
	}
	l->kept[l->kept_len++] = tree;
	return 0;
}

int launch_tree_keep(struct launch *l)
{
	if (l->tree < 0)
		return -EBADF;
	if (l->kept_len == LAUNCH_KEPT)
		return -E2BIG;
	l->kept[l->kept_len++] = l->tree;
	l->tree = -1;
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
