/* hood_cgroups.c - its control groups: where they are, what it uses, how much it may. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/groups.h"
#include "core/hood_parts.h"

/* One figure: where it stands in each version of cgroups, and what it means. A file that is not
 * there is skipped: it is another version's, or an older kernel's. */
static const struct counter {
	enum cgroup_controller controller;
	const char *name, *v1, *v2, *words;
} figures[] = {
	{CGROUP_MEMORY, "memory used", "memory.usage_in_bytes", "memory.current",
		"What its processes and their page cache take now, in bytes."},
	{CGROUP_MEMORY, "memory limit", "memory.limit_in_bytes", "memory.max",
		"At this many bytes the kernel reclaims, and if that is not enough ends a process "
		"(OOM)."},
	{CGROUP_MEMORY, "memory peak", "memory.max_usage_in_bytes", "memory.peak",
		"The most it ever took."},
	{CGROUP_MEMORY, "memory events", "memory.oom_control", "memory.events",
		"How often it ran into its limit, and how many of its processes that ended."},
	{CGROUP_CPU, "cpu quota", "cpu.cfs_quota_us", "cpu.max",
		"Microseconds of processor time it may use in each period; -1 or max: no limit."},
	{CGROUP_CPU, "cpu period", "cpu.cfs_period_us", NULL, "The period of the quota."},
	{CGROUP_CPU, "cpu weight", "cpu.shares", "cpu.weight",
		"Its share against others when all of them want to run."},
	{CGROUP_CPU, "cpu throttled", "cpu.stat", "cpu.stat",
		"In how many periods it was stopped because its quota was used up."},
	{CGROUP_CPUSET, "processors", "cpuset.cpus", "cpuset.cpus.effective",
		"The processors it may run on."},
	{CGROUP_PIDS, "processes", "pids.current", "pids.current", "Processes and threads now."},
	{CGROUP_PIDS, "processes limit", "pids.max", "pids.max",
		"The most it may have; fork fails beyond. max: no limit."},
	{CGROUP_BLKIO, "io", "blkio.throttle.io_service_bytes", "io.stat",
		"Bytes read and written, a device each."},
	{CGROUP_FREEZER, "freezer", "freezer.state", "cgroup.freeze",
		"Whether its processes are frozen: what pause does."},
	{CGROUP_CPU, "pressure cpu", NULL, "cpu.pressure",
		"How much of the time its processes waited for a processor."},
	{CGROUP_MEMORY, "pressure memory", NULL, "memory.pressure",
		"How much of the time they waited for memory."},
	{CGROUP_BLKIO, "pressure io", NULL, "io.pressure",
		"How much of the time they waited for a device."},
};

/* The lines of a small file in one, or "" when it is not there. */
static bool read_figure(const char *path, char *out, size_t room)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t len = fd < 0 ? -1 : read(fd, out, room - 1);

	if (len <= 0)
		return false;
	out[len] = '\0';
	if (out[len - 1] == '\n')
		out[len - 1] = '\0';
	for (char *at = out; *at; at++)
		if (*at == '\n')
			*at = ';';
	return true;
}

/* What the kernel calls no limit: the largest page-aligned number (v1). */
static bool is_no_limit(const char *value)
{
	return strtoull(value, NULL, 10) >= (uint64_t)INT64_MAX - 65536 && *value != '-';
}

static void add_figure(struct hooded *h, const struct cgroup_layout *layout, const char *own,
	const struct counter *figure)
{
	const struct cgroup_hierarchy *in = cgroup_find(layout, figure->controller);
	const char *file = !in ? NULL : in->version == 2 ? figure->v2 : figure->v1;
	char path[1024], value[400];

	if (!file)
		return;
	snprintf(path, sizeof(path), "%s/%s/%s", in->mount, own, file);
	if (!read_figure(path, value, sizeof(value)))
		return;
	hood_add(h, HOOD_CGROUPS, figure->name, "%s", is_no_limit(value) ? "no limit" : value);
	hood_words(h, "%s", figure->words);
	hood_shown_by(h, "%s", path);
}

static void add_place(struct hooded *h, const struct cgroup_hierarchy *in, const char *own)
{
	char name[100];

	snprintf(name, sizeof(name), "group %s", *in->name ? in->name : "unified");
	hood_add(h, HOOD_CGROUPS, name, "%s/%s", in->mount, own);
	hood_words(h, "A directory of this hierarchy (version %d); its processes are listed in it.",
		in->version);
	hood_shown_by(h, "%s/%s/cgroup.procs", in->mount, own);
}

void hood_cgroups(struct hooded *h)
{
	const struct cgroup_layout *layout;
	char own[GROUPS_PATH_SIZE];
	struct err err;

	if (groups_layout(h->engine, &layout, &err) < 0)
		return;
	groups_of(h->engine, h->row->id, own);
	for (size_t i = 0; i < array_len(figures); i++)
		add_figure(h, layout, own, &figures[i]);
	for (size_t i = 0; i < cgroup_count(layout); i++)
		add_place(h, cgroup_at(layout, i), own);
}
