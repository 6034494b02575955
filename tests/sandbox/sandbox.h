/* sandbox.h - one throw-away "host" for a command: what its files tell each other.
 *
 * Who is who:
 *
 *     sandbox      waits, forwards signals, reports the exit status; never leaves the machine's
 *      |           namespaces or cgroups, so that nothing of the sandbox outlives its return
 *      |- janitor  sleeps on a pipe; when the sandbox ends in whatever way, removes what the
 *      |           kernel does not: cgroups and the uplink
 *      `- init     pid 1 inside: builds the mounts and the network, runs CMD, reaps
 *
 * Every function here that can fail says why on stderr and exits with 125: there is nothing to
 * undo in the process that failed, because the janitor undoes it.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SANDBOX_FAILED = 125 };

struct options {
	bool uplink;       /* a way out to the machine's network */
	bool ext4;         /* the store on a loop-mounted ext4, not on a tmpfs */
	const char *size;  /* of the store, as mount and mkfs take it */
	const char *path;  /* the directory that PATH starts with; may be NULL */
	const char *keep;  /* a directory to keep visible, as the current one is; may be NULL */
	char *const *argv; /* CMD */
};

/* One cgroup hierarchy of the machine and our child in it. */
struct hierarchy {
	bool v2;
	char data[256];     /* what mount(2) calls it: "cpu,cpuacct", "none,name=systemd"; v2: "" */
	char mounted[256];  /* its directory's name below /sys/fs/cgroup; "": mounted right there */
	char dir[PATH_MAX]; /* our child's path on the machine */
};

struct hierarchies {
	struct hierarchy all[32];
	size_t count;
};

/* say.c: words, small files, and helper programs */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* die() with the words for errno after the text. */
void die_sys(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A whole small file, without its last newline; false: errno says why. */
bool file_read(const char *path, char *out, size_t size);
bool file_write(const char *path, const char *text);
/* Whether the sandbox is still there whose id, in digits, ends a name. */
bool is_alive(const char *digits);
/* Runs argv with `input` on its stdin (may be NULL); its exit status. */
int run(char *const argv[], const char *input);

/* cgroup.c */
void cgroup_find(struct hierarchies *h, const char *name);
/* What this process's cgroups are called. */
void cgroup_name(char *name, size_t room);
void cgroup_sweep(const struct hierarchies *h); /* what killed sandboxes left */
void cgroup_make(const struct hierarchies *h);
/* The calling process joins every v1 child; v2 is joined by being born there. */
void cgroup_join_v1(const struct hierarchies *h);
/* The v2 child, and the leaf inside it where init lives; -1: the machine has no v2. */
int cgroup_open_v2(const struct hierarchies *h, const char *leaf);
/* Every hierarchy anew below /sys/fs/cgroup, for the cgroup namespace we are in. */
void cgroup_mount(const struct hierarchies *h);
/* Thaws and removes our children; waits until their last process is gone. */
void cgroup_remove(const struct hierarchies *h);

/* mounts.c, net.c, uplink.c */
void mounts_make(const struct options *opt, const struct hierarchies *h);
void net_make(int outside_ns);
void net_join_uplink(pid_t id);
/* On the machine's side, before and after. `id` keeps two sandboxes apart. */
void uplink_make(pid_t id, pid_t init);
void uplink_remove(pid_t id);

/* init.c: pid 1 inside. Never returns. */
void init_main(const struct options *opt, const struct hierarchies *h, int channel, pid_t id)
	__attribute__((noreturn));

#endif
