/* process.h - one process that the shim began: the container's init or an exec, with its streams.
 */
#ifndef SHIM_PROCESS_H
#define SHIM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/launch/launch.h"
#include "runtime/row.h"
#include "runtime/wire.h"
#include "shim/loop.h"

struct shim;
struct process;

struct stream {
	struct watch watch; /* read end of a pipe, or the terminal's master */
	struct timer nap;   /* bulk output that nobody watches is read in bigger pieces */
	struct process *process;
	uint8_t kind;            /* enum log_stream */
	bool is_stalled;         /* a client that must have all of it is slow */
	bool has_napped, is_big; /* stream.c: rest */
	uint8_t rush;
};

enum process_state { PROCESS_FREE, PROCESS_STARTING, PROCESS_RUNNING, PROCESS_ENDED };

struct process {
	struct shim *shim;
	uint8_t state; /* enum process_state */
	bool is_init, is_probe, tty, keep_stdin, stdin_once, is_ready, is_reaped,
		is_foreign /* adopted: not our child */;
	char id[ROW_ID_LEN + 1]; /* of an exec */
	int32_t pid;
	int pidfd;
	uint64_t start; /* ticks, see row.h */
	uint64_t started_ns, finished_ns;
	int32_t exit_code, signal;
	uint32_t exit_flags; /* enum row_flags */
	struct launch_fail fail;
	struct trace *trace; /* mapped until it has started, an exec's plan likewise */
	struct plan plan;
	uint32_t exec_step;
	struct watch gate, gone /* foreign only: its pidfd */, in;
	struct stream out, err;
};

/* A slot not in use before: init's, nothing open. Those of execs: exec.c. */
void process_init(struct process *process, struct shim *shim);
/* How the streams of a process are to be: enum plan_flags. */
int process_launch(struct process *process, struct launch *launch, uint32_t flags);
void process_free(struct process *process);
/* Reaps every child that has ended. */
void process_reap(struct shim *shim);
/* A foreign process has ended; code as wait(2) has it, or -1: not known. */
void process_foreign_ended(struct process *process, int status);
void process_resize(struct process *process, uint16_t rows, uint16_t columns);

/* stream.c */
void stream_open(struct stream *stream, struct process *process, enum log_stream kind, int fd);
void stream_drain(struct stream *stream);    /* what is there now, then closed */
void stream_resume(struct process *process); /* a slow client has caught up */
void stream_close(struct stream *stream);
/* Bytes taken, -EAGAIN when the process must read first, -EPIPE when it will not. */
long stdin_write(struct process *process, const char *data, size_t len);
void stdin_close(struct process *process);
void stream_scratch_release(void); /* before a long wait */

#endif
