/* asked.c - see asked.h. */
#include <stdio.h>
#include <string.h>

#include "tui/asked.h"

static const char *const done_words[VERB_COUNT] = {
	[VERB_START] = "Started",
	[VERB_STOP] = "Stopped",
	[VERB_RESTART] = "Restarted",
	[VERB_PAUSE] = "Paused",
	[VERB_UNPAUSE] = "Resumed",
	[VERB_KILL] = "Signalled",
	[VERB_REMOVE] = "Removed",
	[VERB_CREATE] = "Made",
	[VERB_RESTORE] = "Brought back",
	[VERB_UNDO] = "Undid",
	[VERB_RENAME] = "Renamed",
	[VERB_UPDATE] = "Updated",
	[VERB_TAG] = "Named",
};

uint64_t asked_add_named(struct asked *asked, enum verb verb, const char *name, int64_t now_ms)
{
	struct asked_one *one = &asked->list[asked->count];

	if (asked->count == ASKED_MAX)
		return 0;
	*one = (struct asked_one){.ticket = ++asked->tickets, .verb = verb, .since_ms = now_ms};
	snprintf(one->name, sizeof(one->name), "%s", name);
	asked->count++;
	return one->ticket;
}

uint64_t asked_add(struct asked *asked, enum verb verb, const struct container *c, int64_t now_ms)
{
	uint64_t ticket = asked_add_named(asked, verb, c->name, now_ms);

	if (ticket)
		memcpy(asked->list[asked->count - 1].id, c->id, sizeof(c->id));
	return ticket;
}

bool asked_take(struct asked *asked, uint64_t ticket, struct asked_one *out)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (asked->list[i].ticket != ticket)
			continue;
		*out = asked->list[i];
		asked->list[i] = asked->list[--asked->count];
		return true;
	}
	return false;
}

/* A whole id takes the room of what there is to say: its first twelve digits are enough. */
static void shorten_ids(char *text)
{
	enum { WHOLE = 64, SHORT = 12 };
	static const char digits[] = "0123456789abcdef";

	for (char *at = text; (at = strpbrk(at, digits));) {
		size_t len = strspn(at, digits);

		if (len == WHOLE)
			memmove(at + SHORT, at + WHOLE, strlen(at + WHOLE) + 1);
		at += len == WHOLE ? SHORT : len;
	}
}

void asked_outcome(
	const struct asked_one *one, const struct err *err, int64_t now_ms, char *out, size_t room)
{
	long long took_ms = now_ms - one->since_ms;

	if (err) {
		snprintf(out, room, "%s: %s", one->name, err->text);
		shorten_ids(out);
		return;
	}
	snprintf(out, room, "%s %s in %lld.%03lld s", done_words[one->verb], one->name,
		took_ms / 1000, took_ms % 1000);
}
