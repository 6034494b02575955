/* jobs_own.h - what the files behind engine_jobs.h share.
 *
 *     RUN_ROOT/jobs/ID/      0700; of a build STORE/jobs/ID/: a reboot does not lose it
 *         record     JSON, there before anything starts, never changed
 *         lock       flock'd while the job lives: its process inherits it
 *         process    "PID START BEGAN": written by the job; BEGAN 0 while it waits for its turn
 *         events     what it tells, JSON lines and others: its stdout and stderr, appended
 *         facts      what it did with its clocks, JSON lines (fact.h); not of every kind
 *         end        "CODE ENDED": written by the job as its last act; empty before
 *         canceled   somebody asked it to end           seen   somebody has looked at its end
 *     RUN_ROOT/jobs/turn.N   flock'd by who builds: so many build at once
 *
 * A directory is made under a name that begins with a dot, and renamed. Who holds no lock and has
 * no end was killed. */
#ifndef CORE_JOBS_OWN_H
#define CORE_JOBS_OWN_H

#include "core/engine_own.h"
#include "core/engine_jobs.h"

enum jobs_place { JOBS_IN_RUN_ROOT, JOBS_IN_STORE, JOBS_PLACES };

/* ---- jobs_kinds.c: which commands ---- */

struct job_kind {
	const char *name; /* the shortest spelling */
	enum jobs_place place;
	const char *leaves;
};

/* words: how many of args spell the command. NULL: it can be no job. */
const struct job_kind *job_kind_of(const char *const *args, size_t *words);
const struct job_kind *job_kind_named(const char *name);
/* What a command is about: a name, a place. */
void job_what(const struct job_kind *kind, const char *const *args, char *out, size_t room);

/* ---- jobs_record.c: texts, pure ---- */

void job_record_write(const struct job *job, struct buf *out);
int job_record_read(const char *text, size_t len, struct job *job, struct err *err);
bool job_process_read(const char *text, struct row_process *process, uint64_t *began_ns);
bool job_end_read(const char *text, int *code, uint64_t *ended_ns);

/* ---- jobs_place.c: directories ---- */

/* An fd that can be read, made when it is missing; the caller closes it. */
int jobs_place_open(struct store *store, enum jobs_place place, struct err *err);
bool job_id_is_good(const char *id);
/* The directory of a job; -ENOENT. */
int jobs_dir_open(struct store *store, const char *id, struct err *err);
/* A new one with its record, under its lock: the caller closes both. */
int jobs_dir_make(struct store *store, struct job *job, int *lock_fd, struct err *err);
void jobs_dir_mark(int dir_fd, const char *name);
bool jobs_dir_has(int dir_fd, const char *name);
/* Its process lives. */
bool jobs_dir_is_held(int dir_fd);
/* -EBUSY: it is not over. */
int jobs_dir_remove(struct store *store, const char *id, struct err *err);
/* Forgets what is old, or too much. */
void jobs_place_sweep(struct store *store, enum jobs_place place);

/* ---- jobs_event.c: a line becomes an event ---- */

struct job_parser;
struct job_parser *job_parser_new(void);
void job_parser_free(struct job_parser *parser);
own_define(job_parser)
/* The event is lent until the next call. */
void job_parse(struct job_parser *parser, const char *line, size_t len, struct job_event *event);

/* ---- jobs_track.c: events become figures ---- */

struct job_track;
struct job_track *job_track_new(void);
void job_track_free(struct job_track *track);
own_define(job_track)
void job_track_take(struct job_track *track, const struct job_event *event, struct job *job);

/* ---- jobs_read.c ---- */

/* dir_fd is only used now. last: only about so many bytes of what was told; 0: all. */
int job_reader_open(int dir_fd, size_t last, struct job_reader **out, struct err *err);
/* The bytes read so far. */
uint64_t job_reader_offset(const struct job_reader *reader);

#endif
