#include "core/pids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/groups.h"
#include "runtime/launch_stat.h"
#include "util/own.h"

enum { PROCESSES_MAX = 100000, GROUPS_DEPTH_MAX = 16 };

void pids_fini(struct pids *pids)
{
	free(pids->v);
}

static void pids_add(struct pids *pids, int pid)
{
	if (pids->len == pids->room) {
		size_t room = pids->room ? 2 * pids->room : 32;
		int *v = pids->len < PROCESSES_MAX ? realloc(pids->v, room * sizeof(*v)) : NULL;

		if (!v) {
			pids->failed = true;
			return;
		}
		pids->v = v;
		pids->room = room;
	}
	pids->v[pids->len++] = pid;
}

/* ---- who ---- */

static void list_group(int dir_fd, int depth, struct pids *out);

/* A container may have made groups of its own below its own. */
static void list_below(int dir_fd, int depth, struct pids *out)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_close int below = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		below = openat(
			dir_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			list_group(below, depth + 1, out);
	}
	if (dir)
		closedir(dir);
}

static void list_group(int dir_fd, int depth, struct pids *out)
{
	auto_close int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	int pid;

	if (file) {
		fd = -1;
		while (fscanf(file, "%d", &pid) == 1)
			if (pid > 0) /* 0: of another pid namespace than ours */
				pids_add(out, pid);
		fclose(file);
	}
	if (depth < GROUPS_DEPTH_MAX)
		list_below(dir_fd, depth, out);
}

static int by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static int finish(struct pids *out, struct err *err)
{
	if (out->failed)
		return err_set(err, ENOMEM, "list processes: out of memory");
	if (out->len)
		qsort(out->v, out->len, sizeof(*out->v), by_number);
	return 0;
}

static int open_group(struct engine *engine, const struct cgroup_layout *layout,
	const struct row *row, struct err *err)
{
	const struct cgroup_hierarchy *hierarchy = cgroup_find(layout, CGROUP_PIDS);
	char path[4096], own[GROUPS_PATH_SIZE];
	int fd;

	if (!hierarchy)
		hierarchy = cgroup_at(layout, 0);
	groups_of(engine, row->id, own);
	snprintf(path, sizeof(path), "%s/%s", hierarchy->mount, own);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, "list processes of %s", row->name) : fd;
}

/* ---- without a cgroup ---- */

struct family {
	int init, shim;
	bool has_pids; /* a pid namespace of its own */
	struct stat pids;
};

static bool stat_pids(int pid, struct stat *out)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return stat(path, out) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int parent_of(int pid)
{
	struct launch_stat stat;

	return launch_stat(-1, pid, &stat) < 0 ? 0 : stat.parent;
}

/* Orphans are the monitor's: it is their reaper. One that was started later has adopted only init.
 */
static bool descends(const struct family *family, int pid)
{
	for (int depth = 0; pid > 1 && depth < PROCESSES_MAX; depth++) {
		if (pid == family->init)
			return true;
		pid = parent_of(pid);
		if (pid == family->shim)
			return true;
	}
	return false;
}

static bool belongs(const struct family *family, int pid)
{
	struct stat its;

	if (!family->has_pids)
		return pid != family->shim && descends(family, pid);
	return stat_pids(pid, &its) && is_same(&its, &family->pids);
}

static int list_family(const struct row *row, struct pids *out, struct err *err)
{
	struct family family = {.init = row->state.init.pid, .shim = row->state.shim.pid};
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct stat own;

	if (!proc)
		return err_sys(err, "list processes of %s", row->name);
	family.has_pids = stat_pids(family.init, &family.pids) && stat_pids(getpid(), &own) &&
			  !is_same(&own, &family.pids);
	while ((entry = readdir(proc))) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && belongs(&family, pid))
			pids_add(out, pid);
	}
	closedir(proc);
	return finish(out, err);
}

/* ---- either ---- */

int pids_of(struct engine *engine, const struct row *row, struct pids *out, struct err *err)
{
	const struct cgroup_layout *layout;
	auto_close int group = -1;
	int failed = groups_layout(engine, &layout, err);

	if (failed)
		return failed;
	if (!cgroup_count(layout))
		return list_family(row, out, err);
	group = open_group(engine, layout, row, err);
	if (group < 0)
		return group;
	list_group(group, 0, out);
	return finish(out, err);
}

bool pids_has(const struct pids *pids, int pid)
{
	return pids->len && bsearch(&pid, pids->v, pids->len, sizeof(pid), by_number);
}
