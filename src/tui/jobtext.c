/* jobtext.c - see jobtext.h. */
#include <stdio.h>

#include "tui/jobtext.h"
#include "tui/widget/sheet.h"

enum { SECOND = 1000000000 };

struct job_look jobtext_state(const struct job *job)
{
	static const struct job_look looks[JOB_STATE_COUNT] = {
		[JOB_QUEUED] = {GLYPH_CREATED, ROLE_DIM, "queued"},
		[JOB_RUNNING] = {GLYPH_BUSY, ROLE_BUSY, "running"},
		[JOB_DONE] = {GLYPH_RUNNING, ROLE_OK, "done"},
		[JOB_FAILED] = {GLYPH_FAILED, ROLE_BAD, "failed"},
		[JOB_CANCELED] = {GLYPH_EXITED, ROLE_WARN, "canceled"},
		[JOB_LOST] = {GLYPH_STALE, ROLE_WARN, "lost"},
	};

	if (!job_is_over(job) && job->canceled)
		return (struct job_look){GLYPH_BUSY, ROLE_WARN, "ending"};
	return looks[job->state];
}

const char *jobtext_span(uint64_t ns, char out[FIGURE_MAX])
{
	unsigned long long s = ns / SECOND;

	if (s < 10)
		snprintf(out, FIGURE_MAX, "%.1fs", (double)ns / SECOND);
	else if (s < 60)
		snprintf(out, FIGURE_MAX, "%llus", s);
	else if (s < 3600)
		snprintf(out, FIGURE_MAX, "%llu:%02llu", s / 60, s % 60);
	else
		snprintf(out, FIGURE_MAX, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
	return out;
}

const char *jobtext_clock(uint64_t ns, char out[FIGURE_MAX])
{
	unsigned long long s = ns / SECOND;

	if (s < 3600)
		snprintf(out, FIGURE_MAX, "%llu:%02llu", s / 60, s % 60);
	else
		snprintf(out, FIGURE_MAX, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
	return out;
}

uint64_t jobtext_elapsed(const struct job *job, uint64_t real_ns)
{
	uint64_t end = job_is_over(job) ? job->ended_ns : real_ns;

	return job->began_ns && end > job->began_ns ? end - job->began_ns : 0;
}

const char *jobtext_took(const struct job *job, uint64_t real_ns, char out[FIGURE_MAX])
{
	uint64_t took = jobtext_elapsed(job, real_ns);

	if (!job_is_over(job) && job->began_ns)
		return jobtext_clock(took, out);
	snprintf(out, FIGURE_MAX, "-");
	return took ? jobtext_span(took, out) : out;
}

double jobtext_part(const struct job *job)
{
	if (job->steps)
		return (double)job->step / (double)job->steps;
	return job->total ? (double)job->done / (double)job->total : -1;
}

const char *jobtext_progress(const struct job *job, char out[JOBTEXT_MAX])
{
	char done[FIGURE_MAX], total[FIGURE_MAX];

	*out = '\0';
	if (job->steps)
		snprintf(out, JOBTEXT_MAX, "step %zu/%zu", job->step, job->steps);
	else if (job->total)
		snprintf(out, JOBTEXT_MAX, "%d%% %s/%s", (int)(100 * jobtext_part(job)),
			format_bytes(job->done, done), format_bytes(job->total, total));
	else if (job->done)
		snprintf(out, JOBTEXT_MAX, "%s", format_bytes(job->done, done));
	return out;
}

const char *jobtext_eta(const struct job *job, uint64_t real_ns, char out[JOBTEXT_MAX])
{
	uint64_t elapsed = jobtext_elapsed(job, real_ns);
	char left[FIGURE_MAX], usual[FIGURE_MAX];

	*out = '\0';
	if (job->state != JOB_RUNNING || job->usual_ns < SECOND)
		return out;
	jobtext_clock(job->usual_ns, usual);
	if (elapsed >= job->usual_ns)
		snprintf(out, JOBTEXT_MAX, "longer than last time (%s)", usual);
	else
		snprintf(out, JOBTEXT_MAX, "ETA %s (last time %s)",
			jobtext_clock(job->usual_ns - elapsed, left), usual);
	return out;
}

const char *jobtext_name(const struct job *job, char out[JOBTEXT_MAX])
{
	snprintf(out, JOBTEXT_MAX, "%s%s%.90s", job->kind, *job->what ? " " : "", job->what);
	return out;
}

void jobtext_command(const struct job *job, struct buf *out)
{
	buf_adds(out, "davit");
	for (size_t i = 0; i < job->args.len; i++) {
		buf_addc(out, ' ');
		sheet_quote(out, job->args.v[i]);
	}
}

bool jobtext_copies(const struct job *job, size_t nth, const char **what, struct buf *text)
{
	bool failed = job->state == JOB_FAILED && *job->now;
	const struct {
		bool there;
		const char *what, *text;
	} list[] = {{failed, "the error", job->now}, {true, "the command", NULL},
		{*job->image, "the image's id", job->image}, {true, "the job's id", job->id}};

	for (size_t i = 0; i < array_len(list); i++) {
		if (!list[i].there || nth--)
			continue;
		*what = list[i].what;
		if (list[i].text)
			buf_adds(text, list[i].text);
		else
			jobtext_command(job, text);
		return true;
	}
	return false;
}

const char *jobtext_why_not(const struct job *job, enum action action)
{
	bool about = action == ACTION_OPEN || action == ACTION_END || action == ACTION_RERUN ||
		     action == ACTION_LAYERS || action == ACTION_REMOVE || action == ACTION_EDIT ||
		     action == ACTION_SHELL || action == ACTION_LAUNCH;

	if (!about)
		return NULL;
	if (!job)
		return "nothing is selected";
	if (action == ACTION_END && job_is_over(job))
		return "it has ended";
	if (action == ACTION_RERUN && !job_is_over(job))
		return "it still goes on";
	if (action == ACTION_REMOVE && !job_is_over(job))
		return "it still goes on";
	return action == ACTION_LAYERS && !*job->image ? "it made no image" : NULL;
}
