#include <stdio.h>
#include <string.h>

#include "cli/jobs.h"
#include "cli/units.h"
#include "util/own.h"

/* Prints what a job tells, from its beginning, until it is over. An interrupt ends the printing,
 * not the job. */
struct following {
	struct cli *cli;
	struct jobs *jobs;
	struct job_reader *reader;
	char id[JOB_ID_SIZE];
	int shown; /* the build step whose lines stand last; -1: none */
	char failed[sizeof(((struct err *)0)->text)]; /* why, as it was told last */
	struct strs names;                            /* of a build's steps */
};

/* Of a download only what is news, as where there is no terminal. */
static bool is_a_moment(const char *status)
{
	static const char *const moments[] = {
		"Downloading", "Extracting", "Compressing", "Pushing", "Saving"};

	for (size_t i = 0; i < array_len(moments); i++)
		if (str_eq(status, moments[i]))
			return true;
	return false;
}

static void put_lines(struct buf *out, int step, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		buf_addf(out, "#%d ", step);
		buf_add(out, text, len);
		buf_addc(out, '\n');
		text += len + (text[len] == '\n');
	}
}

static void put_step(struct following *following, const struct job_event *event, struct buf *out)
{
	size_t step = event->step < 0 ? following->names.len : (size_t)event->step;

	if (step < following->names.len && following->shown != event->step)
		buf_addf(out, "#%d %s\n", event->step, following->names.v[step]);
	following->shown = event->step;
	switch (event->kind) {
	case JOB_EVENT_WHY:
		buf_addf(out, "#%d because %s\n", event->step, event->text);
		return;
	case JOB_EVENT_CACHED:
		buf_addf(out, "#%d CACHED\n", event->step);
		return;
	case JOB_EVENT_DONE:
		buf_addf(out, "#%d DONE %.1fs\n", event->step, (double)event->took_ns / 1e9);
		return;
	case JOB_EVENT_FAILED:
		buf_addf(out, "#%d ERROR: %s\n", event->step, event->text);
		return;
	case JOB_EVENT_LEFT:
		buf_addf(out, "#%d CANCELED\n", event->step);
		return;
	default:
		put_lines(out, event->step, event->text);
		return;
	}
}

/* A job that fails may say why in JSON and in words. */
static void put_error(struct following *following, const char *text, struct buf *out)
{
	if (str_eq(text, following->failed))
		return;
	snprintf(following->failed, sizeof(following->failed), "%s", text);
	buf_addf(out, "davit: %s\n", text);
}

static void put(struct following *following, const struct job_event *event)
{
	struct buf *out = &following->cli->out.text;

	switch (event->kind) {
	case JOB_EVENT_LAYER:
		if (!is_a_moment(event->text))
			buf_addf(out, "%s: %s\n", event->id, event->text);
		return;
	case JOB_EVENT_PLAN:
		strs_add(&following->names, event->name);
		return;
	case JOB_EVENT_STARTED:
		return;
	case JOB_EVENT_WARNING:
		buf_addf(out, "warning: %s\n", event->text);
		return;
	case JOB_EVENT_LINE:
	case JOB_EVENT_MESSAGE:
	case JOB_EVENT_NOTE:
	case JOB_EVENT_EXCERPT:
	case JOB_EVENT_IMAGE:
		buf_addf(out, "%s\n", event->text);
		return;
	case JOB_EVENT_ERROR:
		put_error(following, event->text, out);
		return;
	default:
		put_step(following, event, out);
		return;
	}
}

static const struct job *current(const struct following *following)
{
	const struct job *job = NULL;
	struct err ignored;

	jobs_find(following->jobs, following->id, &job, &ignored);
	return job;
}

/* The state is looked at first: what is over has told everything. True: it is over. */
static bool go_on(struct following *following)
{
	const struct job *job;
	struct job_event event;

	if (!cli_jobs_refresh(following->jobs))
		return true;
	job = current(following);
	while (job_reader_next(following->reader, &event) == 1) {
		put(following, &event);
		if (!output_flow(&following->cli->out))
			return true;
	}
	output_flush(&following->cli->out);
	return !job || job_is_over(job);
}

static void on_change(void *arg)
{
	struct following *following = arg;

	if (go_on(following))
		uv_stop(&following->cli->loop);
}

static int outcome(const struct following *following)
{
	const struct job *job = current(following);

	if (!job || job->state == JOB_LOST) {
		cli_say("job %s was killed: how it ended is not known", following->id);
		return 1;
	}
	jobs_see(following->jobs, job->id);
	return job->exit_code;
}

static int follow_to_the_end(struct following *following, const char *who, struct err *err)
{
	const struct job *job;

	if (jobs_find(following->jobs, who, &job, err) < 0 ||
		engine_job_read(following->cli->engine, job->id, &following->reader, err) < 0 ||
		jobs_follow(following->jobs, on_change, following, err) < 0)
		return cli_fail(err, 1);
	snprintf(following->id, sizeof(following->id), "%s", job->id);
	if (!go_on(following))
		uv_run(&following->cli->loop, UV_RUN_DEFAULT);
	return outcome(following);
}

static int follow(struct cli *cli, void *values, const struct operands *operands)
{
	struct following following = {.cli = cli, .shown = -1};
	struct err err;
	int code;

	(void)values;
	if (!cli_jobs(cli, &following.jobs))
		return 1;
	code = follow_to_the_end(&following, operands->v[0], &err);
	job_reader_close(following.reader);
	jobs_close(following.jobs);
	strs_fini(&following.names);
	return code;
}

const struct command command_jobs_follow = {
	.names = {"jobs follow", "jobs logs"},
	.usage = "JOB",
	.summary = "Print what a job tells until it is over; ends with its exit code",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = 1,
	.run = follow,
};
