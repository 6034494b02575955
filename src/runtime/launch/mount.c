#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

/* Takes over tree. */
int launch_attach(int tree, int target)
{
	int error = sys_move_mount(tree, target);

	close(tree);
	return error;
}

int launch_propagation(const char *path, uint64_t flags)
{
	return mount(NULL, path, NULL, flags, NULL) < 0 ? -errno : 0;
}

/* mount(2) on what an fd names: through our own procfs, so that nothing on the way can be swapped.
 */
static int mount_fd(struct launch *l, int target, uint64_t flags)
{
	int here = sys_open(AT_FDCWD, ".", O_PATH | O_DIRECTORY), error;
	char name[32];

	if (here < 0)
		return here;
	launch_proc_fd(name, target);
	error = fchdir(l->proc) < 0 ? -errno : launch_propagation(name, flags);
	if (fchdir(here) < 0 && !error)
		error = -errno;
	close(here);
	return error;
}

/* Flags of mount(2) that say what statvfs(3) and MOUNT_ATTR_* say; the low four bits are the same
 * in all three. */
static int remount_old(struct launch *l, int target, uint64_t set, uint64_t clear)
{
	enum { SAME = SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC };
	struct statvfs fs;
	uint64_t flags;

	if (fstatvfs(target, &fs) < 0)
		return -errno;
	flags = ((fs.f_flag & SAME) | (set & SAME)) & ~(clear & SAME);
	flags |= fs.f_flag & (ST_NOATIME | ST_NODIRATIME);
	return mount_fd(l, target, SYS_MS_REMOUNT | SYS_MS_BIND | flags);
}

int launch_remount(struct launch *l, int target, uint64_t set, uint64_t clear)
{
	struct sys_mount_attr attr = {.set = set, .clear = clear};
	int error = -ENOSYS;

	if (!(l->plan.head->avoid & PLAN_AVOID_MOUNT_SETATTR))
		error = sys_mount_setattr(target, 0, &attr);
	return error == -ENOSYS ? remount_old(l, target, set, clear) : error;
}

static void tree_is(struct launch *l, int tree, bool strict)
{
	sys_close(&l->tree);
	l->tree = tree;
	l->tree_is_strict = strict;
	l->tree_set = l->tree_clear = l->tree_propagation = 0;
}

/* "key" or "key=value" */
static int set_option(int fs, const char *option)
{
	const char *value = strchr(option, '=');
	char key[64];
	size_t len = value ? (size_t)(value - option) : 0;

	if (!value)
		return sys_fsconfig(fs, SYS_FSCONFIG_SET_FLAG, option, NULL);
	if (len >= sizeof(key))
		return -EINVAL;
	memcpy(key, option, len);
	key[len] = '\0';
	return sys_fsconfig(fs, SYS_FSCONFIG_SET_STRING, key, value + 1);
}

int launch_tree_new(struct launch *l, const struct plan_step *step)
{
	const char *type = plan_text(&l->plan, step->a), *option;
	int fs = sys_fsopen(type), tree = 0;

	if (fs < 0)
		return launch_fail(l, fs, 125, "mount of type %s: %e", type, fs);
	for (option = plan_next(&l->plan, step->c, NULL); option && !tree;
		option = plan_next(&l->plan, step->c, option)) {
		tree = set_option(fs, option);
		if (tree < 0)
			launch_fail(l, tree, 125, "%s option %s: %e", type, option, tree);
	}
	if (!tree)
		tree = sys_fsconfig(fs, SYS_FSCONFIG_CMD_CREATE, NULL, NULL);
	if (!tree)
		tree = sys_fsmount(fs, (unsigned)step->n[0]);
	close(fs);
	if (tree < 0)
		return tree;
	tree_is(l, tree, strcmp(type, "tmpfs") != 0);
	return 0;
}

static uint64_t recursive(const struct plan_step *step)
{
	return step->n[2] ? SYS_AT_RECURSIVE : 0;
}

/* Who writes to the source may swap what lies on the way at any time. */
static int clone_below(int base, const char *path, const char *below, unsigned flags)
{
	int source = sys_open(base, path, O_PATH | O_DIRECTORY), part, tree;

	if (source < 0)
		return source;
	part = sys_openat2(
		source, below, O_PATH, 0, SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_MAGICLINKS);
	close(source);
	if (part < 0)
		return part;
	tree = sys_open_tree(part, "", flags | AT_EMPTY_PATH);
	close(part);
	return tree;
}

/* A clone of a mount in our own namespace hears of the host's; only one taken there tells it too.
 */
static int clone_outside(struct launch *l, const char *path, unsigned flags)
{
	int own = sys_open(l->proc, "self/ns/mnt", O_RDONLY), tree;

	if (own < 0)
		return own;
	tree = (int)sys_result(syscall(SYS_setns, l->outer_mnt, SYS_CLONE_NEWNS));
	if (!tree)
		tree = sys_open_tree(AT_FDCWD, path, flags);
	if (syscall(SYS_setns, own, SYS_CLONE_NEWNS) < 0)
		tree = -errno;
	close(own);
	return tree;
}

static int take_kept(struct launch *l, const struct plan_step *step)
{
	uint64_t number = step->n[4] >> 32;
	int tree;

	if (number >= l->kept_len)
		return -ENOENT;
	tree = l->kept[number];
	l->kept[number] = -1;
	return tree < 0 ? -ENOENT : tree;
}

static int clone_source(struct launch *l, const struct plan_step *step)
{
	const char *path = plan_text(&l->plan, step->a), *below = plan_text(&l->plan, step->c);
	unsigned flags = SYS_OPEN_TREE_CLONE | (unsigned)recursive(step);
	int base = launch_dir(l, step->dir_a), tree;

	if (base < 0 && base != AT_FDCWD)
		return base;
	if (step->n[4] & PLAN_FROM_KEPT)
		return take_kept(l, step);
	if (step->n[4] & PLAN_FROM_HOST)
		return clone_outside(l, path, flags);
	if (!step->c.len)
		return sys_open_tree(base, path, flags);
	tree = clone_below(base, path, below, flags);
	return tree < 0 ? launch_fail(l, tree, 125, "cannot access path %s in the volume: %e",
				  below, tree)
			: tree;
}

/* The attributes of one mount or of all. Before 5.12 the caller sets the top one's by itself, when
 * it is attached. */
static int set_attributes(
	struct launch *l, const struct plan_step *step, int tree, const struct sys_mount_attr *attr)
{
	struct sys_mount_attr top = {.set = step->n[0] >> 32, .clear = step->n[1] >> 32};
	int error = -ENOSYS;

	if (step->n[4] & PLAN_TOP_READONLY)
		top.set |= SYS_ATTR_RDONLY;
	if (!(l->plan.head->avoid & PLAN_AVOID_MOUNT_SETATTR))
		error = sys_mount_setattr(tree, (unsigned)recursive(step), attr);
	return error || !(top.set | top.clear) ? error : sys_mount_setattr(tree, 0, &top);
}

int launch_tree_clone(struct launch *l, const struct plan_step *step)
{
	struct sys_mount_attr attr = {(uint32_t)step->n[0], (uint32_t)step->n[1],
		step->n[3] ? step->n[3] & ~(uint64_t)SYS_MS_REC : SYS_MS_PRIVATE, 0};
	int tree = clone_source(l, step), error;

	if (tree < 0)
		return tree;
	tree_is(l, tree, false);
	error = set_attributes(l, step, tree, &attr);
	if (error != -ENOSYS)
		return error;
	if (step->n[4] & PLAN_TOP_READONLY)
		attr.set |= SYS_ATTR_RDONLY;
	l->tree_set = attr.set | step->n[0] >> 32;
	l->tree_clear = attr.clear | step->n[1] >> 32;
	l->tree_propagation = attr.propagation | (step->n[2] ? SYS_MS_REC : 0);
	return 0;
}

/* In the other container's own view, so that nothing of it leads out of it. */
static int clone_in_peer(const char *path)
{
	int root = sys_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY), part, tree;

	if (root < 0)
		return root;
	part = launch_root_open(root, path, O_PATH, true);
	close(root);
	if (part < 0)
		return part;
	tree = sys_open_tree(part, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH);
	close(part);
	return tree;
}

int launch_tree_peer(struct launch *l, const char *id, const char *path)
{
	const struct sys_mount_attr attr = {.propagation = SYS_MS_PRIVATE};
	int own = sys_open(l->proc, "self/ns/mnt", O_RDONLY), tree;

	if (own < 0)
		return own;
	tree = (int)sys_result(syscall(SYS_setns, launch_peer(l, id), SYS_CLONE_NEWNS));
	if (!tree) {
		tree = clone_in_peer(path);
		if (syscall(SYS_setns, own, SYS_CLONE_NEWNS) < 0)
			tree = -errno;
	}
	close(own);
	if (tree < 0)
		return tree;
	tree_is(l, tree, false);
	if (!(l->plan.head->avoid & PLAN_AVOID_MOUNT_SETATTR))
		return sys_mount_setattr(tree, 0, &attr);
	l->tree_propagation = SYS_MS_PRIVATE;
	return 0;
}

/* n: type and mode, device, owner */
static int make_node(int dir, const char *path, const uint64_t n[4])
{
	if (mknodat(dir, path, (mode_t)n[0], (dev_t)n[1]) < 0)
		return -errno;
	if ((n[2] || n[3]) &&
		fchownat(dir, path, (uid_t)n[2], (gid_t)n[3], AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

int launch_tree_node(struct launch *l, const char *path, const uint64_t n[4])
{
	l->tree_is_strict = true;
	return make_node(l->tree, path, n);
}

/* The directory that a path of the root lies in, made if it is missing; *name: the rest. */
static int open_parent(struct launch *l, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char dir[1024];

	*name = slash ? slash + 1 : path;
	if (!slash || slash == path)
		return launch_root_open(l->dir[PLAN_ROOT], "/", O_PATH | O_DIRECTORY, true);
	if ((size_t)(slash - path) >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = '\0';
	return launch_root_make(l->dir[PLAN_ROOT], dir, S_IFDIR, true);
}

int launch_root_node(struct launch *l, const char *path, const uint64_t n[4])
{
	const char *name;
	int parent = open_parent(l, path, &name), error;

	if (parent < 0)
		return parent;
	error = make_node(parent, name, n);
	close(parent);
	return error == -EEXIST ? 0 : error;
}

int launch_root_link(struct launch *l, const char *path, const char *target)
{
	const char *name;
	int parent = open_parent(l, path, &name), error;

	if (parent < 0)
		return parent;
	error = symlinkat(target, parent, name) < 0 ? -errno : 0;
	close(parent);
	return error == -EEXIST ? 0 : error;
}

static uint64_t type_of(int tree)
{
	struct stat st;

	return fstat(tree, &st) < 0 || S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG;
}

int launch_tree_attach(struct launch *l, const char *path, uint64_t type)
{
	int tree = l->tree, error;
	int target = launch_root_make(
		l->dir[PLAN_ROOT], path, type ? type : type_of(tree), l->tree_is_strict);

	if (target == -ELOOP && l->tree_is_strict)
		return launch_fail(
			l, target, 125, "mount point %s is behind a symbolic link", path);
	/* The kernel's overlay without room for its work directory can be read, and no more. */
	if (target == -EROFS)
		return launch_fail(l, target, 125,
			"mount point %s: %e, as all its files are when the store's disk is full",
			path, target);
	if (target < 0)
		return launch_fail(l, target, 125, "mount point %s: %e", path, target);
	/* What may go into /proc says so by its name, and was checked; a link there is a trap
	 * (CVE-2019-16884). */
	if (launch_is_proc(target) && strncmp(path, "/proc/", 6) != 0) {
		close(target);
		return launch_fail(
			l, -EPERM, 125, "mount %s: cannot be mounted inside /proc", path);
	}
	l->tree = -1;
	error = sys_move_mount(tree, target);
	/* The fd of a mount follows it to where it was attached. */
	if (!error && l->tree_propagation)
		error = mount_fd(l, tree, l->tree_propagation);
	if (!error && (l->tree_set || l->tree_clear))
		error = remount_old(l, tree, l->tree_set, l->tree_clear);
	close(tree);
	close(target);
	if (error == -ENOTDIR || error == -EISDIR ||
		error == -EINVAL) /* move_mount(2) says EINVAL */
		return launch_fail(l, error, 125,
			"mount %s: a directory and a file cannot cover each other", path);
	return error ? launch_fail(l, error, 125, "mount %s: %e", path, error) : 0;
}

/* The host's /dev/null, verified: never the container's (CVE-2025-31133). */
static int null_tree(struct launch *l)
{
	struct stat st;

	if (l->null < 0)
		l->null = sys_open(AT_FDCWD, "/dev/null", O_PATH | O_NOFOLLOW);
	if (l->null < 0)
		return l->null;
	if (fstat(l->null, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return -ENODEV;
	return sys_open_tree(l->null, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH);
}

/* An empty read-only directory. The first is attached, the next are clones of it: what was never
 * attached can only be cloned from 6.15 on. */
static int blank_tree(struct launch *l)
{
	int fs, tree;

	if (l->blank >= 0)
		return sys_open_tree(l->blank, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH);
	fs = sys_fsopen("tmpfs");
	if (fs < 0)
		return fs;
	tree = set_option(fs, "nr_inodes=2");
	if (!tree)
		tree = set_option(fs, "mode=555");
	if (!tree)
		tree = sys_fsconfig(fs, SYS_FSCONFIG_CMD_CREATE, NULL, NULL);
	if (!tree)
		tree = sys_fsmount(
			fs, SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC);
	close(fs);
	if (tree >= 0)
		l->blank = dup(tree);
	return tree;
}

int launch_mask(struct launch *l, const char *path)
{
	int target = launch_root_open(l->dir[PLAN_ROOT], path, O_PATH, false), tree, error;
	struct stat st;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return target;
	if (fstat(target, &st) < 0) {
		close(target);
		return -errno;
	}
	tree = S_ISDIR(st.st_mode) ? blank_tree(l) : null_tree(l);
	error = tree < 0 ? tree : launch_attach(tree, target);
	close(target);
	return error;
}

int launch_readonly(struct launch *l, const char *path)
{
	struct sys_mount_attr attr = {.set = SYS_ATTR_RDONLY};
	int target = launch_root_open(l->dir[PLAN_ROOT], path, O_PATH, false), tree,
	    error = -ENOSYS;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return target;
	tree = sys_open_tree(target, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH | SYS_AT_RECURSIVE);
	if (tree < 0) {
		close(target);
		return tree;
	}
	if (!(l->plan.head->avoid & PLAN_AVOID_MOUNT_SETATTR))
		error = sys_mount_setattr(tree, SYS_AT_RECURSIVE, &attr);
	if (!error || error == -ENOSYS) {
		int attached = sys_move_mount(tree, target);

		error = attached || !error ? attached : remount_old(l, tree, SYS_ATTR_RDONLY, 0);
	}
	close(tree);
	close(target);
	return error;
}

/* The old root ends up below the new one's ".", and goes. */
int launch_pivot(struct launch *l)
{
	if (fchdir(l->dir[PLAN_ROOT]) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
		umount2(".", SYS_MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* Where the root cannot be pivoted away from (an initramfs): it is covered. */
int launch_chroot(struct launch *l)
{
	if (fchdir(l->dir[PLAN_ROOT]) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
		chroot(".") < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

int launch_root_readonly(struct launch *l)
{
	return launch_remount(l, l->dir[PLAN_ROOT], SYS_ATTR_RDONLY, 0);
}
