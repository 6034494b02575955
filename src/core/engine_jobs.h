/* engine_jobs.h - the façade (core/engine.h): jobs, work that outlives whoever asked for it.
 *
 * A job is a davit command in a process and a session of its own. What was asked, what it tells and
 * how it ended are files, so that every davit sees it, follows it and can cancel it, and none has
 * to stay for it. A job whose process is gone without having said how it ended was killed: lost. */
#ifndef CORE_ENGINE_JOBS_H
#define CORE_ENGINE_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"
#include "util/own.h"

enum { JOB_ID_SIZE = 13, JOB_GRACE_MS = 10000 };

enum job_state {
	JOB_QUEUED, /* waits for its turn, or is only just starting */
	JOB_RUNNING,
	JOB_DONE,
	JOB_FAILED,
	JOB_CANCELED,
	JOB_LOST, /* killed, or the machine went down: how it ended is not known */
	JOB_STATE_COUNT
};

struct job {
	char id[JOB_ID_SIZE]; /* 12 hex digits */
	char kind[24];        /* the command: "pull", "build", "image prune" */
	char what[300];       /* what it is about: an image's name, a place */
	char who[48];         /* the user who asked */
	char dir[400];        /* where it was asked; relative paths count from there */
	struct strs args;     /* after "davit" */
	enum job_state state;
	uint64_t asked_ns, began_ns, ended_ns; /* CLOCK_REALTIME; 0: not yet, or not known */
	int exit_code;
	bool canceled;     /* somebody asked it to end */
	bool seen;         /* somebody has looked at its end */
	uint64_t usual_ns; /* what the same took when it was last done; 0: it never was */
	/* How far it is, as it tells: */
	size_t steps, step;   /* of a build: how many, and how many are done; 0: not known */
	uint64_t done, total; /* bytes; total 0: not known */
	char now[200];        /* what it is doing, or its last words */
	char image[80];       /* what came of it, "sha256:…", or "" */
};

bool job_is_over(const struct job *job);
const char *job_state_name(enum job_state state); /* "running", … */
/* What ending a job of this kind before its time leaves: one sentence without a full stop. */
const char *job_leaves(const char *kind);
/* Commands that can be a job; args end with NULL. -EINVAL and a sentence for all others. */
int job_check(const char *const *args, struct err *err);

/* ---- all of them ---- */

/* What is known of jobs, newest first; kept current by jobs_refresh. One thread's. */
struct jobs;

/* Knows none before the first refresh. */
int engine_jobs(struct engine *engine, struct jobs **out, struct err *err);
void jobs_close(struct jobs *jobs); /* NULL is fine; the loop may still have to close its handles */
/* Looks again at what is not over, at a bounded part of it: *more when there is more to be looked
 * at at once. */
int jobs_refresh(struct jobs *jobs, bool *more, struct err *err);
/* Lent until the next refresh. What was over when it was met has no steps and bytes. */
struct job *const *jobs_list(const struct jobs *jobs, size_t *count);
/* By id or the beginning of one: -ENOENT, -EEXIST when several begin so. */
int jobs_find(const struct jobs *jobs, const char *who, const struct job **out, struct err *err);
/* From the loop, at most ten times a second, whenever a refresh would find something new. Follow
 * first, refresh after: nothing falls between. */
typedef void jobs_changed_fn(void *arg);
int jobs_follow(struct jobs *jobs, jobs_changed_fn *changed, void *arg, struct err *err);
/* Asks it to end: SIGTERM, and SIGKILL when it is still there after JOB_GRACE_MS (while jobs is
 * followed). -ESRCH: it has ended. */
int jobs_cancel(struct jobs *jobs, const char *id, struct err *err);
/* Its end need not be told any more. */
void jobs_see(struct jobs *jobs, const char *id);
/* Forgets one that is over; -EBUSY: it is not. */
int jobs_forget(struct jobs *jobs, const char *id, struct err *err);

/* ---- one of them ---- */

enum job_event_kind {
	JOB_EVENT_LINE,    /* text: a line as it came */
	JOB_EVENT_MESSAGE, /* text: one for people */
	JOB_EVENT_WARNING, /* text */
	JOB_EVENT_ERROR,   /* text: why it failed */
	JOB_EVENT_LAYER,   /* id, text ("Downloading"), done, total */
	/* of a build; see build/build.h */
	JOB_EVENT_PLAN,
	JOB_EVENT_STARTED,
	JOB_EVENT_WHY, /* text: why the step is not known from before */
	JOB_EVENT_CACHED,
	JOB_EVENT_DONE,
	JOB_EVENT_FAILED,
	JOB_EVENT_LEFT,
	JOB_EVENT_OUTPUT,  /* text: what the step's process says */
	JOB_EVENT_NOTE,    /* text */
	JOB_EVENT_EXCERPT, /* text: lines of the file */
	JOB_EVENT_IMAGE,   /* text: "sha256:…" */
};

enum { JOB_INPUTS_MAX = 64 };

/* Strings are lent until the next event, never NULL. */
struct job_event {
	enum job_event_kind kind;
	uint64_t time_ns; /* CLOCK_REALTIME; 0: not told */
	uint64_t took_ns; /* CACHED, DONE, FAILED */
	const char *id;   /* a layer's, or a step's digest */
	const char *name; /* a step's */
	const char *text;
	uint64_t done, total; /* bytes; total 0: not known */
	int step, line;       /* -1: of no step; 0: of no line */
	int inputs[JOB_INPUTS_MAX];
	size_t inputs_len;
};

struct job_reader;
int engine_job_read(
	struct engine *engine, const char *id, struct job_reader **out, struct err *err);
/* 1 and the next event, 0: that is all for now, or -errno. */
int job_reader_next(struct job_reader *reader, struct job_event *event);
void job_reader_close(struct job_reader *reader);

/* ---- starting ---- */

/* Starts `davit ARGS…` as a job, in a directory (NULL: where we are); result.id is the job's. */
struct op *engine_job_start(struct engine *engine, const char *dir, const char *const *args,
	op_done_fn done, void *arg);

/* Inside a job's process: */
struct job_own;
/* The process that engine_job_start made becomes the job: takes its words, goes where it was asked
 * and waits for its turn. lock_fd was inherited. -ECANCELED: told to end while it waited. */
int engine_job_enter(struct engine *engine, const char *id, int lock_fd, struct job_own **out,
	struct strs *args, struct err *err);
/* A process that was not started as one, but tells as one from here on. */
int engine_job_be(
	struct engine *engine, const char *const *args, struct job_own **out, struct err *err);
int job_own_events(const struct job_own *own); /* where it tells; lent */
/* Where it says what it did with its clocks (engine_timeline.h); lent; -1: nobody wants that. */
int job_own_facts(struct job_own *own);
void job_own_end(struct job_own *own, int exit_code);

#endif
