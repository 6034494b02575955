/* death.c - see engine_death.h: puts together what the row, the journal, the log and the image say
 * of an end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "core/engine_death.h"
#include "core/engine_own.h"
#include "core/nearest.h"
#include "core/options.h"
#include "core/timeline_end.h"
#include "core/timelines.h"
#include "util/own.h"

/* Two records of one moment. */
static const uint64_t NEAR_NS = 1000000000;

enum { CODE_NOT_STARTED = 125, CODE_NOT_EXECUTABLE = 126, CODE_NOT_FOUND = 127, CODE_SIGNAL = 128 };

/* What the journal has of the life that ended last. */
struct life {
	const char *id;
	int signal; /* the last that davit sent; 0: none */
	uint64_t signal_ns, oom_ns;
	unsigned deaths; /* of all lives that the journal still knows */
};

void death_fini(struct death *death)
{
	buf_fini(&death->sentence);
	buf_fini(&death->advice);
	strs_fini(&death->evidence);
}

static void on_event(void *arg, const struct event *event)
{
	struct life *life = arg;
	const char *signal = event_attr(event, "signal");

	if (event->type != EVENT_CONTAINER || strcmp(event->id, life->id) != 0)
		return;
	if (strcmp(event->action, "start") == 0) {
		life->signal = 0;
		life->oom_ns = 0;
	} else if (strcmp(event->action, "kill") == 0 && signal) {
		life->signal = atoi(signal);
		life->signal_ns = event->time_ns;
	} else if (strcmp(event->action, "oom") == 0) {
		life->oom_ns = event->time_ns;
	} else if (strcmp(event->action, "die") == 0) {
		life->deaths++;
	}
}

/* "14:02:05" */
static const char *clock_of(uint64_t at_ns, char out[16])
{
	time_t seconds = (time_t)(at_ns / 1000000000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(out, 16, "%H:%M:%S", &tm);
	return out;
}

/* "1.15 ms" */
static const char *lived(const struct container *c, char out[24])
{
	return timeline_time(
		c->finished_ns > c->started_ns ? c->finished_ns - c->started_ns : 0, out);
}

/* ---- the sentence ---- */

static int64_t memory_limit(struct engine *engine, const char *id)
{
	cJSON *inspect = NULL;
	const cJSON *limit;
	struct err err;
	int64_t bytes = 0;

	if (engine_container_inspect(engine, id, &inspect, &err) < 0)
		return 0;
	limit = cJSON_GetObjectItem(cJSON_GetObjectItem(inspect, "HostConfig"), "Memory");
	if (cJSON_IsNumber(limit))
		bytes = (int64_t)limit->valuedouble;
	cJSON_Delete(inspect);
	return bytes;
}

static void say_oom(struct engine *engine, const struct container *c, const struct life *life,
	struct death *out)
{
	int64_t limit = memory_limit(engine, c->id);
	char at[16];

	buf_adds(&out->sentence, "The kernel killed a process of it");
	if (life->oom_ns)
		buf_addf(&out->sentence, " (noticed at %s)", clock_of(life->oom_ns, at));
	if (limit > 0)
		buf_addf(&out->sentence,
			" because together they needed more than their %lld MB of memory",
			(long long)limit >> 20);
	else
		buf_adds(&out->sentence, " for want of memory");
	buf_addf(&out->sentence, "; the exit code is %d.", c->exit_code);
	buf_addf(&out->advice,
		"Give it more with davit update --memory SIZE %s, and start it again.", c->name);
}

/* ---- who asked for it ---- */

/* The end that the container's record speaks of, as its monitor has it on record. */
static bool find_end(
	struct engine *engine, const struct container *c, struct facts *facts, struct end *out)
{
	struct err ignored;
	auto_close int own = launch_own_dir(engine, c->id, &ignored);
	struct end end;
	uint64_t at_ns;
	size_t at = 0;

	*out = (struct end){.count = 0};
	if (own < 0 || timelines_read_ends(own, facts) < 0)
		return false;
	while (end_next(facts, &at, &end))
		if (end.exit)
			*out = end;
	at_ns = out->exit ? out->exit->at_us * 1000 : 0;
	return at_ns && at_ns < c->finished_ns + NEAR_NS && c->finished_ns < at_ns + NEAR_NS;
}

/* How long it was given to end by itself, in ms; 0: it was not. */
static int64_t grace_of(const struct end *end)
{
	for (size_t i = 0; i < end->count; i++)
		if (fact_is(&end->facts[i], "wait"))
			return fact_number(&end->facts[i], "wait_ms", 0);
	return 0;
}

/* False: it is not known. */
static bool say_asker(
	struct engine *engine, const struct container *c, int signal, struct death *out)
{
	auto_facts facts = {0};
	struct end end;
	const char *by, *verb;
	int64_t grace_ms;
	char grace[24];

	if (!find_end(engine, c, &facts, &end) || !end.asked)
		return false;
	by = fact_text(end.asked, "by");
	verb = fact_text(end.asked, "verb");
	buf_addf(&out->sentence, ", because %s (pid %d, user %d) asked ", *by ? by : "somebody",
		(int)fact_number(end.asked, "pid", 0), (int)fact_number(end.asked, "uid", 0));
	if (str_eq(verb, "signal") || str_eq(verb, "kill")) {
		buf_adds(&out->sentence, "for that.");
		return true;
	}
	buf_adds(&out->sentence, "that it end");
	grace_ms = grace_of(&end);
	if (signal == SIGKILL && grace_ms > 0)
		buf_addf(&out->sentence, ", and it did not within %s",
			timeline_time((uint64_t)grace_ms * 1000000, grace));
	buf_adds(&out->sentence, ".");
	return true;
}

static void say_signal(struct engine *engine, const struct container *c, const struct life *life,
	struct death *out)
{
	int signal = c->exit_code - CODE_SIGNAL;
	const char *name = options_signal_name(signal);
	char at[16];

	buf_addf(&out->sentence, "%s ended it", name ? name : "A signal");
	if (life->signal == signal || (c->by_hand && signal == SIGKILL && life->signal)) {
		buf_addf(&out->sentence, "; davit sent it at %s", clock_of(life->signal_ns, at));
		if (!c->by_hand || !say_asker(engine, c, signal, out))
			buf_adds(&out->sentence,
				c->by_hand ? ", because somebody asked for that." : ".");
		return;
	}
	if (signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE)
		buf_adds(&out->sentence,
			": its own program did what the processor refuses, a fault in it.");
	else if (signal == SIGABRT)
		buf_adds(&out->sentence, ": its own program gave up (abort).");
	else
		buf_adds(&out->sentence,
			", and davit did not send it: it came from inside, or from a "
			"process of the host.");
}

static void say_failure(const struct container *c, struct death *out)
{
	char ran[24];

	if (c->exit_code == CODE_NOT_FOUND)
		buf_addf(&out->sentence, "Its command was not found (exit code 127).");
	else if (c->exit_code == CODE_NOT_EXECUTABLE)
		buf_addf(&out->sentence,
			"Its command is there but cannot be executed (exit code 126).");
	else if (c->exit_code == CODE_NOT_STARTED && *c->error)
		buf_addf(&out->sentence, "It could not be started: %s.", c->error);
	else
		buf_addf(&out->sentence,
			"Its process ended by itself with exit code %d, %s after it began.",
			c->exit_code, lived(c, ran));
}

static void say_alive(const struct container *c, struct death *out)
{
	if (c->state == CONTAINER_CREATED && *c->error) {
		buf_addf(&out->sentence, "It could not be started: %s.", c->error);
		return;
	}
	if (c->state == CONTAINER_CREATED) {
		buf_adds(&out->sentence, "It has not been started.");
		return;
	}
	buf_addf(&out->sentence, "It is %s", container_state_name(c->state));
	if (c->restarts)
		buf_addf(&out->sentence, ", for the %u. time by its restart policy",
			c->restarts + 1);
	buf_adds(&out->sentence,
		c->health == CONTAINER_HEALTH_UNHEALTHY ? ", but its health check fails." : ".");
}

static void say(struct engine *engine, const struct container *c, const struct life *life,
	struct death *out)
{
	char ran[24];

	if (c->state != CONTAINER_EXITED && c->state != CONTAINER_DEAD)
		say_alive(c, out);
	else if (c->oom_killed)
		say_oom(engine, c, life, out);
	else if (c->code_lost)
		buf_addf(&out->sentence,
			"It ended while nobody watched, so its exit code is lost: %s.",
			*c->error ? c->error : "its monitor was killed before");
	else if (c->exit_code == 0)
		buf_addf(&out->sentence, "Its process ended well (exit code 0), %s after it began.",
			lived(c, ran));
	else if (c->exit_code > CODE_SIGNAL && c->exit_code < CODE_SIGNAL + NSIG)
		say_signal(engine, c, life, out);
	else
		say_failure(c, out);
}

/* ---- the evidence ---- */

static void add_journal(const struct container *c, const struct life *life, struct death *out)
{
	char at[16];
	const char *name = life->signal ? options_signal_name(life->signal) : NULL;

	if (life->signal)
		strs_addf(&out->evidence, "%s: davit sent %s (davit events --filter container=%s)",
			clock_of(life->signal_ns, at), name ? name : "a signal", c->name);
	if (c->finished_ns)
		strs_addf(&out->evidence, "%s: it ended with code %d (davit inspect %s)",
			clock_of(c->finished_ns, at), c->exit_code, c->name);
	if (c->restarts && c->state == CONTAINER_EXITED)
		strs_addf(&out->evidence,
			"Its restart policy had started it again %u time%s (davit explain --restart %s)",
			c->restarts, c->restarts == 1 ? "" : "s", c->name);
	if (life->deaths > 1)
		strs_addf(&out->evidence, "It ended %u times since the journal begins.",
			life->deaths);
	if (*c->error && c->state != CONTAINER_CREATED)
		strs_addf(&out->evidence, "Recorded: %s", c->error);
}

/* The last line of stderr, else of stdout. */
static void add_last_words(struct engine *engine, const struct container *c, struct death *out)
{
	for (int both = 0; both < 2; both++) {
		struct log_options options = {
			.tail = -1, .want_stderr = true, .want_stdout = both == 1};
		struct log_reader *reader;
		struct log_piece piece;
		struct err err;
		bool found;

		if (engine_logs(engine, c->id, &options, &reader, &err) < 0)
			return;
		log_seek(reader, UINT64_MAX);
		found = log_previous(reader, &piece) > 0 && piece.len > 1;
		if (found)
			strs_addf(&out->evidence, "Its last words%s: %.*s (davit logs %s)",
				piece.stream == SESSION_STDERR ? ", on stderr" : "",
				(int)(piece.len > 200
						? 200
						: piece.len - (piece.data[piece.len - 1] == '\n')),
				piece.data, c->name);
		log_close(reader);
		if (found)
			return;
	}
}

static void add_health(struct engine *engine, const struct container *c, struct death *out)
{
	const cJSON *log, *last, *output;
	cJSON *inspect = NULL;
	struct err err;

	if (c->health != CONTAINER_HEALTH_UNHEALTHY ||
		engine_container_inspect(engine, c->id, &inspect, &err) < 0)
		return;
	log = cJSON_GetObjectItem(
		cJSON_GetObjectItem(cJSON_GetObjectItem(inspect, "State"), "Health"), "Log");
	last = cJSON_GetArrayItem(log, cJSON_GetArraySize(log) - 1);
	output = cJSON_GetObjectItem(last, "Output");
	if (cJSON_IsString(output))
		strs_addf(&out->evidence,
			"Its health check failed %u times in a row, and last said: %.*s",
			c->failing_streak, (int)strcspn(output->valuestring, "\n"),
			output->valuestring);
	cJSON_Delete(inspect);
}

static void add_offer(struct engine *engine, const struct container *c, struct death *out)
{
	auto_buf offer = BUF_INIT;

	if (c->exit_code != CODE_NOT_FOUND)
		return;
	nearest_commands(engine, c, &offer);
	if (offer.len)
		buf_addf(&out->advice, "The image has %s.", buf_text(&offer));
}

int engine_death(struct engine *engine, const char *who, struct death *out, struct err *err)
{
	struct container c;
	struct life life = {.id = c.id};
	int failed = engine_container(engine, who, &c, err);

	if (failed)
		return failed;
	failed = engine_events(engine, 0, on_event, &life, err);
	if (failed)
		return failed;
	say(engine, &c, &life, out);
	add_journal(&c, &life, out);
	add_health(engine, &c, out);
	if (c.started_ns && c.exit_code && !c.oom_killed)
		add_last_words(engine, &c, out);
	add_offer(engine, &c, out);
	if (buf_failed(&out->sentence) || buf_failed(&out->advice) || strs_failed(&out->evidence))
		return err_set(err, ENOMEM, "explain %s: out of memory", c.name);
	return 0;
}
