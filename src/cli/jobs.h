/* jobs.h - what the commands about jobs share. */
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include "cli/cli.h"

struct cli_job {
	struct cli *cli;
	const char *const *args;
};

/* Opens the engine and reads all jobs; a failure was told. The caller closes *out. */
bool cli_jobs(struct cli *cli, struct jobs **out);
/* All of it; false: it failed, which was told. */
bool cli_jobs_refresh(struct jobs *jobs);

#endif
