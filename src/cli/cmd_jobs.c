#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/each.h"
#include "cli/jobs.h"
#include "util/own.h"

/* ---- start ---- */

static struct op *begin(void *context, op_done_fn done, void *arg)
{
	const struct cli_job *job = context;

	return engine_job_start(job->cli->engine, NULL, job->args, done, arg);
}

static int start(struct cli *cli, void *values, const struct operands *operands)
{
	struct cli_job job = {cli, (const char *const *)operands->v};
	struct err err;
	char id[65];

	(void)values;
	if (job_check(job.args, &err) < 0)
		return cli_fail(&err, 1);
	if (!cli_open(cli))
		return 1;
	if (one_op(cli, begin, &job, NULL, id, &err) < 0)
		return cli_fail(&err, 1);
	buf_addf(&cli->out.text, "%s\n", id);
	return 0;
}

const struct command command_jobs_start = {
	.names = {"jobs start"},
	.usage = "COMMAND [ARG...]",
	.summary =
		"Start a build, pull, push, load, save, commit or prune that outlives this shell",
	.syntax = {.hands_on_after = 1},
	.least = 1,
	.most = -1,
	.run = start,
};

/* ---- rm ---- */

struct rm_values {
	bool all;
};

static const struct option rm_options[] = {
	{"all", 'a', OPTION_BOOL, NULL, "Forget every job that is over",
		offsetof(struct rm_values, all)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const rm_tables[] = {rm_options, NULL};

static int forget_one(struct cli *cli, struct jobs *jobs, const char *who)
{
	const struct job *job;
	struct err err;

	if (jobs_find(jobs, who, &job, &err) < 0 || jobs_forget(jobs, job->id, &err) < 0)
		return cli_fail(&err, 1);
	buf_addf(&cli->out.text, "%s\n", who);
	return 0;
}

static int forget_all(struct cli *cli, struct jobs *jobs)
{
	size_t count;
	struct job *const *list = jobs_list(jobs, &count);
	int code = 0;

	for (size_t i = 0; i < count; i++)
		if (job_is_over(list[i]))
			code = forget_one(cli, jobs, list[i]->id) || code;
	return code;
}

static int rm(struct cli *cli, void *data, const struct operands *operands)
{
	const struct rm_values *values = data;
	struct jobs *jobs;
	int code = 0;

	if (values->all == (operands->len > 0))
		return cli_misused(cli, 1, "jobs rm takes jobs, or --all");
	if (!cli_jobs(cli, &jobs))
		return 1;
	if (values->all)
		code = forget_all(cli, jobs);
	for (int i = 0; i < operands->len; i++)
		code = forget_one(cli, jobs, operands->v[i]) || code;
	jobs_close(jobs);
	return code;
}

const struct command command_jobs_rm = {
	.names = {"jobs rm", "jobs forget"},
	.usage = "[OPTIONS] JOB [JOB...]",
	.summary = "Forget jobs that are over, and what they told",
	.syntax = {.tables = rm_tables, .hands_on_after = -1},
	.most = -1,
	.values_size = sizeof(struct rm_values),
	.run = rm,
};

/* ---- cancel ---- */

struct canceling {
	struct cli *cli;
	struct jobs *jobs;
	struct strs ids;
};

static bool all_over(const struct canceling *canceling)
{
	const struct job *job;
	struct err ignored;

	for (size_t i = 0; i < canceling->ids.len; i++)
		if (jobs_find(canceling->jobs, canceling->ids.v[i], &job, &ignored) == 0 &&
			!job_is_over(job))
			return false;
	return true;
}

static void on_change(void *arg)
{
	struct canceling *canceling = arg;

	if (cli_jobs_refresh(canceling->jobs) && !all_over(canceling))
		return;
	uv_stop(&canceling->cli->loop);
}

static int ask_one(struct canceling *canceling, const char *who)
{
	const struct job *job;
	struct err err;

	if (jobs_find(canceling->jobs, who, &job, &err) < 0 ||
		jobs_cancel(canceling->jobs, job->id, &err) < 0)
		return cli_fail(&err, 1);
	strs_add(&canceling->ids, job->id);
	return 0;
}

static void tell(const struct canceling *canceling)
{
	const struct job *job;
	struct err ignored;

	for (size_t i = 0; i < canceling->ids.len; i++)
		if (jobs_find(canceling->jobs, canceling->ids.v[i], &job, &ignored) == 0)
			buf_addf(&canceling->cli->out.text, "%s: %s; %s\n", job->id,
				job_state_name(job->state),
				job->state == JOB_DONE ? "it had ended before"
						       : job_leaves(job->kind));
}

static int cancel(struct cli *cli, void *values, const struct operands *operands)
{
	struct canceling canceling = {.cli = cli};
	struct err err;
	int code = 0;

	(void)values;
	if (!cli_jobs(cli, &canceling.jobs))
		return 1;
	if (jobs_follow(canceling.jobs, on_change, &canceling, &err) < 0) {
		jobs_close(canceling.jobs);
		return cli_fail(&err, 1);
	}
	cli_jobs_refresh(canceling.jobs);
	for (int i = 0; i < operands->len; i++)
		code = ask_one(&canceling, operands->v[i]) || code;
	cli_jobs_refresh(canceling.jobs);
	if (!all_over(&canceling))
		uv_run(&cli->loop, UV_RUN_DEFAULT);
	tell(&canceling);
	jobs_close(canceling.jobs);
	strs_fini(&canceling.ids);
	return code;
}

const struct command command_jobs_cancel = {
	.names = {"jobs cancel"},
	.usage = "JOB [JOB...]",
	.summary = "End jobs before their time, and say what they leave",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = -1,
	.run = cancel,
};
