#include "cli/jobs.h"

bool cli_jobs_refresh(struct jobs *jobs)
{
	bool more = true;
	struct err err;

	while (more)
		if (jobs_refresh(jobs, &more, &err) < 0) {
			cli_tell(&err);
			return false;
		}
	return true;
}

bool cli_jobs(struct cli *cli, struct jobs **out)
{
	struct err err;

	if (!cli_open(cli))
		return false;
	if (engine_jobs(cli->engine, out, &err) < 0) {
		cli_tell(&err);
		return false;
	}
	if (cli_jobs_refresh(*out))
		return true;
	jobs_close(*out);
	return false;
}
