/* lent.c - see lent.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "tui/lent.h"

enum {
	HOLD_MS = 300,
	TWICE_MS = 3000,
	CTRL_C = 3,
	CTRL_P = 0x10,
	CTRL_Q = 0x11,
	UNSENT_MAX = 64 << 10
};

struct lent {
	struct tty *tty;
	struct world *world;
	struct world_session *session; /* NULL once it ended */
	char id[65], name[136];
	bool plain;
	int64_t interrupt_ms; /* when Ctrl-C was typed, of a plain one */
	lent_over_fn *over;
	void *arg;
	int64_t held_until_ms; /* a Ctrl-P waits; -1: none does */
	bool armed;            /* the last key was Ctrl-P, sent on by now or not: Ctrl-Q leaves */
	bool output_held;
};

/* What has no terminal of its own ends its lines with a bare newline, and ours is raw. */
static void write_lines(struct tty *tty, const char *bytes, size_t len)
{
	auto_buf lines = BUF_INIT;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			buf_addc(&lines, '\r');
		buf_addc(&lines, bytes[i]);
	}
	if (buf_failed(&lines))
		tty_write(tty, bytes, len);
	else
		tty_write(tty, lines.data, lines.len);
}

static void on_output(void *self, const char *bytes, size_t len)
{
	struct lent *lent = self;

	if (lent->plain)
		write_lines(lent->tty, bytes, len);
	else
		tty_write(lent->tty, bytes, len);
	if (tty_unsent(lent->tty) > UNSENT_MAX && !lent->output_held) {
		lent->output_held = true;
		lent->world->ops->session->hold(lent->session, true);
	}
}

static void say(struct lent *lent, const char *sentence)
{
	char line[200];

	snprintf(line, sizeof(line), "%s\r\n", sentence);
	tty_write(lent->tty, line, strlen(line));
}

static void on_joined(void *self, unsigned others)
{
	char sentence[100];

	snprintf(sentence, sizeof(sentence), "%u other client%s attached.", others,
		others == 1 ? " is" : "s are");
	if (others)
		say(self, sentence);
}

static void on_ended(void *self, const struct session_result *result)
{
	struct lent *lent = self;
	char outcome[700];

	lent->session = NULL;
	switch (result->end) {
	case SESSION_EXITED:
		snprintf(outcome, sizeof(outcome), "%s exited with code %d", lent->name,
			result->exit_code);
		break;
	case SESSION_DETACHED:
		snprintf(outcome, sizeof(outcome), "Left %s; it keeps running", lent->name);
		break;
	case SESSION_DROPPED:
		snprintf(outcome, sizeof(outcome),
			"%s wrote faster than this terminal reads; it keeps running", lent->name);
		break;
	case SESSION_LOST:
	case SESSION_FAILED:
		snprintf(outcome, sizeof(outcome), "%s: %s", lent->name,
			result->err ? result->err->text : "lost");
		break;
	}
	lent->over(
		lent->arg, outcome, result->end == SESSION_LOST || result->end == SESSION_FAILED);
}

int lent_open(struct tty *tty, struct world *world, const char *id, const char *name, bool plain,
	lent_over_fn *over, void *arg, struct lent **out, struct err *err)
{
	auto_of(lent) struct lent *lent = calloc(1, sizeof(*lent));
	struct world_sink sink = {lent, on_output, on_joined, on_ended};
	int width, height;

	if (!lent)
		return err_set(err, ENOMEM, "out of memory");
	lent->tty = tty;
	lent->world = world;
	lent->over = over;
	lent->arg = arg;
	lent->held_until_ms = -1;
	lent->plain = plain;
	lent->interrupt_ms = -TWICE_MS;
	snprintf(lent->id, sizeof(lent->id), "%s", id);
	snprintf(lent->name, sizeof(lent->name), "%s", name);
	tty_size(tty, &width, &height);
	lent->session =
		world->ops->session->open(world, SESSION_ATTACH, id, height, width, &sink, err);
	if (!lent->session)
		return err->code;
	*out = take(lent);
	return 0;
}

void lent_free(struct lent *lent)
{
	if (!lent)
		return;
	if (lent->session)
		lent->world->ops->session->leave(lent->session);
	free(lent);
}

static void pass(struct lent *lent, const char *bytes, size_t len)
{
	if (lent->session && len > 0)
		lent->world->ops->session->write(lent->session, bytes, len);
}

/* A program without a terminal would only read a byte; and what SIGINT ends is not ended by a slip.
 */
static void interrupt(struct lent *lent, int64_t now_ms)
{
	bool twice = now_ms - lent->interrupt_ms < TWICE_MS;

	lent->interrupt_ms = twice ? -TWICE_MS : now_ms;
	if (!twice)
		say(lent, "Ctrl-C again sends SIGINT; Ctrl-P Ctrl-Q leaves it running.");
	else
		lent->world->ops->act(lent->world, VERB_KILL, lent->id, SIGINT, 0);
}

bool lent_type(struct lent *lent, const char *bytes, size_t len, int64_t now_ms)
{
	size_t from = 0;

	for (size_t at = 0; at < len; at++) {
		if (lent->armed && bytes[at] == CTRL_Q)
			return false;
		lent->armed = bytes[at] == CTRL_P;
		if (lent->held_until_ms >= 0) {
			lent->held_until_ms = -1;
			pass(lent, "\020", 1);
		}
		if (bytes[at] == CTRL_P || (lent->plain && bytes[at] == CTRL_C)) {
			pass(lent, bytes + from, at - from);
			from = at + 1;
		}
		if (bytes[at] == CTRL_P)
			lent->held_until_ms = now_ms + HOLD_MS;
		else if (lent->plain && bytes[at] == CTRL_C)
			interrupt(lent, now_ms);
	}
	pass(lent, bytes + from, len - from);
	return true;
}

void lent_drained(struct lent *lent)
{
	if (!lent->output_held || tty_unsent(lent->tty) > UNSENT_MAX / 2)
		return;
	lent->output_held = false;
	if (lent->session)
		lent->world->ops->session->hold(lent->session, false);
}

void lent_resized(struct lent *lent)
{
	int width, height;

	tty_size(lent->tty, &width, &height);
	if (lent->session)
		lent->world->ops->session->resize(lent->session, height, width);
}

int64_t lent_deadline(const struct lent *lent)
{
	return lent->held_until_ms;
}

void lent_tick(struct lent *lent, int64_t now_ms)
{
	if (lent->held_until_ms < 0 || now_ms < lent->held_until_ms)
		return;
	lent->held_until_ms = -1;
	pass(lent, "\020", 1);
}
