#include "core/delegation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/parts.h"
#include "core/privilege.h"
#include "core/spawn.h"
#include "runtime/dbus.h"
#include "runtime/scope.h"
#include "util/own.h"
#include "util/path.h"

#define UNIT  "davit.scope"
#define SLICE "system.slice"
#define LOCK  "/run/davit.scope.lock"

#define USER_SLICE   "app.slice"
#define USER_MANAGER "user.slice/user-%u.slice/user@%u.service"

enum { PROCS_MAX = 64 << 10, TRIES = 50, PAUSE_US = 100000 };

/* ---- whose systemd ---- */

/* An ordinary user's has its bus where their sessions have their files. */
struct user_bus {
	struct dbus_bus bus;
	char dir[PATH_MAX], socket[PATH_MAX + 8];
};

static bool is_bus(struct user_bus *out, const char *dir)
{
	struct stat st;

	if (!dir || dir[0] != '/')
		return false;
	snprintf(out->dir, sizeof(out->dir), "%s", dir);
	snprintf(out->socket, sizeof(out->socket), "%s/bus", out->dir);
	out->bus = (struct dbus_bus){out->socket, privilege_user()};
	return stat(out->socket, &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool find_user_bus(struct user_bus *out)
{
	char usual[40];

	snprintf(usual, sizeof(usual), "/run/user/%u", privilege_user());
	return is_bus(out, getenv("XDG_RUNTIME_DIR")) || is_bus(out, usual);
}

void delegation_manager(char path[DELEGATION_PATH])
{
	snprintf(path, DELEGATION_PATH, USER_MANAGER, privilege_user(), privilege_user());
}

bool delegation_path(const struct cgroup_layout *layout, char path[DELEGATION_PATH])
{
	struct user_bus bus;
	size_t len;

	if (!cgroup_is_pure_v2(layout) || !scope_is_possible())
		return false;
	if (!privilege_is_rootless()) {
		snprintf(path, DELEGATION_PATH, "%s", SLICE "/" UNIT);
		return true;
	}
	delegation_manager(path);
	len = strlen(path);
	snprintf(path + len, DELEGATION_PATH - len, "/%s/%s", USER_SLICE, UNIT);
	return find_user_bus(&bus);
}

/* "0::/user.slice/…": below the user's systemd everybody of theirs may move. */
static bool is_at_home(void)
{
	auto_buf text = BUF_INIT;
	char manager[DELEGATION_PATH + 8] = "0::/";

	delegation_manager(manager + 4);
	return path_read_at(AT_FDCWD, "/proc/self/cgroup", 4096, &text) == 0 &&
	       str_has_prefix(buf_text(&text), manager);
}

int delegation_join(const char *monitors, struct err *err)
{
	struct user_bus bus;
	char below[DELEGATION_PATH];

	if (!privilege_is_rootless() || is_at_home())
		return 0;
	if (!find_user_bus(&bus))
		return err_set(err, ENOENT, "your D-Bus is gone: log in again");
	snprintf(below, sizeof(below), "/%s", monitors);
	return scope_attach(&bus.bus, UNIT, below, (int)getpid(), err);
}

static int read_file(const char *dir, const char *name, struct buf *out)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	buf_clear(out);
	return path_read_at(AT_FDCWD, path, PROCS_MAX, out);
}

/* Controllers are handed down last. */
static bool is_complete(const char *dir, const char *monitors)
{
	auto_buf text = BUF_INIT;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, monitors);
	return access(path, F_OK) == 0 && read_file(dir, "cgroup.subtree_control", &text) == 0 &&
	       strcspn(buf_text(&text), "\n") > 0;
}

static bool has_processes(const char *dir)
{
	auto_buf text = BUF_INIT;

	return read_file(dir, "cgroup.events", &text) == 0 &&
	       strstr(buf_text(&text), "populated 1");
}

/* ---- asking ---- */

/* The host's end reaches davit as SIGURG, which means nothing to those in containers: they are to
 * hear their own stop signal, from their shims (shim/stop.c). */
static void describe(struct scope *scope)
{
	scope_begin(
		scope, UNIT, privilege_is_rootless() ? USER_SLICE : SLICE, "davit's containers");
	scope_texts(scope, "After", "network.target");
	/* So the service that watches monitors ends first. Said here, because a unit that names a
	 * scope in its own file keeps the memory of one that ended, and systemd makes no other
	 * then. */
	scope_texts(scope, "Before", "davit.service");
	scope_u64(scope, "TasksMax", UINT64_MAX);
	scope_i32(scope, "KillSignal", SIGURG);
}

static int spawn_keeper(struct engine *engine, int *pidfd, int *pid, struct err *err)
{
	static const char *const argv[] = {"davit-shim", "scope", NULL};
	struct spawn spawn = {.argv = argv,
		.fds = (int[]){-1, -1, -1},
		.fd_count = 3,
		.cgroup_fd = -1,
		.session = true};
	struct row_process process;
	int failed;

	spawn.program_fd = parts_shim(engine->parts, err);
	if (spawn.program_fd < 0)
		return spawn.program_fd;
	failed = spawn_start(&spawn, pidfd, &process, err);
	*pid = process.pid;
	return failed;
}

/* -EEXIST: the last one is just being taken down. */
static int ask(int pid, struct err *err)
{
	bool is_user = privilege_is_rootless();
	struct user_bus bus;
	int failed = -EEXIST;

	if (is_user && !find_user_bus(&bus))
		return err_set(err, ENOENT, "your D-Bus is gone: log in again");

	for (int i = 0; failed == -EEXIST && i < TRIES; i++) {
		auto_scope scope = {0};

		if (i)
			usleep(PAUSE_US);
		describe(&scope);
		scope.bus = is_user ? &bus.bus : NULL;
		failed = scope_start(&scope, pid, err);
	}
	return failed;
}

static bool has_no_bus(int failed)
{
	return failed == -ENOENT || failed == -ECONNREFUSED;
}

static int start(struct engine *engine, struct err *err)
{
	auto_close int pidfd = -1;
	int pid, failed = spawn_keeper(engine, &pidfd, &pid, err);

	if (failed)
		return failed;
	failed = ask(pid, err);
	if (failed) {
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		spawn_wait(pidfd, NULL, NULL);
	}
	return failed && has_no_bus(failed) ? err_forgive(err) : failed;
}

/* ---- making it a tree ---- */

static int move_one(const char *procs, int pid)
{
	auto_close int fd = open(procs, O_WRONLY | O_CLOEXEC);
	char number[16];
	int len = snprintf(number, sizeof(number), "%d", pid);

	return fd < 0 || write(fd, number, (size_t)len) != len ? -errno : 0;
}

/* Before any controller is handed down: that of a cgroup with processes in it either fails or makes
 * those below it threaded. */
static int move_processes(const char *dir, const char *monitors, struct err *err)
{
	auto_buf pids = BUF_INIT;
	char path[4096];
	int pid, len, failed = 0;

	snprintf(path, sizeof(path), "%s/%s/cgroup.procs", dir, monitors);
	if (read_file(dir, "cgroup.procs", &pids) < 0)
		return 0;
	for (const char *at = buf_text(&pids); sscanf(at, "%d%n", &pid, &len) == 1; at += len) {
		failed = move_one(path, pid);
		if (failed < 0 && failed != -ESRCH)
			return err_set(err, failed, "move process %d to cgroup %s/%s: %s", pid, dir,
				monitors, err_name(failed));
	}
	return 0;
}

/* The scope's directory, where nobody could be asked. */
static void make_by_hand(const char *dir)
{
	auto_free char *parent = strdup(dir);
	char *slash = parent ? strrchr(parent, '/') : NULL;

	if (!slash)
		return;
	*slash = '\0';
	cgroup_hand_down(parent);
	mkdir(dir, 0755); /* the next step says why not */
}

static int make(const char *path, struct err *err)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? err_sys(err, "cgroup %s", path) : 0;
}

static int make_tree(const char *dir, const char *monitors, struct err *err)
{
	char base[4096], path[4096];
	int failed;

	snprintf(base, sizeof(base), "%s/%s", dir, CGROUP_BASE);
	snprintf(path, sizeof(path), "%s/%s", dir, monitors);
	if (access(dir, F_OK) < 0)
		make_by_hand(dir);
	failed = make(base, err);
	if (!failed)
		failed = make(path, err);
	if (!failed)
		failed = move_processes(dir, monitors, err);
	if (failed)
		return failed;
	cgroup_hand_down(dir);
	cgroup_hand_down(base);
	return is_complete(dir, monitors)
		       ? 0
		       : err_set(err, EBUSY, "cgroup %s: its controllers cannot be handed down",
				 dir);
}

static int open_lock(struct err *err)
{
	char path[PATH_MAX + 32] = LOCK;
	struct user_bus bus;
	auto_close int lock = -1;

	if (privilege_is_rootless() && find_user_bus(&bus))
		snprintf(path, sizeof(path), "%s/davit.scope.lock", bus.dir);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return err_sys(err, "lock %s", path);
	return take_fd(&lock);
}

int delegation_ensure(struct engine *engine, const struct cgroup_layout *layout,
	const char *monitors, struct err *err)
{
	const char *dir = cgroup_unified(layout)->mount;
	auto_close int lock = -1;
	struct err why = {0};
	int failed = 0;

	if (is_complete(dir, monitors))
		return 0;
	lock = open_lock(err);
	if (lock < 0)
		return lock;
	if (is_complete(dir, monitors))
		return 0;
	if (!has_processes(dir))
		failed = start(engine, &why);
	if (failed)
		return err_set(err, failed, "%s", why.text);
	return make_tree(dir, monitors, err);
}
