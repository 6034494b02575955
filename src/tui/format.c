/* format.c - see format.h. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/format.h"

const char *format_bytes(uint64_t bytes, char out[FIGURE_MAX])
{
	static const char units[] = "BKMGTPE";
	double value = (double)bytes;
	int unit = 0;

	while (value >= 1000 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	snprintf(out, FIGURE_MAX, value < 9.95 && unit > 0 ? "%.1f%c" : "%.0f%c", value,
		units[unit]);
	return out;
}

enum { YEAR_S = 31556952 };

const char *format_age(uint64_t from_ns, uint64_t to_ns, char out[FIGURE_MAX])
{
	uint64_t seconds = to_ns > from_ns ? (to_ns - from_ns) / 1000000000 : 0;

	if (seconds < 60)
		snprintf(out, FIGURE_MAX, "%us", (unsigned)seconds);
	else if (seconds < 3600)
		snprintf(out, FIGURE_MAX, "%um", (unsigned)(seconds / 60));
	else if (seconds < 2 * 86400)
		snprintf(out, FIGURE_MAX, "%uh", (unsigned)(seconds / 3600));
	else if (seconds < 1000 * 86400)
		snprintf(out, FIGURE_MAX, "%ud", (unsigned)(seconds / 86400));
	else
		snprintf(out, FIGURE_MAX, seconds < 10 * YEAR_S ? "%.1fy" : "%.0fy",
			(double)seconds / YEAR_S);
	return out;
}

static struct tm local(uint64_t at_ns)
{
	time_t seconds = (time_t)(at_ns / 1000000000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	return tm;
}

const char *format_moment(uint64_t at_ns, uint64_t now_ns, char out[FIGURE_MAX])
{
	struct tm at = local(at_ns), now = local(now_ns);
	bool today = at.tm_yday == now.tm_yday && at.tm_year == now.tm_year;

	strftime(out, FIGURE_MAX, today ? "%H:%M" : "%d %b", &at);
	return out;
}

const char *format_clock(uint64_t at_ns, char out[FIGURE_MAX])
{
	struct tm at = local(at_ns);

	strftime(out, FIGURE_MAX, "%H:%M:%S", &at);
	return out;
}

static struct state_look asked_look(const struct row *row, int64_t now_ms)
{
	static const char *const words[VERB_COUNT] = {
		[VERB_START] = "starting",
		[VERB_STOP] = "stopping",
		[VERB_RESTART] = "restarting",
		[VERB_PAUSE] = "pausing",
		[VERB_UNPAUSE] = "resuming",
		[VERB_KILL] = "signalling",
		[VERB_REMOVE] = "removing",
		[VERB_CREATE] = "coming",
		[VERB_RESTORE] = "coming back",
		[VERB_UNDO] = "undoing",
		[VERB_RENAME] = "renaming",
		[VERB_UPDATE] = "updating",
		[VERB_TAG] = "naming",
	};
	struct state_look shown = {GLYPH_BUSY, ROLE_BUSY, ""};
	int seconds = (int)((now_ms - row->asked_ms) / 1000 % 10000);
	bool waits = (row->verb == VERB_STOP || row->verb == VERB_RESTART) && row->grace_s > 0 &&
		     row->grace_s < 1000 && row->c.pid;

	if (waits && seconds > row->grace_s)
		snprintf(shown.word, sizeof(shown.word), "killing %ds", seconds);
	else if (waits && seconds > 0)
		snprintf(shown.word, sizeof(shown.word), "%.8s %d/%ds",
			row->verb == VERB_STOP ? "stopping" : "restart", seconds, row->grace_s);
	else if (seconds > 0)
		snprintf(shown.word, sizeof(shown.word), "%.10s %ds", words[row->verb], seconds);
	else
		snprintf(shown.word, sizeof(shown.word), "%.10s", words[row->verb]);
	return shown;
}

static struct state_look exited_look(const struct container *c)
{
	struct state_look shown = {GLYPH_EXITED, ROLE_DIM, ""};

	if (c->oom_killed)
		return (struct state_look){GLYPH_OOM, ROLE_BAD, "OOM"};
	if (c->code_lost)
		return (struct state_look){GLYPH_FAILED, ROLE_BAD, "exit ?"};
	/* What an operator stopped did not fail. */
	if (c->exit_code && !c->by_hand) {
		shown.glyph = GLYPH_FAILED;
		shown.role = ROLE_BAD;
	}
	snprintf(shown.word, sizeof(shown.word), "exit %d", c->exit_code);
	return shown;
}

static const char *signal_name(int number)
{
	const char *name = sigabbrev_np(number);

	return name ? name : "RTMIN+n";
}

const char *format_why(const struct container *c, char out[WHY_MAX])
{
	int code = c->exit_code;

	*out = '\0';
	if (c->state != CONTAINER_EXITED && c->state != CONTAINER_DEAD)
		return out;
	if (c->oom_killed)
		snprintf(out, WHY_MAX, "it reached its memory limit and was killed");
	else if (c->code_lost)
		snprintf(out, WHY_MAX, "it ended while nobody watched");
	else if (code == 0)
		snprintf(out, WHY_MAX, "it ended well");
	else if (code == 125)
		snprintf(out, WHY_MAX, "it could not be started");
	else if (code == 126)
		snprintf(out, WHY_MAX, "its command cannot be executed");
	else if (code == 127)
		snprintf(out, WHY_MAX, "its command was not found");
	else if (code > 128 && code <= 128 + SIGRTMAX)
		snprintf(out, WHY_MAX, "%s SIG%s", c->by_hand ? "stopped with" : "killed by",
			signal_name(code - 128));
	else
		snprintf(out, WHY_MAX, "its process reported a failure");
	return out;
}

/* That somebody else ends it says more than its health, and a health check more than that it runs.
 */
static struct state_look running_look(const struct container *c)
{
	if (c->stopping)
		return (struct state_look){GLYPH_BUSY, ROLE_BUSY, "stopping"};
	switch (c->health) {
	case CONTAINER_HEALTH_UNHEALTHY:
		return (struct state_look){GLYPH_RUNNING, ROLE_BAD, "unhealthy"};
	case CONTAINER_HEALTH_HEALTHY:
		return (struct state_look){GLYPH_RUNNING, ROLE_OK, "healthy"};
	default:
		return (struct state_look){GLYPH_RUNNING, ROLE_OK, "running"};
	}
}

struct state_look format_state(const struct row *row, int64_t now_ms)
{
	if (row->asked)
		return asked_look(row, now_ms);
	switch (row->c.state) {
	case CONTAINER_CREATED:
		return (struct state_look){GLYPH_CREATED, ROLE_TEXT, "created"};
	case CONTAINER_RUNNING:
		return running_look(&row->c);
	case CONTAINER_PAUSED:
		return (struct state_look){GLYPH_PAUSED, ROLE_WARN, "paused"};
	case CONTAINER_RESTARTING:
		return (struct state_look){GLYPH_BUSY, ROLE_BUSY, "restarting"};
	case CONTAINER_REMOVING:
		return (struct state_look){GLYPH_BUSY, ROLE_BUSY, "removing"};
	case CONTAINER_EXITED:
		return exited_look(&row->c);
	case CONTAINER_DEAD:
		return (struct state_look){GLYPH_FAILED, ROLE_BAD, "dead"};
	}
	return (struct state_look){GLYPH_STALE, ROLE_WARN, "unknown"};
}

const char *format_state_in(
	const struct row *row, int64_t now_ms, int width, struct state_look *state)
{
	int seconds = (int)((now_ms - row->asked_ms) / 1000 % 10000);
	bool waits = strchr(state->word, '/');

	if (row->asked && waits && text_width(state->word) > width)
		snprintf(state->word, sizeof(state->word), "%s %d/%ds",
			row->verb == VERB_STOP ? "stop" : "rest", seconds, row->grace_s);
	return state->word;
}
