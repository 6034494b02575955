/* wire.h - what clients and a container's shim say to each other, and the records a shim writes.
 *
 * One SOCK_STREAM unix socket a container, RUN_ROOT/c/ID/sock in a 0700 directory; the peer must be
 * the shim's own uid (SO_PEERCRED). Each frame is a head and `len` bytes. Versioned by
 * HELLO/WELCOME and only growing: a receiver skips frame types it does not know. The connection
 * that a shim is born with (fd SHIM_FD_CLIENT) speaks the same; after an optional HELLO and its GO
 * it is answered with STARTED or FAILED. */
#ifndef RUNTIME_WIRE_H
#define RUNTIME_WIRE_H

#include <stdint.h>

#define WIRE_VERSION 1u
enum { WIRE_PAYLOAD_MAX = 64 << 10 };

struct wire_head {
	uint32_t len; /* of the payload; at most WIRE_PAYLOAD_MAX */
	uint16_t type;
	uint16_t spare;
};

enum wire_type {
	/* client to shim */
	WIRE_HELLO = 1, /* struct wire_hello; first frame of every connection but the born one
			 * (which may send it too, to subscribe to streams before the start; without
			 * it, it gets only STARTED/FAILED and EXIT) */
	WIRE_STDIN = 2, /* bytes; the client stops sending when the socket is full: stdin has
			   back-pressure */
	WIRE_STDIN_END = 3,
	WIRE_RESIZE = 4, /* struct wire_size */
	WIRE_SIGNAL =
		5,     /* struct wire_signal; to init (or the exec'd process); answered with DONE */
	WIRE_STOP = 6, /* struct wire_stop; DONE once the process is gone; the timer is the shim's,
			  the client may leave */
	WIRE_PAUSE = 7,   /* DONE */
	WIRE_UNPAUSE = 8, /* DONE */
	WIRE_EXEC =
		9, /* struct wire_exec, with two fds by SCM_RIGHTS: plan and trace memfds (sealed
		    * against shrinking). This connection then carries that process's streams:
		    * STARTED or FAILED, STDOUT…, EXIT. Without fds: the exec of that id, begun
		    * earlier: STARTED and its streams from now on, or at once its EXIT, after which
		    * its record is gone; FAILED with -ESRCH when there is none */
	WIRE_RESTART = 10, /* struct wire_stop: stop, then the same plan again; DONE when started */
	WIRE_GO = 11, /* born connection only, always sent: the subscription is complete, launch
			 now. EOF before it: leave */
	WIRE_NETWORK = 12, /* struct wire_network, with the fd of SHIM_FD_PORTS' kind by SCM_RIGHTS
			    * when ports come: carry out RUN_ROOT/c/ID/net-change; DONE */
	WIRE_HOLD = 14,    /* DONE once no process of it runs: frozen, without being called paused,
			    * until this connection ends or somebody stops the container */
	/* shim to client */
	WIRE_WELCOME = 64, /* struct wire_welcome */
	WIRE_STARTED = 65, /* struct wire_started */
	WIRE_FAILED = 66,  /* struct wire_failed, then the sentence */
	WIRE_STDOUT = 67,  /* bytes; a terminal's output is STDOUT */
	WIRE_STDERR = 68,
	WIRE_EXIT = 69, /* struct wire_exit; no more streams follow */
	WIRE_DONE = 70, /* struct wire_done, then a sentence when it failed */
	WIRE_DROPPED =
		71, /* this client read too slowly; its streams end here, the container goes on */
};

enum wire_want {
	WIRE_WANT_STDIN = 1 << 0,
	WIRE_WANT_STDOUT = 1 << 1,
	WIRE_WANT_STDERR = 1 << 2,
	WIRE_WANT_EXIT = 1 << 3,   /* tell me when init ends (wait); implied by streams */
	WIRE_WANT_ALL = 1 << 4,    /* never drop me: the process waits while I am slow, as with
				    * docker's own client. For whoever    copies output into a pipe or
				    * a    file; a screen does without */
	WIRE_WANT_REMOVE = 1 << 5, /* born connection: I remove the container myself, start no sweep
				      while I live */
};

struct wire_hello {
	uint32_t version;
	uint32_t want;          /* enum wire_want */
	uint16_t rows, columns; /* of the client's terminal, applied when not 0 */
};
struct wire_welcome {
	uint32_t version;
	uint32_t status;  /* enum row_status */
	uint32_t flags;   /* enum plan_flags */
	uint32_t clients; /* others attached */
};
struct wire_size {
	uint16_t rows, columns;
};
struct wire_signal {
	int32_t signal;
	uint32_t by_hand; /* counts as a stop by the user (restart policy) */
};
struct wire_stop {
	int32_t signal;     /* 0: the plan's */
	int32_t timeout_ms; /* -1: wait for ever; -2: the plan's */
	uint32_t is_kill;   /* nobody is told of a "stop"; may be missing: 0 */
};
struct wire_exec {
	char id[64];   /* hex, not terminated */
	uint32_t want; /* enum wire_want; 0 for -d */
	uint16_t rows, columns;
};
struct wire_network {
	uint32_t ports; /* 1: an fd came along */
};
struct wire_started {
	int32_t pid; /* as the shim's pid namespace sees it */
	uint32_t spare;
	uint64_t start; /* ticks, as in row.h */
	uint64_t started_ns;
};
struct wire_failed {
	int32_t code; /* negative errno */
	int32_t exit; /* docker's: 125, 126 or 127 */
	int32_t step; /* of the plan, or -1 */
};
struct wire_exit {
	int32_t code; /* 128 + signal when killed */
	int32_t signal;
	uint32_t flags;      /* enum row_flags: ROW_OOM, ROW_CODE_LOST */
	uint32_t restarting; /* it will be started again by its policy */
	uint64_t finished_ns;
};
struct wire_done {
	int32_t code; /* 0 or negative errno */
};

/* ---- how a shim is born: `davit-shim launch ID ROW`, these fds, an empty environment ---- */
enum shim_fd {
	SHIM_FD_PLAN = 3,   /* sealed memfd */
	SHIM_FD_TRACE = 4,  /* shared memfd of trace_size(steps) */
	SHIM_FD_CLIENT = 5, /* the born connection */
	SHIM_FD_STORE = 6,  /* O_PATH: PLAN_STORE */
	SHIM_FD_RUN =
		7, /* O_PATH: PLAN_RUN, becomes the working directory; the socket is bound here */
	SHIM_FD_OWN = 8,      /* O_PATH: PLAN_OWN; log, log.index, last, plan are here */
	SHIM_FD_ROSTER = 9,   /* O_RDWR; this container's row is number ROW */
	SHIM_FD_JOURNAL = 10, /* O_WRONLY | O_APPEND */
	SHIM_FD_DAVIT = 11,   /* O_PATH: the davit that a `davit sweep ID` is started from after the
				 exit, execveat(2) */
	SHIM_FD_LOCK = 12,  /* containers/ID/lock, flock'ed LOCK_EX by the creator, inherited: held
			       by the shim for its life */
	SHIM_FD_PORTS = 13, /* or closed: one end of a socket pair whose queue holds, by SCM_RIGHTS,
			       a bound socket for every NET_PORT of RUN_ROOT/c/ID/net, in order; its
			       other end is closed */
	SHIM_FD_FILTER =
		14, /* or closed: a NETLINK_NETFILTER socket of the host's network namespace */
};
/* `davit-shim adopt ID ROW`: the same fds but the container runs already (its first shim was
 * killed): SHIM_FD_TRACE and SHIM_FD_CLIENT may be /dev/null. */

/* ---- containers/ID/last: what survives a reboot; replaced by rename at every exit, not synced
 * ---- */
#define LAST_MAGIC "davlast\n"
struct last {
	char magic[8];
	uint32_t version; /* 1 */
	uint32_t flags;   /* enum row_flags */
	int32_t exit_code;
	uint32_t restarts;
	uint64_t started_ns, finished_ns;
	char boot_id[40];
	char error[168];
};

/* ---- containers/ID/health: when PLAN_HEALTH is set; never changes. A head, then the check's plan
 * (PLAN_EXECUTION) to the file's end. ---- */
#define HEALTH_MAGIC "davhlth\n"
struct health_head {
	char magic[8];
	uint32_t version; /* 1 */
	uint32_t retries;
	uint64_t interval_ms, timeout_ms, start_period_ms, start_interval_ms;
};

/* ---- RUN_ROOT/c/ID/health: the last results of this run; number i is in slot i % HEALTH_RESULTS,
 * and a reader that meets two different seqs has caught the writer. ---- */
enum { HEALTH_RESULTS = 5, HEALTH_OUTPUT = 4096 };
struct health_result {
	uint64_t seq;                /* i + 1; 0: none yet */
	uint64_t began_ns, ended_ns; /* CLOCK_REALTIME */
	int32_t code;                /* -1: it did not end by itself, or did not begin */
	uint32_t len;                /* of the output */
	char output[HEALTH_OUTPUT + 104];
	uint64_t seq_end;
};

/* ---- containers/ID/log and log.index ----
 * log holds the raw bytes in the order they were read. log.index is a head and records; record i
 * covers the bytes from its offset to the next record's (or the end of the log). One record a read,
 * at most one per 4 KB or 10 ms and stream. Rotation renames both to log.1, log.index.1 … at a line
 * end. */
#define LOG_MAGIC "davlog1\n"
struct log_head {
	char magic[8];
	uint32_t version; /* 1 */
	uint32_t tty;
	uint64_t dropped; /* bytes lost because the disk was full */
	uint64_t before;  /* bytes in the files before this one, those that are gone too */
	uint64_t spare[4];
};
struct log_mark {
	uint64_t offset_stream; /* byte offset << 2 | enum log_stream */
	uint64_t time_ns;       /* CLOCK_REALTIME of the read */
};
enum log_stream { LOG_STDOUT = 1, LOG_STDERR = 2 };

/* ---- the journal: RUN_ROOT/journal, one O_APPEND write a record; a record's sequence is its
 * offset ---- */
enum { JOURNAL_MARK = 0x4a564144 /* "DAVJ" */, JOURNAL_RECORD_MAX = 16 << 10 };
enum journal_type {
	JOURNAL_CONTAINER = 1,
	JOURNAL_IMAGE,
	JOURNAL_VOLUME,
	JOURNAL_NETWORK,
	JOURNAL_BUILD,
	JOURNAL_ENGINE
};
struct journal_head {
	uint32_t mark;
	uint32_t len;       /* of the whole record, a multiple of 8 */
	uint64_t time_ns;   /* CLOCK_REALTIME */
	uint16_t type;      /* enum journal_type */
	uint16_t attrs;     /* pairs that follow as "key\0value\0" */
	uint32_t len_again; /* == len: a torn tail is recognised */
	char action[32];    /* docker's word: "start", "die", … */
	char id[72];        /* 64 hex digits, or a name */
};
/* The key of a first pair that is no attribute: its value goes on with the action, behind a colon
 * and a space, as in "exec_start: sh -c true". */
#define JOURNAL_MORE ":"

/* ---- containers/ID/volumes: a line each, for the engine and for the events of the shim ----
 * 'a' or 'n' (anonymous, named), 'm' or '-' (to be mounted first, or a plain directory), 'w' or 'r'
 * (the container may write), the name and where it is mounted, a space before each. Called
 * VOLUMES_GONE once its anonymous ones are to go with it. */
#define VOLUMES_LIST "volumes"
#define VOLUMES_GONE "volumes.gone"

#endif
