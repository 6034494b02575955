#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

static ssize_t read_at(int dir, const char *path, char *to, size_t room)
{
	int fd = sys_open(dir, path, O_RDONLY);
	ssize_t len;

	len = fd < 0 ? -1 : read(fd, to, room - 1);
	sys_close(&fd);
	to[len > 0 ? len : 0] = '\0';
	return len;
}

static ssize_t read_file(const char *dir, const char *name, char *to, size_t room)
{
	char path[512];

	launch_say(path, sizeof(path), "%s/%s", dir, name);
	return read_at(AT_FDCWD, path, to, room);
}

/* "oom_kill N" stands in memory.events (v2) and memory.oom_control (v1, 4.13). Read at the end
 * only: no fd and no wake-up for what seldom happens. */
uint64_t oom_count(const struct shim *shim)
{
	char text[512];
	const char *at;
	unsigned long long count = 0;

	if (!shim->memory[0])
		return 0;
	read_file(shim->memory,
		shim->plan.memory_version == 2 ? "memory.events" : "memory.oom_control", text,
		sizeof(text));
	at = strstr(text, "oom_kill ");
	if (at)
		launch_number(at + 9, strspn(at + 9, "0123456789"), UINT64_MAX, &count);
	return count;
}

/* By pidfd: a number read from a file may belong to somebody else a moment later, so it must be in
 * the cgroup still when its pidfd is held. */
static void kill_listed(const char *dir)
{
	char pids[512], again[512];
	char *at = pids;

	if (read_file(dir, "cgroup.procs", pids, sizeof(pids)) <= 0)
		return;
	while (*at) {
		size_t len = strspn(at, "0123456789");
		unsigned long long pid;
		int fd;

		if (!at[len] || launch_number(at, len, INT32_MAX, &pid) < 0)
			return; /* cut at the end of the buffer: next round */
		at[len] = '\0';
		fd = sys_pidfd_open((int)pid);
		read_file(dir, "cgroup.procs", again, sizeof(again));
		if (fd >= 0 && strstr(again, at))
			sys_pidfd_signal(fd, SIGKILL);
		sys_close(&fd);
		at += len + 1;
	}
}

/* Without a cgroup: orphans are ours, as their reaper, and nobody else's number until we reap them.
 * The container's resolver is no process of it. */
static bool kill_children(struct shim *shim)
{
	char path[64], pids[512];
	char *at = pids;
	bool any = false;

	launch_say(path, sizeof(path), "self/task/%d/children", getpid());
	if (read_at(shim->launch.proc, path, pids, sizeof(pids)) <= 0)
		return false;
	while (*at) {
		size_t len = strspn(at, "0123456789");
		unsigned long long pid;
		int fd;

		if (!at[len] || launch_number(at, len, INT32_MAX, &pid) < 0)
			return true; /* cut at the end of the buffer: next round */
		at += len + 1;
		if ((int)pid == shim->resolver.pid)
			continue;
		fd = sys_pidfd_open((int)pid);
		any |= fd >= 0 && !sys_pidfd_signal(fd, SIGKILL);
		sys_close(&fd);
	}
	return any;
}

/* A container in the host's pid namespace has no kernel that ends the rest of it when its first
 * process is gone. */
void cgroups_kill(struct shim *shim)
{
	if (!shim->shares_pids)
		return;
	for (int round = 0; !shim->cgroups[0] && round < 64 && kill_children(shim); round++) {
		process_reap(shim);
		usleep(500);
	}
	if (!shim->cgroups[0])
		return;
	if (!launch_cgroup_write(shim->cgroups, "cgroup.kill", "1", 1))
		return;
	for (int round = 0; round < 64; round++) {
		char text[16];

		kill_listed(shim->cgroups);
		process_reap(shim);
		if (read_file(shim->cgroups, "cgroup.procs", text, sizeof(text)) <= 0)
			return;
		usleep(500);
	}
}

static const char *keep(struct shim *shim, size_t *used, const char *text, size_t len)
{
	char *to = shim->names + *used;

	if (*used + len + 2 > sizeof(shim->names))
		return NULL;
	memcpy(to, text, len);
	to[len] = to[len + 1] = '\0';
	*used += len + 2;
	return to;
}

static bool has_own_pids(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->head->steps; i++)
		if (plan->steps[i].op == PLAN_CLONE)
			return plan->steps[i].n[0] & SYS_CLONE_NEWPID;
	return false;
}

int cgroups_keep(struct shim *shim, const struct plan *plan)
{
	const struct plan_header *head = plan->head;
	size_t used = 0;

	shim->plan = *head;
	shim->shares_pids = !has_own_pids(plan);
	shim->freezer = keep(shim, &used, plan_text(plan, head->freezer), head->freezer.len);
	shim->memory = shim->freezer
			       ? keep(shim, &used, plan_text(plan, head->memory), head->memory.len)
			       : NULL;
	shim->cgroups =
		shim->memory ? keep(shim, &used, plan_text(plan, head->cgroups), head->cgroups.len)
			     : NULL;
	return shim->cgroups ? 0 : -E2BIG;
}

/* What another container's cgroup was made in, or somebody still uses, stays: EBUSY is an answer.
 */
void cgroups_remove(struct shim *shim)
{
	for (const char *dir = shim->cgroups; dir && *dir; dir += strlen(dir) + 1)
		rmdir(dir);
}
