/* engine.h - the façade: everything a front end may ask of davit.
 *
 * One engine a process, on the caller's libuv loop. Reads answer at once and never block for more
 * than a few milliseconds. What takes longer is started here and ends in exactly one `done`, called
 * from the loop and never from inside the call that started it; an op can be cancelled, which only
 * asks. Strings and structs given in are copied; those given out are lent for the duration of the
 * callback unless a header says otherwise.
 *
 * Errors are one sentence (util/err.h). Codes a front end branches on:
 *     -ENOENT  no such container, image or executable     -EEXIST   the name is in use, or an id
 * prefix is ambiguous -EBUSY   it is running and must not be              -ESRCH    it is not
 * running and must be -EPERM   not root, or denied                        -ECANCELED cancelled */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "core/event.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/strs.h"

struct cJSON;
struct engine;

/* ---- opening ---- */

struct engine_options {
	const char *root;     /* NULL: DAVIT_ROOT, else /var/lib/davit */
	const char *run_root; /* NULL: DAVIT_RUN_ROOT, else /run/davit */
	bool inline_work;     /* run blocking work on the loop's own thread: a command that does one
				 thing */
	bool quiet;           /* do not record engine-side times in launch traces */
};

int engine_open(uv_loop_t *loop, const struct engine_options *options, struct engine **out,
	struct err *err);
/* For when the loop has run to its end: every op is done, every session ended, every reader and
 * follower closed. NULL is fine. */
void engine_close(struct engine *engine);

/* ---- containers: reading ---- */

enum container_state {
	CONTAINER_CREATED = 1,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING,
	CONTAINER_REMOVING,
	CONTAINER_EXITED,
	CONTAINER_DEAD,
};
const char *container_state_name(enum container_state state); /* docker's words */

struct container {
	char id[65];
	char name[136];
	char image[200]; /* as given to run; may be cut */
	char image_id[65];
	char command[136]; /* may be cut */
	enum container_state state;
	bool oom_killed, by_hand, auto_remove, tty, stdin_open;
	bool code_lost; /* exited while nobody watched: exit_code is 255 */
	int pid;        /* of its init, in our pid namespace; 0: none */
	int exit_code;
	unsigned restarts;
	uint64_t created_ns, started_ns, finished_ns; /* CLOCK_REALTIME; 0: never */
	char error[168]; /* why the last start failed, or what became of its monitor */
};

/* A snapshot, newest first, corrected for what died unseen; the caller frees it with free(). */
int engine_containers(
	struct engine *engine, struct container **out, size_t *count, struct err *err);
/* By full id, then name, then unique id prefix. -ENOENT "No such container: x". */
int engine_container(
	struct engine *engine, const char *who, struct container *out, struct err *err);
/* docker's inspect object; the caller deletes it (cJSON_Delete). */
int engine_container_inspect(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err);
/* The same of one that engine_containers or engine_container told of, as it was then, without
 * finding it again. */
int engine_container_describe(struct engine *engine, const struct container *container,
	struct cJSON **out, struct err *err);

struct container_stats {
	bool valid;         /* it was running */
	uint64_t cpu_ns;    /* used by all its processes */
	uint64_t system_ns; /* by the whole host, over all processors */
	unsigned processors;
	uint64_t memory, memory_limit; /* bytes; docker's "usage": without inactive file pages */
	uint64_t pids, pids_limit;     /* limit 0: none */
	uint64_t read_bytes, written_bytes;  /* block devices */
	uint64_t received_bytes, sent_bytes; /* network, without loopback */
};
/* Reads counters now (files are kept open between calls); percentages are differences between two
 * calls. */
int engine_stats(
	struct engine *engine, const char *id, struct container_stats *out, struct err *err);

struct container_process {
	int pid, ppid;              /* as the host counts */
	int container_pid;          /* as the container does; 0: not known */
	unsigned uid, tty, threads; /* effective; a device number, 0: none */
	char state;                 /* ps's letter */
	uint64_t started_ns;        /* CLOCK_REALTIME */
	uint64_t cpu_ns, virtual_bytes, resident_bytes;
	char name[64];      /* safe to show, and so is this: */
	char command[1024]; /* with arguments; may be cut */
};
/* All that run in it now, by pid; the caller frees it with free(). -ESRCH "container X is not
 * running". */
int engine_container_processes(struct engine *engine, const char *who,
	struct container_process **out, size_t *count, struct err *err);

/* ---- containers: changing ---- */

struct container_request {
	const char *image, *name; /* name NULL: a random one */
	struct strs command;      /* empty: the image's */
	struct strs entrypoint;
	bool has_entrypoint; /* --entrypoint was given, perhaps as "" */
	struct strs env;     /* KEY=value, already resolved; later ones win */
	struct strs labels;
	const char *hostname, *domainname, *workdir, *user, *platform;
	bool tty, stdin_open, stdin_once, auto_remove, read_only, no_new_privs, strict;
	bool privileged;
	int64_t memory, memory_swap,
		memory_reservation; /* bytes; 0: not given; swap -1: unlimited */
	int64_t nano_cpus;          /* 1e9 is one processor */
	int64_t cpu_shares;
	const char *cpuset_cpus, *cpuset_mems;
	int64_t pids_limit;  /* 0: not given; -1: unlimited */
	const char *network; /* "none" or "host"; NULL: the default */
	struct strs binds;   /* -v: "SRC:DST[:OPTIONS]" */
	struct strs tmpfs;   /* "DST[:OPTIONS]" */
	struct strs cap_add, cap_drop;
	struct strs ulimits;     /* "nofile=1024:2048" */
	struct strs sysctls;     /* "KEY=value" */
	struct strs groups;      /* --group-add */
	const char *stop_signal; /* NULL: the image's */
	int stop_timeout;        /* seconds; -1: for ever; INT_MIN: not given */
	const char *restart;     /* "no", "always", "unless-stopped", "on-failure[:N]"; NULL: no */
	uint64_t log_max_bytes;  /* 0: never rotated */
	unsigned log_files;
	uint64_t shm_size; /* 0: 64 MiB */
	int oom_score_adj;
	unsigned rows, columns; /* of the terminal it will be shown on; 0: unknown */
};
void container_request_init(struct container_request *request);
void container_request_fini(
	struct container_request *request); /* the lists; plain strings stay the caller's */

struct op;
struct op_result {
	const struct err *err; /* NULL: it went well */
	const char *id;        /* the container's, where there is one */
	int exit_code;         /* wait: the container's; failed start: docker's 125, 126 or 127 */
	const char *lines;     /* remove and prune of images, prune of containers: what went, one
				  docker's line each; else "" */
	uint64_t bytes;        /* prune: the space it gave back */
};
typedef void (*op_done_fn)(void *arg, const struct op_result *result);

/* Asks; `done` still comes, with -ECANCELED when it was in time. */
void op_cancel(struct op *op);

struct op *engine_create(
	struct engine *engine, const struct container_request *request, op_done_fn done, void *arg);
struct op *engine_start(struct engine *engine, const char *who, op_done_fn done, void *arg);
/* timeout_s: -1 waits for ever, INT_MIN the container's own (10 s by default); signal 0: the
 * container's own. */
struct op *engine_stop(struct engine *engine, const char *who, int signal, int timeout_s,
	op_done_fn done, void *arg);
struct op *engine_restart(struct engine *engine, const char *who, int signal, int timeout_s,
	op_done_fn done, void *arg);
struct op *engine_kill(
	struct engine *engine, const char *who, int signal, op_done_fn done, void *arg);
struct op *engine_pause(struct engine *engine, const char *who, op_done_fn done, void *arg);
struct op *engine_unpause(struct engine *engine, const char *who, op_done_fn done, void *arg);
struct op *engine_remove(struct engine *engine, const char *who, bool force, bool volumes,
	op_done_fn done, void *arg);
struct op *engine_rename(
	struct engine *engine, const char *who, const char *name, op_done_fn done, void *arg);
/* Which of what could go does: made before until_ns (0: any time), with every one of labels and
 * none of lacks ("key" or "key=value"). Copied. */
struct prune_request {
	bool all; /* images: those with names too, unless a container uses them */
	uint64_t until_ns;
	struct strs labels, lacks;
};
/* Every container that does not run. result.lines: the ids. */
struct op *engine_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);
/* Until it is not running (at once when it is not); with next_exit, until the next exit in any
 * case. */
struct op *engine_wait(
	struct engine *engine, const char *who, bool next_exit, op_done_fn done, void *arg);

/* ---- sessions: the streams of a container or of an exec'd process ---- */

enum session_stream { SESSION_STDOUT = 1, SESSION_STDERR = 2 };

enum session_end {
	SESSION_EXITED = 1, /* exit_code is the process's */
	SESSION_DETACHED,   /* session_detach was called; it goes on running */
	SESSION_DROPPED,    /* we read too slowly; it goes on running */
	SESSION_LOST,       /* the monitor died; see err */
	SESSION_FAILED, /* it could not start: exit_code is 125, 126 or 127, or 1 where there was
			 * nothing to start or attach to; err says why */
};

struct session_result {
	enum session_end end;
	int exit_code;
	const struct err *err; /* for LOST and FAILED */
};

struct session_events {
	/* The process runs; only for engine_run, engine_start_attached and engine_exec. id: the
	 * container's or exec's. */
	void (*started)(void *arg, const char *id, int pid);
	void (*output)(void *arg, enum session_stream stream, const char *data, size_t len);
	void (*input_ready)(void *arg); /* the queue of session_write is short again */
	void (*ended)(void *arg,
		const struct session_result *result); /* exactly once, last; frees the session */
};

struct session_options {
	bool want_stdin, want_stdout, want_stderr;
	unsigned rows, columns; /* of the caller's terminal, for tty containers; 0: unknown */
};

struct session;
/* Creates and starts, attached before the start so that no output is lost. With auto_remove the
 * caller's process removes the container itself after the exit, then `ended` is called. All NULL
 * options: started and left alone. */
struct session *engine_run(struct engine *engine, const struct container_request *request,
	const struct session_options *options, const struct session_events *events, void *arg);
struct session *engine_start_attached(struct engine *engine, const char *who,
	const struct session_options *options, const struct session_events *events, void *arg);
struct session *engine_attach(struct engine *engine, const char *who,
	const struct session_options *options, const struct session_events *events, void *arg);

struct exec_request {
	struct strs command, env;
	const char *user, *workdir;
	bool tty, stdin_open, detach, privileged;
};
void exec_request_init(struct exec_request *request);
void exec_request_fini(struct exec_request *request);
struct session *engine_exec(struct engine *engine, const char *who,
	const struct exec_request *request, const struct session_options *options,
	const struct session_events *events, void *arg);

/* Queues; returns false when more than a little is waiting: hold back until input_ready. */
bool session_write(struct session *session, const char *data, size_t len);
void session_end_input(struct session *session);
void session_resize(struct session *session, unsigned rows, unsigned columns);
void session_signal(struct session *session, int signal);
void session_pause_output(struct session *session, bool pause); /* stop reading: a slow terminal */
void session_detach(struct session *session);

/* The first shell that exists in the container's root, from bash, zsh, ash, sh; -ENOENT when there
 * is none. */
int engine_find_shell(
	struct engine *engine, const char *who, char *path, size_t room, struct err *err);

/* ---- logs ---- */

struct log_options {
	uint64_t since_ns, until_ns; /* CLOCK_REALTIME; 0: no limit */
	int64_t tail;                /* lines; -1: all */
	bool want_stdout, want_stderr;
	bool runs; /* pieces may hold many lines of one stream: faster, for when times are not shown
		    */
};
struct log_piece {
	enum session_stream stream;
	uint64_t time_ns; /* of the read that brought it */
	uint64_t offset;  /* since the oldest byte there was at engine_logs, for coming back with
			     log_seek */
	const char *data; /* one line with its '\n'; without, when it is cut (64 KiB), unfinished,
			   * or the other stream broke in. Lent until the next call */
	size_t len;
};
struct log_reader;
/* Reading is a pull over the file (memory-mapped index, binary search), any size, never blocks for
 * long. */
int engine_logs(struct engine *engine, const char *who, const struct log_options *options,
	struct log_reader **out, struct err *err);
int log_next(struct log_reader *reader,
	struct log_piece *out); /* 1: a piece; 0: nothing more now; or negative errno */
int log_previous(struct log_reader *reader, struct log_piece *out); /* backwards, for scrolling */
void log_seek(
	struct log_reader *reader, uint64_t offset); /* of an earlier piece; UINT64_MAX: the end */
uint64_t log_size(struct log_reader *reader);
/* Calls back from the loop whenever there may be more to log_next; `ended` once the container is
 * not running. */
int log_follow(struct log_reader *reader, void (*more)(void *arg, bool ended), void *arg);
void log_close(struct log_reader *reader); /* stops following; NULL is fine */

/* ---- events ---- */

struct follower;
typedef void (*event_fn)(void *arg, const struct event *event);
/* From seq on (0: all that is kept; UINT64_MAX: only what is new), each once and in order, until
 * cancelled. */
struct follower *engine_follow(
	struct engine *engine, uint64_t since_seq, event_fn on_event, void *arg, struct err *err);
void engine_unfollow(struct follower *follower);
/* Reads what the journal holds now, without following. */
int engine_events(
	struct engine *engine, uint64_t since_seq, event_fn on_event, void *arg, struct err *err);

/* ---- images ---- */

struct image_entry {
	char id[65];         /* of the config, 64 hex */
	char reference[280]; /* familiar form with tag; "" when dangling */
	char digest[80];     /* of the manifest as pulled, "sha256:…", or "" */
	uint64_t created_ns; /* 0: unknown */
	uint64_t size;       /* of the unpacked layers */
	unsigned containers; /* that use it */
};
/* One row a tag, newest first; the caller frees it with free(). */
int engine_images(struct engine *engine, struct image_entry **out, size_t *count, struct err *err);
int engine_image_inspect(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err);
/* 0 when the reference or id names an image we hold, -ENOENT when not; id may be NULL. */
int engine_image_find(struct engine *engine, const char *who, char id[65], struct err *err);

/* docker's history: an array of Id, Created (as the config has it, or ""), CreatedBy, Tags, Size,
 * Comment, newest first; the caller deletes it. */
int engine_image_history(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err);

/* Points a name to an image, taking it from whichever it pointed to before. */
struct op *engine_image_tag(
	struct engine *engine, const char *who, const char *name, op_done_fn done, void *arg);
/* By name: takes the name away, and the image with its last one; by id: the image with all its
 * names. Refused while a container uses it, in docker's words (-EBUSY); force leaves only running
 * ones a reason. Layers below containers stay. */
struct op *engine_image_remove(
	struct engine *engine, const char *who, bool force, op_done_fn done, void *arg);
/* Images without a tag, or all (see prune_request), that no container uses. */
struct op *engine_image_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);

/* Work that reads foreign bytes. These block and confine the calling process for good: call them
 * only in a process that does nothing else (`davit pull` is one). Screens start such a process with
 * engine_job. Interrupted by setting *cancel. */
struct job_progress {
	const char *id;       /* the layer's or step's short name, or "" */
	const char *status;   /* docker's words: "Downloading", "Pull complete", … */
	uint64_t done, total; /* bytes; total 0: unknown */
	const char *message;  /* a whole line to print, or NULL */
};
typedef void (*job_progress_fn)(void *arg, const struct job_progress *progress);
struct job_options {
	const atomic_bool *cancel; /* or NULL; set from a signal handler or another thread */
	job_progress_fn progress;  /* or NULL; may be called from other threads, one at a time */
	void *arg;
	bool sync; /* wait until it is safe on disk */
};
struct pull_request {
	const char *reference, *platform; /* platform NULL: the host's */
	bool all_tags, quiet, insecure;
};
int engine_pull_here(struct engine *engine, const struct pull_request *request,
	const struct job_options *options, struct buf *result, struct err *err);
/* path NULL: standard input. result: one "Loaded image: …" a line. */
int engine_load_here(struct engine *engine, const char *path, const struct job_options *options,
	struct buf *result, struct err *err);
/* images: references and ids; path NULL: standard output. What came compressed goes as it came
 * (-ENODATA when it was not kept). */
int engine_save_here(struct engine *engine, const struct strs *images, const char *path,
	const struct job_options *options, struct err *err);
/* What is on the disk: Images (docker's list, with ContentSize: of kept blobs), LayersSize,
 * LayersActive (of images that containers use), Containers (Id, SizeRw), Volumes, Driver, Path; the
 * caller deletes it. Walks all that containers wrote, and confines nothing. */
int engine_usage_here(struct engine *engine, struct cJSON **out, struct err *err);
int engine_bootstrap_here(struct engine *engine, const char *what /* "debian[:suite]" */,
	const char *mirror, const struct job_options *options, struct buf *result, struct err *err);
/* Makes davit/demo when it is missing. */
int engine_demo_here(struct engine *engine, struct buf *result, struct err *err);

/* Starts `davit ARGS…` as a process of its own; its stdout and stderr go to out_fd (-1: nowhere).
 * result.exit_code is its exit code. Cancel sends SIGINT. */
struct op *engine_job(
	struct engine *engine, const char *const *args, int out_fd, op_done_fn done, void *arg);

/* ---- about ---- */

int engine_info(struct engine *engine, struct cJSON **out,
	struct err *err); /* docker's info object plus ours */
int engine_version(struct engine *engine, struct cJSON **out,
	struct err *err); /* Client and Server ("Engine") */
/* The executed plan of a container in words: lanes, each step's time, the critical path. */
int engine_explain(struct engine *engine, const char *who, struct cJSON **out, struct err *err);
int engine_explain_text(
	struct engine *engine, const char *who, unsigned columns, struct buf *out, struct err *err);

/* What a shim starts after an exit, and what a killed process left undone: removes, releases,
 * announces. Idempotent. */
int engine_sweep(struct engine *engine, const char *id, struct err *err);
/* Looks at every container once: repairs what a kill left half-made, adopts containers whose shim
 * died. */
int engine_repair(struct engine *engine, struct buf *report, struct err *err);

#endif
