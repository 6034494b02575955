#include "core/view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/planning.h"
#include "core/privilege.h"
#include "core/process.h"
#include "core/view_mount.h"
#include "runtime/compile.h"
#include "runtime/plan_build.h"
#include "util/json.h"
#include "util/own.h"
#include "util/path.h"

/* ---- one that runs ---- */

static int open_running(const struct writable *writable, struct err *err)
{
	const struct row_process *init = &writable->row.state.init;
	char path[40];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/root", init->pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Asked afterwards: then what was opened was that process's. */
	if (fd < 0 || !process_is_alive(init))
		return err_set(err, ESRCH, "container %s is not running", writable->row.id);
	return take_fd(&fd);
}

/* ---- mounted here: the beginning of a launch plan, carried out by us ---- */

static void plan_overlay(struct plan_build *build, const struct writable *writable,
	enum view_kind kind, struct strs *lowers)
{
	struct plan_step step = {.op = PLAN_OVERLAY, .dir_a = PLAN_RUN};
	char path[100];

	step.a = plan_build_text(build, "root");
	step.n[0] = privilege_is_rootless() ? PLAN_OVERLAY_USERXATTR : 0;
	if (kind == VIEW_WHOLE) {
		step.dir_b = PLAN_OWN;
		step.b = plan_build_text(build, "upper");
		step.c = plan_build_text(build, "work");
	} else {
		snprintf(path, sizeof(path), "containers/%s/upper", writable->row.id);
		strs_add(lowers, path);
	}
	if (writable->users.len) {
		snprintf(path, sizeof(path), OWN_TREE, writable->row.id);
		strs_add(lowers, path);
	}
	for (size_t i = writable->users.len ? 0 : writable->layers.len; i--;) {
		image_layer_path(writable->layers.v[i], path);
		strs_add(lowers, path);
	}
	plan_build_step(build, &step);
	plan_build_step(build, &(struct plan_step){.op = PLAN_LOWERS,
				       .dir_a = PLAN_STORE,
				       .a = plan_build_list(build, lowers)});
}

static int make_plan(
	const struct writable *writable, enum view_kind kind, struct buf *out, struct err *err)
{
	struct plan_build build;
	auto_strs lowers = STRS_INIT;
	struct kernel kernel;
	int failed = kernel_read(getenv("DAVIT_KERNEL"), &kernel, err);

	if (failed)
		return failed;
	plan_build_init(&build, PLAN_CONTAINER);
	build.head.avoid = compile_avoid(&kernel);
	plan_build_step(&build, &(struct plan_step){.op = PLAN_UNSHARE, .n = {CLONE_NEWNS}});
	plan_build_step(&build, &(struct plan_step){.op = PLAN_PROPAGATION,
					.a = plan_build_text(&build, "/"),
					.n = {MS_REC | MS_PRIVATE}});
	if (writable->tree.whole)
		plan_build_step(&build, &(struct plan_step){.op = PLAN_BIND_ROOT,
						.dir_a = PLAN_OWN,
						.a = plan_build_text(&build, "root"),
						.dir_b = PLAN_RUN,
						.b = plan_build_text(&build, "root")});
	else
		plan_overlay(&build, writable, kind, &lowers);
	/* Where a launch would go on; a hold ends there. */
	plan_build_step(&build, &(struct plan_step){.op = PLAN_CLONE});
	failed = plan_build_finish(&build, out);
	plan_build_fini(&build);
	return failed ? err_set(err, failed, "mount the container's files: %s", err_name(failed))
		      : 0;
}

static int carry_out(struct engine *engine, const struct writable *writable, const struct buf *plan,
	struct err *err)
{
	struct view_dirs dirs = {
		.store = fcntl(store_fd(engine->store), F_DUPFD_CLOEXEC, 3),
		.own = fcntl(writable->own_fd, F_DUPFD_CLOEXEC, 3),
		.run = launch_run_dir(engine, writable->row.id, err),
	};

	return view_mount(&dirs, plan, err);
}

static int open_mounted(struct engine *engine, const struct writable *writable, struct err *err)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s/c/%s/root", store_run_root(engine->store),
		writable->row.id);
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(err, "%s", path) : fd;
}

/* ---- volumes and binds ---- */

static int make_target(int root, const char *path, bool dir)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = slash ? strndup(path, (size_t)(slash - path)) : NULL;
	int fd;

	if (dir)
		return path_mkdirs_in(root, path, 0755);
	fd = path_open_in(root, path, O_PATH, 0);
	if (fd != -ENOENT)
		return fd;
	fd = path_mkdirs_in(root, parent && *parent ? parent : "/", 0755);
	own_closep(&fd);
	return path_open_in(root, path, O_RDONLY | O_CREAT | O_NOFOLLOW, 0644);
}

static int set_readonly(int tree)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	char path[40];

	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
		    sizeof(attr)) == 0)
		return 0;
	if (errno != ENOSYS)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", tree);
	return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0 ? -errno : 0;
}

static int attach(int root, const char *source, const char *target, bool writable)
{
	auto_close int tree = (int)syscall(SYS_open_tree, AT_FDCWD, source,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	auto_close int at = -1;
	struct stat st;
	int failed = 0;

	if (tree < 0 || fstat(tree, &st) < 0)
		return -errno;
	at = make_target(root, target, S_ISDIR(st.st_mode));
	if (at < 0)
		return at;
	if (syscall(SYS_move_mount, tree, "", at, "",
		    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	if (!writable)
		failed = set_readonly(tree);
	return failed;
}

static int attach_mounts(int root, const cJSON *inspect, struct err *err)
{
	const cJSON *mount;

	cJSON_ArrayForEach(mount, json_array(inspect, "Mounts")) {
		const char *source = json_str(mount, "Source"),
			   *target = json_str(mount, "Destination");
		int failed;

		if (!source || !target || *source != '/')
			continue;
		failed = attach(root, source, target, json_is_true(mount, "RW"));
		/* A volume's directory may be gone; the container could not be started either. */
		if (failed && failed != -ENOENT)
			return err_set(err, failed, "mount %s: %s", target, err_name(failed));
	}
	return 0;
}

/* hosts and the like lie beside the container and are shown where it would see them. */
static void attach_own_files(struct engine *engine, const struct writable *writable, int root)
{
	static const char *const names[] = {"hostname", "hosts", "resolv.conf"};
	char source[4200], target[32];

	for (size_t i = 0; i < array_len(names); i++) {
		snprintf(target, sizeof(target), "/etc/%s", names[i]);
		snprintf(source, sizeof(source), "%s/containers/%s/%s", store_root(engine->store),
			writable->row.id, names[i]);
		attach(root, source, target, true);
	}
}

int view_open(struct engine *engine, struct writable *writable, enum view_kind kind,
	const struct cJSON *inspect, struct err *err)
{
	auto_buf plan = BUF_INIT;
	auto_close int root = -1;

	if (kind == VIEW_WHOLE && writable->hold.running)
		return open_running(writable, err);
	if (make_plan(writable, kind, &plan, err) < 0 ||
		carry_out(engine, writable, &plan, err) < 0)
		return err->code;
	root = open_mounted(engine, writable, err);
	if (root < 0)
		return root;
	if (kind == VIEW_WHOLE) {
		attach_own_files(engine, writable, root);
		if (attach_mounts(root, inspect, err) < 0)
			return err->code;
	}
	return take_fd(&root);
}

void view_leave(void)
{
	int ends[2];
	char byte;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	child = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
	if (child != 0)
		return; /* our end closes with us */
	/* A copy of a process with threads: nothing but system calls from here. */
	syscall(SYS_close, ends[1]);
	syscall(SYS_read, ends[0], &byte, 1);
	syscall(SYS_exit_group, 0);
}
