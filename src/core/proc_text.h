/* proc_text.h - what /proc says about a process (proc(5)), read without trusting its names.
 *
 * A process chooses its command's name and arguments; nothing of it reaches a caller that a
 * terminal could act on. */
#ifndef CORE_PROC_TEXT_H
#define CORE_PROC_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	char comm[64]; /* as it is: not for a terminal */
	char state;
	int ppid;
	unsigned tty; /* device number; 0: none */
	unsigned threads;
	uint64_t cpu_ticks;   /* user and system */
	uint64_t start_ticks; /* since the boot */
	uint64_t virtual;     /* bytes */
	uint64_t resident;    /* pages */
};
/* /proc/PID/stat. 0, or -EBADMSG. */
int proc_parse_stat(const char *text, struct proc_stat *out);

enum { PROC_DEPTH_MAX = 33 }; /* 32 nested pid namespaces and the first (kernel/pid_namespace.c) */

struct proc_status {
	uid_t uid;                /* effective */
	int pids[PROC_DEPTH_MAX]; /* in the reader's pid namespace, then in each one below */
	size_t depth;
};
/* /proc/PID/status. 0, or -EBADMSG. */
int proc_parse_status(const char *text, struct proc_status *out);

/* The arguments with spaces between, "[comm]" when there are none; control characters and what is
 * not UTF-8 become '?'. Cut to room. */
void proc_command(const char *cmdline, size_t len, const char *comm, char *out, size_t room);

#endif
