/* batch.h - one thing asked of many: each one's way from waiting to its end.
 *
 * Only so many are under way at once; the others wait their turn. The last batch stays, to be
 * looked at and to try again what failed. */
#ifndef TUI_BATCH_H
#define TUI_BATCH_H

#include "tui/world.h"

enum { BATCH_AT_ONCE = 32 };

enum batch_state { BATCH_WAITS, BATCH_UNDER_WAY, BATCH_DONE, BATCH_FAILED };

/* What it is asked of. */
enum batch_of {
	BATCH_CONTAINERS,
	BATCH_IMAGES, /* by their names, one after the other */
	BATCH_ACTIONS /* to take them back */
};

struct batch_item {
	char id[65], name[280]; /* of an image a name, or an id where it has none */
	char text[300];         /* how it ended */
	uint64_t ticket, seq;   /* seq: of the action that it takes back */
	enum batch_state state;
};

/* By value; zeroed: there was none. */
struct batch {
	enum verb verb;
	int signal;
	struct batch_item *items;
	size_t count, under_way, done, failed;
	int64_t since_ms, over_ms; /* over_ms 0: it is not over */
	bool undoable;             /* something of it */
	enum batch_of of;
	const char *noun; /* "containers" */
};

void batch_fini(struct batch *batch);
/* -ENOMEM keeps what was there. */
int batch_begin(struct batch *batch, enum verb verb, int signal, size_t count, int64_t now_ms);
bool batch_is_over(const struct batch *batch);
/* The next whose turn it is; NULL: none. */
struct batch_item *batch_next(struct batch *batch);
/* It was begun; ticket 0: it could not be, and text says why. */
void batch_begun(struct batch *batch, struct batch_item *item, uint64_t ticket, const char *text);
/* It is one of its that are under way. */
bool batch_has(const struct batch *batch, uint64_t ticket);
/* False: the ticket is none of its. */
bool batch_ended(struct batch *batch, uint64_t ticket, bool failed, const char *text);
/* What failed waits again. */
void batch_retry(struct batch *batch, int64_t now_ms);
/* "Stopped 7 containers in 1.204 s", "7 stopped, 1 failed", "Stopping: 3 of 8 done". */
void batch_summary(const struct batch *batch, int64_t now_ms, char *out, size_t room);

#endif
