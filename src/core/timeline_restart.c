/* timeline_restart.c - the restarts of one container since somebody last started it: how each life
 * ended, how long its policy had it wait, and what came of the next attempt. */
#include <stdlib.h>

#include "core/timeline_end.h"
#include "util/own.h"

enum { SHOWN_MAX = 24 };

/* The newest run of ends of which each but the last led to the next. */
static size_t last_series(const struct facts *facts, struct end **out)
{
	struct end *all = calloc(facts->len + 1, sizeof(*all));
	size_t count = 0, first, last, at = 0;

	*out = all;
	while (all && end_next(facts, &at, &all[count]))
		count++;
	for (last = count; last && !end_restarts(&all[last - 1]); last--)
		;
	for (first = last; first && end_restarts(&all[first - 1]); first--)
		;
	/* The end that closes it, when one came. */
	if (last && last < count && all[last].exit)
		last++;
	for (size_t i = first; i < last; i++)
		all[i - first] = all[i];
	return last - first;
}

static void say_life(const struct timeline_subject *subject, const struct end *before,
	const struct end *end, struct timeline *out)
{
	uint64_t ran_ns = (uint64_t)fact_number(end->exit, "ran_us", 0) * 1000;
	struct timeline_span *span;
	char ran[24];

	/* How long the first one lived is no part of this. */
	span = before && before->again
		       ? timeline_span(out, END_CONTAINER, before->again->to_ns, end->exit->from_ns)
		       : timeline_span(out, END_CONTAINER, end->exit->from_ns, end->exit->from_ns);
	span->words = timeline_say(out, "it ran %s, and ended %s", timeline_time(ran_ns, ran),
		end_how(out, end->exit));
	span->calls = "waitid(P_ALL, WEXITED | WNOHANG)";
	span->proof = timeline_say(out, "davit explain --why %s", subject->name);
}

static void say_running(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out)
{
	struct timeline_span *span;

	if (!end->again || fact_number(end->again, "result", 0) || !subject->running)
		return;
	span = timeline_span(out, END_CONTAINER, end->again->to_ns, end->again->to_ns);
	span->words = "it has been running since";
	span->proof = timeline_say(out, "davit ps --filter name=%s", subject->name);
}

static const char *sum_up(
	const struct timeline_subject *subject, const struct end *v, size_t n, struct timeline *out)
{
	const struct end *last = &v[n - 1];
	size_t attempts = 0;

	for (size_t i = 0; i < n; i++)
		attempts += v[i].again != NULL;
	if (!end_restarts(last) && last->exit)
		return timeline_say(out, "%zu restart%s; the last life ended %s, and that was all.",
			attempts, attempts == 1 ? "" : "s", end_how(out, last->exit));
	if (last->again && fact_number(last->again, "result", 0))
		return "The last attempt could not be started.";
	if (last->again)
		return timeline_say(out, "%zu restart%s%s.", attempts, attempts == 1 ? "" : "s",
			subject->running ? "; it runs" : "");
	if (last->next)
		return "Somebody ended its wait for the next attempt.";
	return subject->running ? "It waits for its next attempt."
				: "Its record ends while it waited for its next attempt.";
}

bool timeline_of_restart(
	const struct timeline_subject *subject, const struct facts *facts, struct timeline *out)
{
	auto_free struct end *ends = NULL;
	size_t count = last_series(facts, &ends);
	size_t from = count > SHOWN_MAX ? count - SHOWN_MAX : 0;

	out->failed |= !ends;
	if (!count)
		return false;
	end_lanes(out);
	out->kind = TIMELINE_RESTART;
	out->at_ns = ends[from].facts->at_us * 1000;
	out->title = timeline_say(out, "restarts of %s", subject->name);
	for (size_t i = from; i < count; i++) {
		if (ends[i].exit)
			say_life(subject, i > from ? &ends[i - 1] : NULL, &ends[i], out);
		end_say_decision(subject, &ends[i], out);
		end_say_again(subject, &ends[i], out);
	}
	say_running(subject, &ends[count - 1], out);
	out->summary = sum_up(subject, &ends[from], count - from, out);
	timeline_end(out, 0, true);
	return true;
}
