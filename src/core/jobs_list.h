/* jobs_list.h - the list of jobs in memory; for jobs.c and jobs_follow.c. */
#ifndef CORE_JOBS_LIST_H
#define CORE_JOBS_LIST_H

#include "core/jobs_own.h"

struct job_entry {
	struct job job;
	struct job_reader *reader; /* NULL once all that it told is taken */
	struct job_track *track;
	struct row_process process; /* pid 0: not known yet */
	uint64_t kill_at_ns;        /* CLOCK_MONOTONIC: when asking was not enough; 0: never */
	int watch;                  /* inotify's number of its directory; -1 */
	bool met;                   /* in this refresh */
};

struct jobs_feed;

struct jobs {
	struct engine *engine;
	struct job_entry **v; /* newest first */
	struct job **lent;    /* the same, for jobs_list */
	size_t n, room;
	struct jobs_feed *feed; /* while it is followed */
};

/* jobs_follow.c */
void jobs_feed_watch(struct jobs *jobs, struct job_entry *entry, int dir_fd);
void jobs_feed_forget(struct jobs *jobs, struct job_entry *entry);
void jobs_feed_close(struct jobs *jobs);
void jobs_feed_kill_at(struct jobs *jobs, uint64_t at_ns);

#endif
