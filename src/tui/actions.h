/* actions.h - the screen's copy of what was done lately (world_safety.h): who, what, how it went,
 * and whether it can still be taken back. */
#ifndef TUI_ACTIONS_H
#define TUI_ACTIONS_H

#include "tui/world.h"
#include "util/own.h"

enum { ACTIONS_KEPT = 1000 };

/* One record. */
struct act {
	uint64_t seq, time_ns, us; /* us: how long it took */
	enum event_type type;
	int pid;
	uint64_t undoes; /* a seq, where what is "undo" */
	bool undone;
	/* Texts are never NULL. */
	const char *what, *id, *name;
	const char *who;  /* "anna", or "root (anna)" who became root */
	const char *via;  /* "cli", "screen" */
	const char *from; /* an address over ssh, or "" */
	const char *error, *command;
	const char *undo; /* "": nothing takes it back */
	const char *group;
};

struct actions;

struct actions *actions_new(void); /* NULL when out of memory */
void actions_free(struct actions *actions);
own_define(actions)

/* One that was taken before changes nothing; the oldest goes when there are too many. world: for
 * names of logins. */
void actions_take(struct actions *actions, struct world *world, const struct event *event);
/* How many were ever taken. */
size_t actions_taken(const struct actions *actions);
/* The newest first; NULL when there are fewer. Lent until the next is taken. */
const struct act *actions_at(const struct actions *actions, size_t age);
const struct act *actions_find(const struct actions *actions, uint64_t seq);
/* What taking back depends on, lent. */
struct undo_ground {
	struct trash_limits limits;
	uint64_t now_ns;
	const struct image_entry *images; /* those there are */
	size_t image_count;
};

/* The newest that can be taken back, or NULL. */
const struct act *actions_undoable(const struct actions *actions, const struct undo_ground *ground);
/* Why this one cannot, or NULL: it can. */
const char *actions_why_not(const struct act *act, const struct undo_ground *ground);

#endif
