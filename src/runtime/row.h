/* row.h - a container's row in the roster: the one record of what state it is in.
 *
 * The roster is a file of fixed-size rows in the run root (tmpfs: a reboot forgets it, and the next
 * davit builds it anew from containers/ID/{config.json,last}). The creator fills a row's identity
 * under the roster's lock; from then on the container's shim alone writes its state, with one
 * pwrite(2) inside one page, so that a kill leaves the old state or the new one; a reader that
 * catches the copy in the middle sees two different sequence numbers and reads again. Why not a
 * file a container: see docs/HACKING.md, "The roster". */
#ifndef RUNTIME_ROW_H
#define RUNTIME_ROW_H

#include <stdbool.h>
#include <stdint.h>

#define ROSTER_MAGIC   "davrost\n"
#define ROSTER_VERSION 1u
enum { ROW_SIZE = 1024, ROW_ID_LEN = 64 };

enum row_use {
	ROW_FREE = 0,
	ROW_CREATING = 1, /* named, its directory not complete yet; maker says who is at it */
	ROW_USED = 2,
	ROW_REMOVING = 3, /* the directory goes, then the row */
};

enum row_status {
	ROW_CREATED = 1,
	ROW_RUNNING = 2,
	ROW_PAUSED = 3,
	ROW_RESTARTING = 4,
	ROW_EXITED = 5,
	ROW_DEAD = 6,     /* removal failed half-way */
	ROW_STARTING = 7, /* a shim is at it; shown as created or exited */
};

enum row_flags {
	ROW_OOM = 1 << 0,     /* a process of it was killed for memory */
	ROW_BY_HAND = 1 << 1, /* stopped by a user */
	ROW_AUTO_REMOVE = 1 << 2,
	ROW_TTY = 1 << 3,
	ROW_CODE_LOST = 1 << 4, /* the monitor died first; the exit code is not known */
	ROW_STDIN = 1 << 5,
	ROW_PORTS = 1 << 6,    /* its last start published or exposed ports */
	ROW_STOPPING = 1 << 7, /* it runs, and was asked to end by a stop or a restart */
};

enum row_health {
	HEALTH_NONE, /* no check, or never begun */
	HEALTH_STARTING,
	HEALTH_HEALTHY,
	HEALTH_UNHEALTHY,
};

/* A process that may be gone: pids are reused, (pid, start) never within a boot.
 * start is field 22 of /proc/PID/stat, in clock ticks since boot (proc(5)). */
struct row_process {
	int32_t pid;     /* 0: none */
	uint32_t unique; /* of the inode number of its pidfd, which no other process ever has
			  * (pidfs, 6.9): the low half, or 0: not known. Compares faster */
	uint64_t start;
};

enum { ROW_PIDFS_MAGIC = 0x50494446 }; /* linux/magic.h, PID_FS_MAGIC */

struct row_state {
	uint64_t seq;    /* must equal seq_end; grows by one a write */
	uint32_t status; /* enum row_status */
	uint32_t flags;  /* enum row_flags */
	struct row_process init, shim;
	uint64_t started_ns, finished_ns; /* CLOCK_REALTIME; 0: never */
	int32_t exit_code;                /* 128 + signal when killed by one */
	uint32_t restarts;
	uint32_t health; /* enum row_health */
	uint32_t health_streak;
	char error[168]; /* why the last start failed, or what happened to the monitor; one sentence
			  */
	uint64_t seq_end;
};

struct row {
	uint32_t use;        /* enum row_use */
	uint32_t generation; /* grows whenever the row is given to another container */
	struct row_process maker;
	uint64_t created_ns; /* CLOCK_REALTIME */
	char id[72];         /* 64 hex digits */
	char name[136];      /* without a leading slash */
	char image[200];     /* the reference as the user gave it, cut; whole in config.json */
	char image_id[72];   /* 64 hex digits */
	char command[136];   /* cut */
	struct row_state state;
	/* The restart policy, which an update changes under the roster's lock: 1 + enum
	 * plan_restart, or 0: as the plan has it; and its limit. */
	uint32_t restart, restart_max;
	char spare[ROW_SIZE - 4 - 4 - 16 - 8 - 72 - 136 - 200 - 72 - 136 -
		   sizeof(struct row_state) - 4 - 4];
};

_Static_assert(sizeof(struct row) == ROW_SIZE, "rows never straddle a page");

/* It has processes of its own. */
static inline bool row_has_processes(const struct row *row)
{
	return row->state.status == ROW_RUNNING || row->state.status == ROW_PAUSED;
}

/* A shim keeps it: it has processes, or will have them again without anybody's help. */
static inline bool row_is_monitored(const struct row *row)
{
	return row_has_processes(row) || row->state.status == ROW_RESTARTING ||
	       row->state.status == ROW_STARTING;
}

/* Row 0 of the file is this; containers start at row 1. */
struct roster_head {
	char magic[8];
	uint32_t version, row_size;
	char boot_id[40];
	/* Restart policies, once a boot: told of, applied, and who applies them now. */
	uint32_t offered, applied;
	struct row_process applier;
	char spare[ROW_SIZE - 8 - 8 - 40 - 8 - 16];
};

#endif
