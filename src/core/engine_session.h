/* engine_session.h - the façade (core/engine.h): what runs in a container, attached to and read
 * back. */
#ifndef CORE_ENGINE_SESSION_H
#define CORE_ENGINE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_container.h"
#include "runtime/trial.h"

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
	/* Attached to what ran already; others: so many more are. */
	void (*joined)(void *arg, unsigned others);
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
	const struct trial *trial; /* see engine_try.h: instead of the command; NULL */
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
	const char *data; /* one line with its '\n'; without, when it is cut (128 KiB at the most),
			   * unfinished, or the other stream broke in. Lent until the next call */
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
/* For looking through it fast: the lines of one stream that begin at offset, up to 256 KiB of them,
 * as they lie in the log; cut into lines by log_run_line. Leaves the
 * reader's place and what it lent alone. 1, 0 at the end, or negative errno. */
int log_run(struct log_reader *reader, uint64_t offset, struct log_piece *out);
/* How long the line is that begins at run->data[from]: what log_next would give. */
size_t log_run_line(const struct log_piece *run, size_t from);
/* When the byte at an offset was read, and the first byte that was read then or later. */
uint64_t log_time(struct log_reader *reader, uint64_t offset);
uint64_t log_since(struct log_reader *reader, uint64_t time_ns);
/* How much was written before the oldest byte that is kept: rotated away. */
uint64_t log_before(struct log_reader *reader);
/* Calls back from the loop whenever there may be more to log_next; `ended` once the container is
 * not running. */
int log_follow(struct log_reader *reader, void (*more)(void *arg, bool ended), void *arg);
void log_close(struct log_reader *reader); /* stops following; NULL is fine */

#endif
