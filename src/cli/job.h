/* job.h - work on foreign bytes in this process: progress shown, interrupted by a signal, told at
 * the end. */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "cli/cli.h"

typedef int (*job_fn)(struct engine *engine, const void *context, const struct job_options *options,
	struct buf *result, struct err *err);

/* Opens the engine, runs the work and prints its result. Returns the exit code: 1, or 130 when
 * interrupted. */
int job_run(struct cli *cli, job_fn work, const void *context, bool quiet, bool sync);

/* The same, with a --progress of the user's choice (NULL: auto). */
struct job_show {
	const char *progress;
	bool quiet, sync;
};
int job_run_shown(struct cli *cli, job_fn work, const void *context, const struct job_show *show);

#endif
