/* asked.h - what was asked of the engine and is not done: by ticket, with whom it is about. */
#ifndef TUI_ASKED_H
#define TUI_ASKED_H

#include "tui/world.h"

enum { ASKED_MAX = 1024 }; /* as many as can be marked */

struct asked_one {
	uint64_t ticket;
	enum verb verb;
	char id[65], name[136];
	int64_t since_ms;
};

/* By value; zeroed is empty. */
struct asked {
	struct asked_one list[ASKED_MAX];
	size_t count;
	uint64_t tickets; /* given out so far */
};

/* The ticket, never 0; 0 when too much is under way. */
/* `name` of an image, say: what is asked for has no row. */
uint64_t asked_add_named(struct asked *asked, enum verb verb, const char *name, int64_t now_ms);
uint64_t asked_add(struct asked *asked, enum verb verb, const struct container *c, int64_t now_ms);
/* Takes it off the list; false when it was not on it. */
bool asked_take(struct asked *asked, uint64_t ticket, struct asked_one *out);
/* "Stopped shop/web in 0.412 s", or what went wrong (err not NULL). */
void asked_outcome(
	const struct asked_one *one, const struct err *err, int64_t now_ms, char *out, size_t room);

#endif
