#include "core/timeline_end.h"

#include <signal.h>
#include <string.h>

#include "core/options.h"
#include "runtime/row.h"

/* ---- which facts are one end ---- */

static bool is_over(const struct end *end)
{
	const struct fact *last = &end->facts[end->count - 1];

	return fact_is(last, "again") || fact_is(last, "mounts");
}

/* Whether the next fact is of the end so far. */
static bool goes_on(const struct end *end, const struct fact *fact)
{
	if (end->over)
		return false;
	return !end->exit || !(fact_is(fact, "asked") || fact_is(fact, "exit"));
}

static void take_fact(struct end *end, const struct fact *fact)
{
	end->count++;
	if (fact_is(fact, "exit"))
		end->exit = fact;
	else if (fact_is(fact, "decide"))
		end->decide = fact;
	else if (fact_is(fact, "again"))
		end->again = fact;
	end->over = is_over(end);
}

static bool is_signal(const struct fact *fact)
{
	return strcmp(fact_text(fact, "verb"), "signal") == 0;
}

/* Signals that ended nothing are no part of what somebody asked for later. */
static void drop_signals(struct end *end)
{
	const struct fact *last = NULL, *stop = NULL;

	for (size_t i = 0; i < end->count; i++) {
		const struct fact *fact = &end->facts[i];

		if (!fact_is(fact, "asked"))
			continue;
		last = fact;
		if (!stop && !is_signal(fact))
			stop = fact;
	}
	end->asked = stop ? stop : last;
	if (!end->asked)
		return;
	end->count -= (size_t)(end->asked - end->facts);
	end->facts = end->asked;
}

bool end_next(const struct facts *facts, size_t *at, struct end *out)
{
	if (*at >= facts->len)
		return false;
	*out = (struct end){.facts = &facts->v[*at]};
	do
		take_fact(out, &facts->v[(*at)++]);
	while (*at < facts->len && goes_on(out, &facts->v[*at]));
	out->next = *at < facts->len ? &facts->v[*at] : NULL;
	drop_signals(out);
	return true;
}

bool end_restarts(const struct end *end)
{
	return end->decide && fact_number(end->decide, "again", 0);
}

/* ---- words ---- */

void end_lanes(struct timeline *out)
{
	strs_add(&out->lanes, "client");
	strs_add(&out->lanes, "monitor");
	strs_add(&out->lanes, "container");
}

const char *end_signal(struct timeline *out, int signal)
{
	const char *name = options_signal_name(signal);

	return name ? name : timeline_say(out, "signal %d", signal);
}

const char *end_how(struct timeline *out, const struct fact *exit)
{
	int signal = (int)fact_number(exit, "signal", 0);
	int64_t flags = fact_number(exit, "flags", 0);

	if (flags & ROW_CODE_LOST)
		return "while nobody watched";
	if (flags & ROW_OOM)
		return timeline_say(out, "for want of memory (exit code %d)",
			(int)fact_number(exit, "code", 0));
	if (signal)
		return timeline_say(out, "by %s (exit code %d)", end_signal(out, signal),
			(int)fact_number(exit, "code", 0));
	return timeline_say(out, "with exit code %d", (int)fact_number(exit, "code", 0));
}

/* ---- spans ---- */

void end_say_exit(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out)
{
	const struct fact *exit = end->exit;
	struct timeline_span *span;

	if (!exit)
		return;
	span = timeline_span(out, END_CONTAINER, exit->from_ns, exit->from_ns);
	span->words = timeline_say(out, "its first process ended %s", end_how(out, exit));
	span->calls = "exit_group(2) or a signal; the monitor: SIGCHLD on its signalfd, "
		      "waitid(P_ALL, WEXITED | WNOHANG)";
	span->proof = "davit events --since 24h --until 0s --filter event=die";
	span = timeline_span(out, END_MONITOR, exit->from_ns, exit->to_ns);
	span->words = "read the rest of what it wrote, into its log";
	span->calls = "read(pipe), write(log), until the pipe is empty";
	span->proof = timeline_say(out, "davit logs --tail 5 %s", subject->name);
}

static const char *policy_of(struct timeline *out, const struct fact *decide)
{
	static const char *const names[] = {
		[PLAN_RESTART_NO] = "no",
		[PLAN_RESTART_ALWAYS] = "always",
		[PLAN_RESTART_UNLESS_STOPPED] = "unless-stopped",
		[PLAN_RESTART_ON_FAILURE] = "on-failure",
	};
	uint64_t policy = (uint64_t)fact_number(decide, "policy", 0);
	int most = (int)fact_number(decide, "most", 0);

	if (policy >= sizeof(names) / sizeof(names[0]))
		return "?";
	return most && policy == PLAN_RESTART_ON_FAILURE
		       ? timeline_say(out, "%s:%d", names[policy], most)
		       : names[policy];
}

static const char *decision(const struct end *end, struct timeline *out)
{
	const struct fact *decide = end->decide;
	bool by_hand = fact_number(decide, "by_hand", 0);

	if (end_restarts(end) && by_hand)
		return "write its end down; it is to start again, as asked";
	if (end_restarts(end))
		return timeline_say(out, "write its end down; policy %s: again, attempt %d",
			policy_of(out, decide), (int)fact_number(decide, "attempt", 0));
	if (by_hand)
		return "write its end down; ended by hand, so no policy starts it again";
	return timeline_say(
		out, "write its end down; policy %s: that was all", policy_of(out, decide));
}

static void say_wait(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out)
{
	const struct fact *decide = end->decide;
	const struct fact *next = decide + 1 < end->facts + end->count ? decide + 1 : end->next;
	int64_t wait_ms = fact_number(decide, "wait_ms", 0);
	struct timeline_span *span;

	if (!end_restarts(end) || wait_ms <= 0)
		return;
	if (next)
		span = timeline_span(out, END_MONITOR, decide->to_ns, next->from_ns);
	else if (subject->running)
		span = timeline_open_span(out, END_MONITOR, decide->to_ns, subject->now_ns);
	else
		return;
	span->due_ns = span->open ? decide->to_ns + (uint64_t)wait_ms * 1000000 : 0;
	span->words = timeline_say(
		out, "wait %lld ms: twice as long each time, up to a minute", (long long)wait_ms);
	span->calls = timeline_say(out, "epoll_wait(…, %lld)", (long long)wait_ms);
	span->proof = timeline_say(
		out, "davit inspect -f '{{.State.Status}} {{.RestartCount}}' %s", subject->name);
}

void end_say_decision(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out)
{
	struct timeline_span *span;

	if (!end->decide)
		return;
	span = timeline_span(out, END_MONITOR, end->decide->from_ns, end->decide->to_ns);
	span->words = decision(end, out);
	span->calls = "write(journal), pwrite(roster row), rename(last.new, last)";
	span->proof = timeline_say(out, "davit inspect -f '{{json .State}}' %s", subject->name);
	say_wait(subject, end, out);
}

void end_say_again(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out)
{
	const struct fact *again = end->again;
	struct timeline_span *span;
	char took[24];
	int attempt;
	bool steps;

	if (!again)
		return;
	attempt = (int)fact_number(again, "attempt", 0);
	steps = subject->again && subject->again->began_ns == again->from_ns;
	/* Where its steps are on record, they are what took the time. */
	span = timeline_span(
		out, END_MONITOR, again->from_ns, steps ? again->from_ns : again->to_ns);
	span->result = (int)fact_number(again, "result", 0);
	span->words = timeline_say(out, "%sthe same plan again, from clone to exec%s%s",
		attempt ? timeline_say(out, "attempt %d: ", attempt) : "", steps ? ": " : "",
		steps ? timeline_time(again->to_ns - again->from_ns, took) : "");
	span->calls = "clone3(new pid, mount, ipc, uts and cgroup namespaces), mounts, execve; "
		      "network, cgroups and root file system were kept";
	span->proof = timeline_say(out, "davit explain --launch %s", subject->name);
	if (steps)
		timeline_steps(subject->plan, subject->again, END_MONITOR, END_CONTAINER, out);
}

void end_say_leftovers(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out)
{
	static const struct {
		const char *fact, *words, *calls, *proof;
	} kinds[] = {
		{"others", "kill what is left in its cgroups", "write(cgroup.kill, \"1\")", ""},
		{"network", "give its addresses and ports back",
			"close(port sockets); netlink: delete the nft elements and the interface",
			"davit inspect -f '{{json .NetworkSettings.Networks}}' %s"},
		{"cgroups", "remove its socket and its cgroups", "unlink(sock), rmdir(cgroup)", ""},
		{"mounts", "let go of its root file system", "umount2(root, MNT_DETACH)", ""},
	};

	for (size_t i = 0; i < end->count; i++) {
		const struct fact *fact = &end->facts[i];

		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct timeline_span *span;

			if (!fact_is(fact, kinds[k].fact))
				continue;
			span = timeline_span(out, END_MONITOR, fact->from_ns, fact->to_ns);
			span->words = kinds[k].words;
			span->calls = kinds[k].calls;
			span->proof = *kinds[k].proof
					      ? timeline_say(out, kinds[k].proof, subject->name)
					      : "";
		}
	}
}
