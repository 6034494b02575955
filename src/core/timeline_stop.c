/* timeline_stop.c - a stop: who asked, which signal, the wait, the kill, the exit, the clearing up.
 */
#include <string.h>

#include "core/timeline_end.h"

static bool is_verb(const struct fact *asked, const char *verb)
{
	return strcmp(fact_text(asked, "verb"), verb) == 0;
}

/* "for a stop", by the verb that was asked for. */
static const char *wish_of(const struct fact *asked)
{
	return is_verb(asked, "restart")  ? "that it stop and start again"
	       : is_verb(asked, "kill")   ? "that it be killed"
	       : is_verb(asked, "signal") ? "that it be sent a signal"
					  : "that it stop";
}

static void say_asked(const struct fact *fact, struct timeline *out)
{
	const char *by = fact_text(fact, "by");
	int64_t wait_ms = fact_number(fact, "wait_ms", -2);
	struct timeline_span *span = timeline_span(out, END_CLIENT, fact->from_ns, fact->from_ns);
	const char *how = wait_ms == -1 || is_verb(fact, "signal") ? ""
			  : wait_ms == -2
				  ? ", waiting as long as its own setting says"
				  : timeline_say(out, ", waiting %.3g s", (double)wait_ms / 1000);

	span->words = timeline_say(out, "%s (pid %d, user %d) asked %s%s", *by ? by : "somebody",
		(int)fact_number(fact, "pid", 0), (int)fact_number(fact, "uid", 0), wish_of(fact),
		how);
	span->calls = "connect(RUN_ROOT/c/ID/sock), write(WIRE_STOP or WIRE_SIGNAL); "
		      "who it is: getsockopt(SO_PEERCRED)";
}

static void say_signal(const struct fact *fact, bool timed_out, struct timeline *out)
{
	const char *name = end_signal(out, (int)fact_number(fact, "signal", 0));
	int pid = (int)fact_number(fact, "pid", 0);
	struct timeline_span *span = timeline_span(out, END_MONITOR, fact->from_ns, fact->to_ns);

	span->result = (int)fact_number(fact, "result", 0);
	span->words = timeline_say(out, "%ssend %s to its first process (pid %d)",
		timed_out ? "the time is up: " : "", name, pid);
	span->calls = timeline_say(out, "pidfd_send_signal(pidfd of %d, %s, NULL, 0)", pid, name);
	span->proof = "davit events --since 24h --until 0s --filter event=kill";
}

/* What ends a wait: the next signal of ours, or the exit, whichever came first. */
static uint64_t wait_ends(const struct end *end, const struct fact *wait, bool *killed)
{
	uint64_t ends = end->exit ? end->exit->from_ns : 0;

	*killed = false;
	for (const struct fact *fact = wait + 1; fact < end->facts + end->count; fact++)
		if (fact_is(fact, "signal") && (!ends || fact->from_ns < ends)) {
			*killed = true;
			return fact->from_ns;
		}
	return ends;
}

static const char *wait_words(
	struct timeline *out, const char *limit, uint64_t took_ns, bool killed, bool open)
{
	char took[24];

	if (open)
		return timeline_say(out, "it has %s to end by itself; then SIGKILL", limit);
	if (killed)
		return timeline_say(out, "it did not end within %s", limit);
	return timeline_say(out, "it ended by itself after %s of the %s it had",
		timeline_time(took_ns, took), limit);
}

static void say_wait(const struct timeline_subject *subject, const struct end *end,
	const struct fact *wait, struct timeline *out)
{
	uint64_t limit_ns = (uint64_t)fact_number(wait, "wait_ms", 0) * 1000000;
	char limit[24];
	bool killed;
	uint64_t ends = wait_ends(end, wait, &killed);
	struct timeline_span *span;

	if (!ends && !subject->running)
		return; /* how long is not known */
	span = ends ? timeline_span(out, END_CONTAINER, wait->from_ns, ends)
		    : timeline_open_span(out, END_CONTAINER, wait->from_ns, subject->now_ns);
	span->due_ns = ends ? 0 : wait->from_ns + limit_ns;
	span->words = wait_words(
		out, timeline_time(limit_ns, limit), ends - wait->from_ns, killed, !ends);
	span->calls = "its handler for the signal runs, if it has one; process 1 of a pid "
		      "namespace ignores what it has no handler for";
	if (wait > end->facts)
		span->proof = timeline_say(
			out, "grep SigCgt /proc/%d/status", (int)fact_number(wait - 1, "pid", 0));
}

/* After a SIGKILL, or where there is no limit. */
static void say_dying(const struct timeline_subject *subject, const struct end *end,
	const struct fact *signal, struct timeline *out)
{
	bool kills = fact_number(signal, "signal", 0) == 9;
	struct timeline_span *span;

	if (!end->exit && !subject->running)
		return;
	span = end->exit ? timeline_span(out, END_CONTAINER, signal->to_ns, end->exit->from_ns)
			 : timeline_open_span(out, END_CONTAINER, signal->to_ns, subject->now_ns);
	span->words = kills ? "the kernel ends it, and with it every process of its pid namespace"
			    : "it may end when it likes: nobody set a limit";
	span->calls = kills ? "zap_pid_ns_processes() in the kernel" : "";
}

static bool is_waited_for(const struct end *end, const struct fact *signal)
{
	for (const struct fact *fact = signal + 1; fact < end->facts + end->count; fact++)
		if (fact_is(fact, "wait") || fact_is(fact, "signal"))
			return true;
	return false;
}

static void say_fact(const struct timeline_subject *subject, const struct end *end,
	const struct fact *fact, struct timeline *out)
{
	if (fact_is(fact, "asked"))
		say_asked(fact, out);
	else if (fact_is(fact, "wait"))
		say_wait(subject, end, fact, out);
	else if (fact_is(fact, "signal")) {
		say_signal(fact, fact > end->facts && fact_is(fact - 1, "wait"), out);
		if (!is_waited_for(end, fact) && !is_verb(end->asked, "signal"))
			say_dying(subject, end, fact, out);
	}
}

/* ---- the sentence ---- */

static const struct fact *last_signal(const struct end *end)
{
	const struct fact *last = NULL;

	for (const struct fact *fact = end->facts; fact < end->facts + end->count; fact++)
		if (fact_is(fact, "signal") && (!end->exit || fact->from_ns < end->exit->from_ns))
			last = fact;
	return last;
}

static const char *sum_up(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out)
{
	const struct fact *signal = last_signal(end);
	char took[24], after[24];

	if (!end->exit && (end->over || end->waited))
		return end->again ? "It waited to be started again, and was, at once."
				  : "It did not run: it waited to be started again.";
	if (!end->exit && subject->running)
		return is_verb(end->asked, "signal") ? "It was sent, and ended nothing so far."
						     : "It is being stopped.";
	if (!end->exit)
		return "Its monitor was killed before the end: nothing more is known.";
	timeline_time(end->exit->from_ns - end->asked->from_ns, took);
	if (!signal)
		return timeline_say(out, "It ended %s.", end_how(out, end->exit));
	return timeline_say(out, "It ended %s, %s after it was asked and %s after %s.",
		end_how(out, end->exit), took,
		timeline_time(end->exit->from_ns - signal->from_ns, after),
		end_signal(out, (int)fact_number(signal, "signal", 0)));
}

/* A signal that ended nothing is a stop only where there is no other. */
static bool is_better(const struct end *end, const struct end *best)
{
	bool weak = is_verb(end->asked, "signal") && !end->exit;

	return !best->asked || !weak;
}

bool timeline_of_stop(
	const struct timeline_subject *subject, const struct facts *facts, struct timeline *out)
{
	struct end end, best = {0};
	bool waits = false; /* after the end before */
	size_t at = 0;

	while (end_next(facts, &at, &end)) {
		end.waited = waits;
		waits = end_restarts(&end) && !end.again;
		if (end.asked && is_better(&end, &best))
			best = end;
	}
	if (!best.asked)
		return false;
	end_lanes(out);
	out->kind = TIMELINE_STOP;
	out->at_ns = best.asked->at_us * 1000;
	out->title = timeline_say(out, "stop of %s", subject->name);
	for (size_t i = 0; i < best.count; i++)
		say_fact(subject, &best, &best.facts[i], out);
	end_say_exit(subject, &best, out);
	end_say_decision(subject, &best, out);
	end_say_again(subject, &best, out);
	end_say_leftovers(subject, &best, out);
	out->summary = sum_up(subject, &best, out);
	timeline_end(out, 0, true);
	return true;
}
