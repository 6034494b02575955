#include "core/groups.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/delegation.h"
#include "core/engine_own.h"
#include "core/privilege.h"
#include "util/own.h"
#include "util/path.h"

#define MONITORS CGROUP_BASE "/monitors"

enum { PROCS_MAX = 1 << 20, KILL_ROUNDS = 200, KILL_PAUSE_US = 1000 };

struct launch_env {
	uv_mutex_t lock;
	struct cgroup_layout *layout;
	struct strs tasks; /* v1: the monitors' tasks files */
	int unified;       /* v2: the monitors' cgroup, or -1 */
	bool monitors_made;
	bool delegated; /* everything is in a scope of systemd's: core/delegation.h */
};

struct launch_env *launch_env_new(void)
{
	struct launch_env *env = calloc(1, sizeof(*env));

	if (!env)
		return NULL;
	uv_mutex_init(&env->lock);
	env->unified = -1;
	return env;
}

void launch_env_free(struct launch_env *env)
{
	if (!env)
		return;
	cgroup_layout_free(env->layout);
	strs_fini(&env->tasks);
	own_closep(&env->unified);
	uv_mutex_destroy(&env->lock);
	free(env);
}

#define NONE_ON_V1 "cgroup v1 lends ordinary users no cgroup: it takes cgroup v2, or sudo davit"
#define NONE_ON_V2                                                                                 \
	"no systemd of yours lends a cgroup here: log in, or have root say loginctl enable-linger, or use sudo davit"
#define NOT_DELEGATED                                                                              \
	"your systemd was not given this controller: root gives it with Delegate=cpu cpuset io memory pids for user@.service"

/* Where the host's tree says that an ordinary user's part is; without one, no limits. */
static int lent_layout(struct launch_env *env, const struct cgroup_layout *host, struct err *err)
{
	const struct cgroup_hierarchy *unified = host ? cgroup_unified(host) : NULL;
	char path[DELEGATION_PATH], manager[DELEGATION_PATH], dir[4096], like[4096];

	env->delegated = unified && delegation_path(host, path);
	if (!env->delegated)
		return cgroup_layout_lent(NULL, NULL,
			host && cgroup_is_pure_v2(host) ? NONE_ON_V2 : NONE_ON_V1, &env->layout,
			err);
	delegation_manager(manager);
	snprintf(dir, sizeof(dir), "%s/%s", unified->mount, path);
	snprintf(like, sizeof(like), "%s/%s", unified->mount, manager);
	return cgroup_layout_lent(dir, like, NOT_DELEGATED, &env->layout, err);
}

static int layout_locked(struct launch_env *env, struct err *err)
{
	auto_of(cgroup_layout) struct cgroup_layout *host = NULL;
	char path[DELEGATION_PATH];
	int failed;

	if (env->layout)
		return 0;
	failed = cgroup_layout_new("", &host, privilege_is_rootless() ? NULL : err);
	if (privilege_is_rootless())
		return lent_layout(env, host, err);
	env->delegated = !failed && delegation_path(host, path);
	if (env->delegated)
		failed = cgroup_layout_move(host, path, err);
	if (!failed)
		env->layout = take(host);
	return failed;
}

int groups_layout(struct engine *engine, const struct cgroup_layout **out, struct err *err)
{
	struct launch_env *env = engine->launch;
	int failed;

	uv_mutex_lock(&env->lock);
	failed = layout_locked(env, err);
	uv_mutex_unlock(&env->lock);
	*out = env->layout;
	return failed;
}

const char *groups_driver(struct engine *engine, const struct cgroup_layout *layout)
{
	if (!cgroup_count(layout))
		return "none";
	return engine->launch->delegated ? "systemd" : "cgroupfs";
}

bool groups_are_ours(void)
{
	struct launch_env *env = launch_env_new();
	struct err err;
	bool ours = env && layout_locked(env, &err) == 0 && cgroup_count(env->layout);

	launch_env_free(env);
	return ours;
}

void groups_path(const char *parent, const char *id, char path[GROUPS_PATH_SIZE])
{
	while (parent && *parent == '/')
		parent++;
	snprintf(path, GROUPS_PATH_SIZE, "%.300s/%.64s", parent && *parent ? parent : CGROUP_BASE,
		id);
}

int groups_check_parent(const char *parent, struct err *err)
{
	auto_free char *copy = strdup(parent);
	char *rest = copy, *part;

	if (!copy)
		return err_set(err, ENOMEM, "--cgroup-parent: out of memory");
	if (strlen(parent) > 300)
		return err_set(err, ENAMETOOLONG,
			"--cgroup-parent %.40s…: longer than 300 characters", parent);
	while ((part = strsep(&rest, "/")))
		if (str_eq(part, "..") || str_eq(part, "."))
			return err_set(err, EINVAL,
				"--cgroup-parent %s: a path without \".\" and \"..\" is needed",
				parent);
	return 0;
}

/* False: ours is its parent. */
static bool read_link(struct engine *engine, const char *id, char path[GROUPS_PATH_SIZE])
{
	char name[80];
	ssize_t len;

	snprintf(name, sizeof(name), "%.64s/cgroup", id);
	len = readlinkat(
		store_dir(engine->store, STORE_CONTAINERS), name, path, GROUPS_PATH_SIZE - 1);
	path[len > 0 ? len : 0] = '\0';
	return len > 0;
}

void groups_of(struct engine *engine, const char *id, char path[GROUPS_PATH_SIZE])
{
	if (!read_link(engine, id, path))
		groups_path(NULL, id, path);
}

int groups_prepare(struct engine *engine, const char *id, struct err *err)
{
	const struct cgroup_layout *layout;
	char path[GROUPS_PATH_SIZE];
	int failed;

	if (!read_link(engine, id, path))
		return 0;
	*strrchr(path, '/') = '\0';
	failed = groups_layout(engine, &layout, err);
	return failed ? failed : cgroup_prepare(layout, path, err);
}

void groups_remove(struct engine *engine, const char *id)
{
	const struct cgroup_layout *layout;
	char path[GROUPS_PATH_SIZE];
	struct err ignored;

	groups_of(engine, id, path);
	if (groups_layout(engine, &layout, &ignored) == 0)
		cgroup_remove(layout, path, NULL);
}

/* ---- what a monitor that was killed left running ---- */

static int read_procs(const struct cgroup_hierarchy *hierarchy, const char *path, struct buf *pids)
{
	char file[4096];

	snprintf(file, sizeof(file), "%s/%s/cgroup.procs", hierarchy->mount, path);
	buf_clear(pids);
	return path_read_at(AT_FDCWD, file, PROCS_MAX, pids);
}

static bool is_listed(const struct cgroup_hierarchy *hierarchy, const char *path, int wanted)
{
	auto_buf pids = BUF_INIT;
	int pid, len;

	if (read_procs(hierarchy, path, &pids) < 0)
		return false;
	for (const char *at = buf_text(&pids); sscanf(at, "%d%n", &pid, &len) == 1; at += len)
		if (pid == wanted)
			return true;
	return false;
}

/* A number read from a file may be somebody else's a moment later: it must be listed still when its
 * pidfd is held. */
static bool kill_listed(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	auto_buf pids = BUF_INIT;
	bool any = false;
	int pid, len;

	if (read_procs(hierarchy, path, &pids) < 0)
		return false;
	for (const char *at = buf_text(&pids); sscanf(at, "%d%n", &pid, &len) == 1; at += len) {
		auto_close int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;

		any = true;
		if (fd >= 0 && is_listed(hierarchy, path, pid))
			syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	}
	return any;
}

void groups_end(struct engine *engine, const char *id)
{
	const struct cgroup_layout *layout;
	char path[GROUPS_PATH_SIZE];
	struct err ignored;

	groups_of(engine, id, path);
	if (groups_layout(engine, &layout, &ignored) < 0)
		return;
	for (int round = 0; round < KILL_ROUNDS; round++) {
		bool any = false;

		for (size_t i = 0; i < cgroup_count(layout); i++)
			any |= kill_listed(cgroup_at(layout, i), path);
		if (!any)
			break;
		usleep(KILL_PAUSE_US);
	}
	cgroup_remove(layout, path, NULL);
}

/* ---- the monitors' own group ---- */

static bool is_there(const struct cgroup_hierarchy *hierarchy)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", hierarchy->mount, MONITORS);
	return stat(path, &st) == 0;
}

static int make_monitors(const struct cgroup_layout *layout, struct err *err)
{
	static const struct spec_resources no_limits;
	auto_cgroup_steps steps = {0};
	bool missing = false;
	int failed;

	for (size_t i = 0; i < cgroup_count(layout); i++)
		missing |= !is_there(cgroup_at(layout, i));
	if (!missing)
		return 0;
	failed = cgroup_prepare(layout, CGROUP_BASE, err);
	if (!failed)
		failed = cgroup_plan_new(layout, MONITORS, &no_limits, &steps, err);
	return failed ? failed : cgroup_apply(&steps, err);
}

static int name_monitors(struct launch_env *env, struct err *err)
{
	char path[4096];

	for (size_t i = 0; i < cgroup_count(env->layout); i++) {
		const struct cgroup_hierarchy *hierarchy = cgroup_at(env->layout, i);

		if (hierarchy->version == 1) {
			strs_addf(&env->tasks, "%s/%s/tasks", hierarchy->mount, MONITORS);
			continue;
		}
		snprintf(path, sizeof(path), "%s/%s", hierarchy->mount, MONITORS);
		env->unified = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (env->unified < 0)
			return err_sys(err, "open %s", path);
	}
	return strs_failed(&env->tasks)
		       ? err_set(err, ENOMEM, "find the monitors' cgroup: out of memory")
		       : 0;
}

static int monitors_locked(struct engine *engine, struct err *err)
{
	struct launch_env *env = engine->launch;
	int failed = env->monitors_made ? 0 : layout_locked(env, err);

	if (failed || env->monitors_made)
		return failed;
	failed = env->delegated ? delegation_ensure(engine, env->layout, MONITORS, err)
				: make_monitors(env->layout, err);
	if (!failed && env->delegated)
		failed = delegation_join(MONITORS, err);
	if (!failed)
		failed = name_monitors(env, err);
	env->monitors_made = !failed;
	return failed;
}

int groups_for_monitors(struct engine *engine, struct spawn *spawn, struct err *err)
{
	struct launch_env *env = engine->launch;
	int failed;

	uv_mutex_lock(&env->lock);
	failed = monitors_locked(engine, err);
	uv_mutex_unlock(&env->lock);
	if (failed)
		return failed;
	spawn->tasks = (const char *const *)env->tasks.v;
	spawn->tasks_count = env->tasks.len;
	spawn->cgroup_fd = env->unified;
	return 0;
}
