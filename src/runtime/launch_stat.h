/* launch_stat.h - the few facts of /proc/PID/stat that tell one process from the next: read here
 * and nowhere else. Used by the static shim too: includes nothing of ours. */
#ifndef RUNTIME_LAUNCH_STAT_H
#define RUNTIME_LAUNCH_STAT_H

#include <stdint.h>

struct launch_stat {
	char state;     /* 'R', 'S', …, 'Z' for one that nobody has waited for */
	int32_t parent; /* 0: of another pid namespace */
	uint64_t start; /* ticks since the boot */
};

/* proc: a held procfs; -1: the one at /proc. -ESRCH: there is no such process. */
int launch_stat(int proc, int pid, struct launch_stat *out);
/* From the text; -EBADMSG. */
int launch_stat_parse(const char *text, struct launch_stat *out);

#endif
