#include <errno.h>
#include <string.h>

#include "cli/filters.h"
#include "cli/jobs.h"
#include "cli/listing.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	bool quiet, all;
	const char *format;
	struct strs filters;
};

static const struct option options[] = {
	{"all", 'a', OPTION_BOOL, NULL, "Show those that are over, too",
		offsetof(struct values, all)},
	{"filter", 'f', OPTION_LIST, "filter", "Provide filter values (e.g. \"state=running\")",
		offsetof(struct values, filters)},
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Only display ids", offsetof(struct values, quiet)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* ---- what is shown ---- */

static const struct job *row(const void *data)
{
	return data;
}

static void put_id(struct buf *out, const void *data)
{
	buf_adds(out, row(data)->id);
}

static void put_kind(struct buf *out, const void *data)
{
	buf_adds(out, row(data)->kind);
}

static void put_what(struct buf *out, const void *data)
{
	buf_adds(out, row(data)->what);
}

static void put_who(struct buf *out, const void *data)
{
	buf_adds(out, row(data)->who);
}

static void put_state(struct buf *out, const void *data)
{
	buf_adds(out, job_state_name(row(data)->state));
}

static void put_exit(struct buf *out, const void *data)
{
	if (job_is_over(row(data)) && row(data)->state != JOB_LOST)
		buf_addf(out, "%d", row(data)->exit_code);
}

static void put_asked(struct buf *out, const void *data)
{
	units_put_ago(out, row(data)->asked_ns, units_now());
	buf_adds(out, " ago");
}

static void put_took(struct buf *out, const void *data)
{
	const struct job *job = row(data);
	uint64_t end = job->ended_ns ? job->ended_ns : units_now(), seconds;

	if (!job->began_ns || job->state == JOB_LOST || end < job->began_ns)
		return;
	seconds = (end - job->began_ns) / 1000000000;
	if (seconds < 3600)
		buf_addf(out, "%u:%02u", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
	else
		buf_addf(out, "%u:%02u:%02u", (unsigned)(seconds / 3600),
			(unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
}

static void put_progress(struct buf *out, const void *data)
{
	const struct job *job = row(data);

	if (job_is_over(job))
		return;
	if (job->steps)
		buf_addf(out, "step %zu/%zu", job->step, job->steps);
	else if (job->total)
		buf_addf(out, "%u%%", (unsigned)(100 * job->done / job->total));
	else if (job->done)
		units_put_size(out, job->done);
}

static void put_said(struct buf *out, const void *data)
{
	buf_adds(out, row(data)->now);
}

static void put_image(struct buf *out, const void *data)
{
	buf_adds(out, row(data)->image);
}

static void put_command(struct buf *out, const void *data)
{
	buf_adds(out, "davit");
	for (size_t i = 0; i < row(data)->args.len; i++)
		buf_addf(out, " %s", row(data)->args.v[i]);
}

static void put_dir(struct buf *out, const void *data)
{
	buf_adds(out, row(data)->dir);
}

static const struct field fields[] = {
	{"Command", "COMMAND", put_command, NULL},
	{"Created", "CREATED", put_asked, NULL},
	{"Dir", "DIRECTORY", put_dir, NULL},
	{"ExitCode", "EXIT", put_exit, NULL},
	{"ID", "JOB ID", put_id, NULL},
	{"Image", "IMAGE", put_image, NULL},
	{"Kind", "KIND", put_kind, NULL},
	{"Progress", "PROGRESS", put_progress, NULL},
	{"Said", "LAST WORDS", put_said, NULL},
	{"State", "STATE", put_state, NULL},
	{"Took", "TIME", put_took, NULL},
	{"What", "WHAT", put_what, NULL},
	{"Who", "WHO", put_who, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {
	"ID", "Kind", "What", "State", "Progress", "Took", "Who", "Created", NULL};

/* ---- which ---- */

static bool has_state(const char *value, const void *arg)
{
	return str_eq(value, job_state_name(row(arg)->state));
}

static bool has_kind(const char *value, const void *arg)
{
	return str_eq(value, row(arg)->kind);
}

static bool is_wanted(const struct values *values, const struct job *job)
{
	bool asked = filters_have(&values->filters, "state");

	return (values->all || asked || !job_is_over(job) || !job->seen) &&
	       filters_any(&values->filters, "state", has_state, job) &&
	       filters_any(&values->filters, "kind", has_kind, job);
}

/* ---- all of it ---- */

static int list(
	struct cli *cli, const struct values *values, const struct jobs *jobs, struct err *err)
{
	size_t count;
	struct job *const *rows = jobs_list(jobs, &count);
	struct listing *listing = NULL;
	bool bare = values->quiet && (!values->format || str_eq(values->format, "table"));
	int failed = listing_new(
		bare ? "{{.ID}}" : values->format, fields, columns, "job", &listing, err);

	for (size_t i = 0; i < count && !failed; i++)
		if (is_wanted(values, rows[i]))
			failed = listing_add(listing, rows[i], err);
	if (!failed)
		listing_end(listing, &cli->out.text);
	listing_free(listing);
	return failed;
}

static int ls(struct cli *cli, void *data, const struct operands *operands)
{
	static const char *const known[] = {"kind", "state", NULL};
	const struct values *values = data;
	struct jobs *jobs;
	struct err err;
	int failed;

	(void)operands;
	if (filters_check(&values->filters, known, NULL, &err) < 0)
		return cli_fail(&err, 1);
	if (!cli_jobs(cli, &jobs))
		return 1;
	failed = list(cli, values, jobs, &err);
	jobs_close(jobs);
	return failed ? cli_fail(&err, 1) : 0;
}

const struct command command_jobs_ls = {
	.names = {"jobs ls", "jobs list"},
	.usage = "[OPTIONS]",
	.summary = "List jobs: those that run, and those whose end nobody has seen",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = ls,
};
