/* Three ways to say the same, newest first:
 *
 *     6.5    fsconfig lowerdir+ for each layer
 *     5.2    fsconfig lowerdir=a:b:c, when it is under 256 bytes
 *     ever   mount(2), 4,095 bytes for all; hence short names relative to a working directory */
#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

enum { VALUE_MAX = 256, OPTIONS_MAX = 4096 };

struct overlay {
	struct launch *l;
	const struct plan_step *step, *lowers;
	char upper[64], work[64]; /* below /proc/self/fd: independent of the working directory */
	bool writable;
};

static int set(int fs, const char *key, const char *value)
{
	return sys_fsconfig(fs, SYS_FSCONFIG_SET_STRING, key, value);
}

/* All layers in one string. Separators inside a name are escaped as the kernel wants them. */
static int join_lowers(const struct overlay *o, char *to, size_t room)
{
	const struct plan *plan = &o->l->plan;
	size_t len = 0;

	for (const char *dir = plan_next(plan, o->lowers->a, NULL); dir;
		dir = plan_next(plan, o->lowers->a, dir)) {
		if (len)
			to[len++] = ':';
		for (const char *c = dir; *c; c++) {
			if (len + 3 > room)
				return -E2BIG;
			if (*c == ':' || *c == '\\' || *c == ',')
				to[len++] = '\\';
			to[len++] = *c;
		}
		if (len + 2 > room)
			return -E2BIG;
	}
	to[len] = '\0';
	return 0;
}

static int configure_lowers(const struct overlay *o, int fs)
{
	const struct plan *plan = &o->l->plan;
	char all[VALUE_MAX];
	int error = -EINVAL;

	if (!(plan->head->avoid & PLAN_AVOID_LOWERDIR_PLUS)) {
		const char *dir = plan_next(plan, o->lowers->a, NULL);

		for (error = 0; dir && !error; dir = plan_next(plan, o->lowers->a, dir)) {
			error = set(fs, "lowerdir+", dir);
			if (error == -EINVAL && dir == plan_next(plan, o->lowers->a, NULL))
				break;
			if (error)
				return launch_fail(o->l, error, 125, "layer %s: %e", dir, error);
		}
		if (!error)
			return 0;
	}
	/* The kernel does not know lowerdir+. */
	error = join_lowers(o, all, sizeof(all));
	return error ? error : set(fs, "lowerdir", all);
}

static int configure(const struct overlay *o, int fs)
{
	int error = configure_lowers(o, fs);

	if (!error && o->writable)
		error = set(fs, "upperdir", o->upper);
	if (!error && o->writable)
		error = set(fs, "workdir", o->work);
	/* Distributions differ in these defaults; an upper of ours must mean the same on all of
	 * them. */
	if (!error && o->writable)
		error = set(fs, "index", "off");
	if (!error)
		error = set(fs, "redirect_dir", "nofollow");
	if (!error)
		error = set(fs, "metacopy", "off");
	if (!error && o->writable && o->step->n[0] & PLAN_OVERLAY_VOLATILE)
		error = sys_fsconfig(fs, SYS_FSCONFIG_SET_FLAG, "volatile", NULL);
	if (!error && o->step->n[0] & PLAN_OVERLAY_USERXATTR)
		error = sys_fsconfig(fs, SYS_FSCONFIG_SET_FLAG, "userxattr", NULL);
	return error ? error : sys_fsconfig(fs, SYS_FSCONFIG_CMD_CREATE, NULL, NULL);
}

static int mount_new(const struct overlay *o, int target)
{
	int fs = sys_fsopen("overlay"), mount;

	if (fs < 0)
		return fs;
	mount = configure(o, fs);
	if (!mount)
		mount = sys_fsmount(fs, 0);
	close(fs);
	return mount < 0 ? mount : launch_attach(mount, target);
}

static int mount_old(const struct overlay *o, int target)
{
	char options[OPTIONS_MAX], path[40];
	size_t len;
	int error;

	len = launch_say(options, sizeof(options),
		"%s%s%s%s%s%s%slowerdir=", o->writable ? "upperdir=" : "", o->upper,
		o->writable ? ",workdir=" : "", o->work, o->writable ? ",index=off," : "",
		o->writable && o->step->n[0] & PLAN_OVERLAY_VOLATILE ? "volatile," : "",
		o->step->n[0] & PLAN_OVERLAY_USERXATTR ? "userxattr," : "");
	error = join_lowers(o, options + len, sizeof(options) - len);
	if (error)
		return error;
	launch_say(path, sizeof(path), "/proc/self/fd/%d", target);
	return mount("overlay", path, "overlay", 0, options) < 0 ? -errno : 0;
}

/* The layers' directory becomes the working directory for as long as their relative names are read.
 */
static int mount_there(struct overlay *o, int target)
{
	int layers = launch_dir(o->l, o->lowers->dir_a), here, error;

	if (layers < 0 && layers != AT_FDCWD)
		return layers;
	here = sys_open(AT_FDCWD, ".", O_PATH | O_DIRECTORY);
	if (here < 0)
		return here;
	if (layers != AT_FDCWD && fchdir(layers) < 0) {
		close(here);
		return -errno;
	}
	error = -E2BIG;
	if (!(o->l->plan.head->avoid & PLAN_AVOID_OVERLAY_FSOPEN))
		error = mount_new(o, target);
	if (error == -E2BIG || error == -ENOSYS)
		error = mount_old(o, target);
	if (fchdir(here) < 0 && !error)
		error = -errno;
	close(here);
	return error;
}

/* An fd of a directory of the plan and its name below /proc/self/fd. */
static int name_dir(
	struct launch *l, const struct plan_step *step, struct plan_ref ref, char name[64])
{
	int base = launch_dir(l, step->dir_b), fd;

	if (base < 0 && base != AT_FDCWD)
		return base;
	fd = sys_open(base, plan_text(&l->plan, ref), O_PATH | O_DIRECTORY | O_NOFOLLOW);
	launch_say(name, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static int open_target(struct launch *l, unsigned dir, const char *path)
{
	int base = launch_dir(l, dir);

	if (base < 0 && base != AT_FDCWD)
		return base;
	if (mkdirat(base, path, 0755) < 0 && errno != EEXIST)
		return -errno;
	return sys_open(base, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

/* Leaving root's file system id costs effective rights, which come back while they are permitted;
 * the overlay keeps those of its mounter. */
static int be_effective(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted;
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

int launch_be_owner(uint64_t uid, uint64_t gid)
{
	syscall(SYS_setfsgid, (gid_t)gid);
	syscall(SYS_setfsuid, (uid_t)uid);
	/* Both answer with what was, and never fail in words. */
	if (syscall(SYS_setfsuid, -1) != (long)uid || syscall(SYS_setfsgid, -1) != (long)gid)
		return -EPERM;
	return be_effective();
}

/* In a work dir whose owners are shown through a map, only ids of that map can make anything. */
static int mount_as_owner(struct overlay *o, int target)
{
	int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), back;
	int error = launch_be_owner(
		launch_owner(o->l, o->step->n[1], 0), launch_owner(o->l, o->step->n[2], 1));

	if (!error)
		error = mount_there(o, target);
	back = launch_be_owner(0, 0);
	prctl(PR_SET_DUMPABLE, dumpable == 1, 0, 0, 0);
	return error ? error : back;
}

int launch_overlay(struct launch *l, const struct plan_step *step, const struct plan_step *lowers)
{
	struct overlay o = {.l = l, .step = step, .lowers = lowers, .writable = step->b.len > 0};
	int target = open_target(l, step->dir_a, plan_text(&l->plan, step->a)), upper = -1,
	    work = -1;
	int error = target < 0 ? target : 0;

	if (!error && o.writable) {
		upper = name_dir(l, step, step->b, o.upper);
		work = name_dir(l, step, step->c, o.work);
		error = upper < 0 ? upper : work < 0 ? work : 0;
	}
	if (!error)
		error = step->n[1] || step->n[2] ? mount_as_owner(&o, target)
						 : mount_there(&o, target);
	sys_close(&work);
	sys_close(&upper);
	sys_close(&target);
	return error;
}

/* The mount that a path lies on, as far up as it reaches. pivot_root(2) refuses a root whose parent
 * is shared, for it would move in all its peers. */
static int make_parent_private(int base, const char *path)
{
	const struct sys_mount_attr attr = {.propagation = SYS_MS_PRIVATE};
	int at = sys_open(base, path, O_PATH | O_DIRECTORY), error = at < 0 ? at : -EINVAL;

	for (int depth = 0; at >= 0 && error == -EINVAL && depth < 256; depth++) {
		int up;

		error = sys_mount_setattr(at, 0, &attr);
		up = error == -EINVAL ? sys_open(at, "..", O_PATH | O_DIRECTORY) : -1;
		close(at);
		at = up;
	}
	sys_close(&at);
	return error;
}

/* The copy driver: a directory becomes a mount point, so that it can be pivoted into. */
int launch_bind_root(struct launch *l, const struct plan_step *step)
{
	unsigned recursive = step->n[0] ? SYS_AT_RECURSIVE : 0;
	int base = launch_dir(l, step->dir_a), tree, target, error = 0;

	if (base < 0 && base != AT_FDCWD)
		return base;
	/* A clone of a shared mount would tell its peers of all that is mounted on it. */
	if (step->n[1])
		error = make_parent_private(base, plan_text(&l->plan, step->a));
	if (error)
		return error;
	tree = sys_open_tree(base, plan_text(&l->plan, step->a),
		SYS_OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW | recursive);
	if (tree < 0)
		return tree;
	target = open_target(l, step->dir_b, plan_text(&l->plan, step->b));
	if (target < 0) {
		close(tree);
		return target;
	}
	error = launch_attach(tree, target);
	close(target);
	return error;
}
