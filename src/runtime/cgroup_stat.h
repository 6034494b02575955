/* cgroup_stat.h - what a container uses, read from files kept open: about 2 us each.
 *
 * The numbers and the formulas are docker stats': CPU is the container's share of the
 * time that all CPUs had, times their count; memory leaves out the page cache that the
 * kernel would give up first (inactive_file). */
#ifndef RUNTIME_CGROUP_STAT_H
#define RUNTIME_CGROUP_STAT_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/cgroup.h"

struct cgroup_stat {
	uint64_t cpu_ns;       /* since it was made */
	uint64_t memory_usage; /* with all page cache */
	uint64_t memory_used;  /* without what is inactive: what docker shows */
	uint64_t memory_limit; /* the smallest on the way up, at most the host's memory */
	uint64_t pids;
	uint64_t read_bytes, written_bytes; /* block devices */
	uint64_t oom_kills;
};

struct cgroup_stat_files;

/* All but oom_kills, and all: what is not asked for is 0, and costs nothing. */
enum cgroup_stat_parts { CGROUP_STAT_USE, CGROUP_STAT_ALL };

/* A file that is missing counts as 0 for ever; -ENOENT when none is there. The caller closes. */
int cgroup_stat_open(const struct cgroup_layout *layout, const char *path,
	enum cgroup_stat_parts parts, struct cgroup_stat_files **out, struct err *err);
void cgroup_stat_close(struct cgroup_stat_files *files);
/* -ENODEV: the cgroup is gone. */
int cgroup_stat_read(struct cgroup_stat_files *files, struct cgroup_stat *out);
/* The same, but where the CPU time is still that of *stat nothing else is read: who used none did
 * nothing. Its memory may have been taken, and packets may have come: now and then, read it all. */
int cgroup_stat_reread(struct cgroup_stat_files *files, struct cgroup_stat *stat, bool *moved);

/* The host's side: one open file for all containers. */
struct cgroup_host {
	int fd;                /* of /proc/stat */
	uint64_t system_ns;    /* all time of all CPUs, idle too */
	unsigned online;       /* CPUs */
	uint64_t memory_total; /* bytes */
};

int cgroup_host_open(struct cgroup_host *host, struct err *err);
void cgroup_host_close(struct cgroup_host *host);
int cgroup_host_read(struct cgroup_host *host);
/* The pure half: /proc/stat's text. */
void cgroup_host_parse(struct cgroup_host *host, const char *proc_stat);

/* Between two readings, 100.0 is one CPU; 0 when no time has passed. */
double cgroup_cpu_percent(const struct cgroup_stat *before, const struct cgroup_stat *now,
	uint64_t system_before_ns, const struct cgroup_host *host);

#endif
