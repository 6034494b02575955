/* corner.c - see corner.h. */
#include "core/corner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/corner_ports.h"
#include "core/corner_watch.h"
#include "core/engine_own.h"
#include "core/erase.h"
#include "core/process.h"
#include "core/strays.h"
#include "util/path.h"

struct corner {
	char *root, *run_root;
	int lock;      /* flock on run_root's "lock" */
	int watch;     /* corner_watch.h */
	unsigned port; /* corner_ports.h; 0 */
	int ports;
};

extern char **environ;

static void corner_free(struct corner *corner)
{
	if (!corner)
		return;
	own_closep(&corner->lock);
	own_closep(&corner->watch);
	own_closep(&corner->ports);
	free(corner->root);
	free(corner->run_root);
	free(corner);
}
own_define(corner)

static struct corner *named(struct engine *engine, const char *name)
{
	auto_of(corner) struct corner *corner = calloc(1, sizeof(*corner));

	if (!corner)
		return NULL;
	corner->lock = corner->watch = corner->ports = -1;
	if (asprintf(&corner->root, "%s/corners/%s", store_root(engine->store), name) < 0)
		corner->root = NULL;
	if (asprintf(&corner->run_root, "%s/corners/%s", store_run_root(engine->store), name) < 0)
		corner->run_root = NULL;
	return corner->root && corner->run_root ? take(corner) : NULL;
}

/* 0, or -EWOULDBLOCK: somebody uses it. */
static int lock(struct corner *corner, bool make)
{
	auto_free char *path = NULL;

	if (asprintf(&path, "%s/lock", corner->run_root) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	corner->lock = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600);
	if (corner->lock < 0)
		return -errno;
	return flock(corner->lock, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int make_files(const struct corner *corner)
{
	auto_free char *path = NULL;

	if (asprintf(&path, "%s/files", corner->root) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return path_mkdirs(path, 0700);
}

/* Held while a corner is made, and while it is found out whether one is in use: else one that is
 * half made would be taken for one that was left. */
static int hold_all(struct engine *engine)
{
	auto_close int fd = openat(
		store_dir(engine->store, STORE_RUN), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return fd < 0 ? -errno : take_fd(&fd);
}

/* -EWOULDBLOCK: there is one of that name, which may be about to go. */
static int make(struct corner *corner)
{
	int failed = path_mkdirs(corner->run_root, 0700);

	if (!failed)
		failed = lock(corner, true);
	return failed ? failed : make_files(corner);
}

enum { AT_ONCE_MAX = 100, ROOM_BYTES = 32 << 20 };

/* Short: names of sockets below it are. */
static int make_named(struct engine *engine, struct corner **out)
{
	struct row_process self = process_self();
	auto_close int all = hold_all(engine);
	int failed = all < 0 ? all : -EWOULDBLOCK;

	for (int i = 0; i < AT_ONCE_MAX && failed == -EWOULDBLOCK; i++) {
		auto_of(corner) struct corner *corner = NULL;
		char name[80];

		snprintf(name, sizeof(name), "%.8s.%d.%llu.%d", store_boot_id(engine->store),
			self.pid, (unsigned long long)self.start, i);
		corner = named(engine, name);
		failed = corner ? make(corner) : -ENOMEM;
		if (!failed)
			*out = take(corner);
	}
	return failed;
}

/* A lesson that runs into a full disk half-way would teach the wrong thing. */
static int check_room(struct engine *engine, struct err *err)
{
	struct statvfs fs;

	if (fstatvfs(store_fd(engine->store), &fs) < 0 ||
		(uint64_t)fs.f_bavail * fs.f_frsize >= ROOM_BYTES)
		return 0;
	return err_set(err, ENOSPC,
		"no space left on the disk of the store %s: a lesson needs %d MB",
		store_root(engine->store), ROOM_BYTES >> 20);
}

int corner_open(struct engine *engine, struct corner **out, struct err *err)
{
	auto_of(corner) struct corner *corner = NULL;
	int failed;

	corner_sweep(engine);
	if (check_room(engine, err) < 0)
		return err->code;
	failed = make_named(engine, &corner);
	if (failed)
		return err_set(err, failed, "make a corner of the store %s: %s",
			store_root(engine->store), err_name(failed));
	corner->port = corner_ports_take(&corner->ports);
	corner->watch = corner_watch_start(engine);
	*out = take(corner);
	return 0;
}

/* The directory that all are in goes with the last of them. */
static void remove_parent(const char *path)
{
	auto_free char *parent = strdup(path);

	if (!parent)
		return;
	*strrchr(parent, '/') = '\0';
	rmdir(parent);
}

/* Whoever runs commands there first: they would go on making things. */
static void end_processes(const struct corner *corner)
{
	auto_free char *mark = NULL;

	if (asprintf(&mark, "DAVIT_RUN_ROOT=%s", corner->run_root) < 0)
		mark = NULL;
	if (mark)
		strays_end(mark);
}

static int erase(struct corner *corner, struct err *err)
{
	int failed;

	end_processes(corner);
	failed = erase_store(corner->root, corner->run_root, err);

	remove_parent(corner->root);
	remove_parent(corner->run_root);
	return failed;
}

int corner_close(struct corner *corner, struct err *err)
{
	int failed = corner ? erase(corner, err) : 0;

	corner_free(corner);
	return failed;
}

static void set(struct strs *env, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		strs_set_env(env, text);
	else
		env->failed = true;
}

void corner_settings(const struct corner *corner, struct strs *out)
{
	const char *path = getenv("PATH");
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len > 0 ? len : 0] = '\0';
	if (strrchr(self, '/'))
		*strrchr(self, '/') = '\0';
	set(out, "DAVIT_ROOT=%s", corner->root);
	set(out, "DAVIT_RUN_ROOT=%s", corner->run_root);
	set(out, "LESSON=%s/files", corner->root);
	if (corner->port)
		set(out, "PORT=%u", corner->port);
	for (unsigned i = 1; corner->port && i < CORNER_PORTS; i++)
		set(out, "PORT%u=%u", i + 1, corner->port + i);
	set(out, "PATH=%s:%s", self, path ? path : "/usr/bin:/bin");
}

void corner_environment(const struct corner *corner, struct strs *out)
{
	for (char **at = environ; *at; at++)
		strs_add(out, *at);
	corner_settings(corner, out);
}

/* ---- sweeping ---- */

/* Killed, and its lock is not let go yet: the kernel closes files one after the other. */
static bool owner_is_gone(const char *name)
{
	struct row_process owner = {0};
	unsigned long long start;

	if (sscanf(name, "%*[^.].%d.%llu.", &owner.pid, &start) != 2)
		return false;
	owner.start = start;
	return !process_is_alive(&owner);
}

/* False: it should go, and is still locked. */
static bool sweep_one(struct engine *engine, const char *name)
{
	auto_of(corner) struct corner *corner = named(engine, name);
	auto_close int all = hold_all(engine);
	struct err err;
	int failed = corner && all >= 0 ? lock(corner, false) : -ENOMEM;

	own_closep(&all);
	/* Without a run directory it is of another boot. */
	if (!failed || failed == -ENOENT)
		erase(corner, &err);
	return failed != -EWOULDBLOCK || !owner_is_gone(name);
}

static bool sweep_below(struct engine *engine, int dir_fd)
{
	auto_close int fd =
		openat(dir_fd, "corners", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool all = true;

	if (!dir)
		return true;
	fd = -1;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			all &= sweep_one(engine, entry->d_name);
	closedir(dir);
	return all;
}

/* In the run root alone is one whose files are gone. */
bool corner_sweep(struct engine *engine)
{
	bool all = sweep_below(engine, store_fd(engine->store));

	return sweep_below(engine, store_dir(engine->store, STORE_RUN)) && all;
}
