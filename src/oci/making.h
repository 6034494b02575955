/* making.h - one launch: from a bundle, or a process for a container that runs, to a pid.
 *
 *     facts → plan → HOLD here → clone → words over the gate → created, or executed
 *
 * Whatever fails leaves nothing: the child is gone, its cgroups and its record are the caller's to
 * take back (making_undo). */
#ifndef OCI_MAKING_H
#define OCI_MAKING_H

#include "oci/filter.h"
#include "oci/record.h"
#include "runtime/compile.h"
#include "runtime/launch/launch.h"

struct making {
	const struct oci *oci;
	struct record *record;
	const struct spec *spec;
	const char *console_socket, *pid_file;
	bool detach;      /* the new process is our caller's child */
	bool waits_start; /* create: it stops before its program */
	bool no_pivot, no_keyring;
	unsigned preserved_fds;
	/* of its own: */
	struct kernel kernel;
	struct filter filter;
	struct buf bytes; /* the plan */
	struct launch launch;
	struct launched launched;
	bool is_open;      /* launch */
	bool enters_first; /* exec: who clones must be in the user namespace for that */
	bool is_born;
	bool owns_group; /* nobody else's processes are in its cgroup */
	int console;     /* the terminal's master, for who relays it; -1: none */
	int exit;        /* docker's code for what failed: 125, 126 or 127 */
};

void making_init(struct making *making, const struct oci *oci, struct record *record,
	const struct spec *spec);
void making_fini(struct making *making);

/* Fills record->pid and the rest. On failure all that it made is undone but the record. */
int making_container(struct making *making, struct err *err);
/* `init`: a pidfd of the container's first process. */
int making_exec(
	struct making *making, const struct spec_process *process, int init, struct err *err);
/* What a started process says until it executes: from `start`, too. */
int making_drive(struct making *making, int gate, enum launch_word until, struct err *err);
int making_pid_file(const char *path, int pid, struct err *err);
/* What it inherits must be open, before we open anything ourselves; also counts LISTEN_FDS. */
int making_check_fds(int64_t preserve, unsigned *count, struct err *err);
/* Tells a process of sockets that came with LISTEN_FDS, as systemd's sd_listen_fds(3) asks. */
void making_listen_env(struct spec_process *process);

#endif
