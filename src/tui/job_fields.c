/* job_fields.c - see job_fields.h. */
#include "tui/job_fields.h"
#include "core/engine.h"

enum { FIELD_NAME, FIELD_STATE, FIELD_KIND, FIELD_WHO, FIELD_DIR, FIELD_AGE, FIELD_TOOK };

static const char *const states[] = {
	"queued", "running", "done", "failed", "canceled", "lost", NULL};

static const struct filter_field fields[] = {
	[FIELD_NAME] = {"name", FILTER_TEXT, true, NULL, "what it is about"},
	[FIELD_STATE] = {"state", FILTER_RANK, true, states, "running, failed, …"},
	[FIELD_KIND] = {"kind", FILTER_TEXT, true, NULL, "build, pull, …"},
	[FIELD_WHO] = {"who", FILTER_TEXT, false, NULL, "who asked for it"},
	[FIELD_DIR] = {"dir", FILTER_TEXT, true, NULL, "where"},
	[FIELD_AGE] = {"age", FILTER_AGE, false, NULL, "since it was asked for"},
	[FIELD_TOOK] = {"took", FILTER_NUMBER, false, NULL, "seconds"},
};

static bool value(
	const void *row, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	const struct job *job = row;

	(void)key;
	if (nth)
		return false;
	switch (field) {
	case FIELD_NAME:
		out->text = job->what;
		return true;
	case FIELD_STATE:
		out->text = states[job->state];
		out->number = (double)job->state;
		return true;
	case FIELD_KIND:
		out->text = job->kind;
		return true;
	case FIELD_WHO:
		out->text = job->who;
		return true;
	case FIELD_DIR:
		out->text = job->dir;
		return true;
	case FIELD_AGE:
		out->time_ns = job->asked_ns;
		return true;
	default:
		out->number = (double)(job->ended_ns - job->began_ns) / 1e9;
		return job->ended_ns > job->began_ns && job->began_ns;
	}
}

const struct filter_set job_fields = {fields, array_len(fields), value, "state:failed"};
