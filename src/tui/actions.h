/* actions.h - the screen's copy of what was done lately (world_safety.h): who, what, how it went,
 * and whether it can still be taken back. */
#ifndef TUI_ACTIONS_H
#define TUI_ACTIONS_H

#include "tui/world.h"
#include "util/own.h"

enum { ACTIONS_KEPT = 1000 };

/* One record; texts are cut. */
struct act {
	uint64_t seq, time_ns, us; /* us: how long it took */
	enum event_type type;
	char what[24], id[72], name[280];
	char who[64];  /* "anna", or "root (anna)" who became root */
	char via[16];  /* "cli", "screen" */
	char from[64]; /* an address over ssh, or "" */
	char error[300], command[500];
	char undo[300]; /* "": nothing takes it back */
	char group[40];
	int pid;
	uint64_t undoes; /* a seq, where what is "undo" */
	bool undone;
};

struct actions;

struct actions *actions_new(void); /* NULL when out of memory */
void actions_free(struct actions *actions);
own_define(actions)

/* One that was taken before changes nothing. world: for names of logins. */
void actions_take(struct actions *actions, struct world *world, const struct event *event);
/* The newest first; NULL when there are fewer. */
const struct act *actions_at(const struct actions *actions, size_t age);
const struct act *actions_find(const struct actions *actions, uint64_t seq);
/* The newest that can be taken back, or NULL. */
const struct act *actions_undoable(
	const struct actions *actions, const struct trash_limits *limits, uint64_t now_ns);
/* Why this one cannot, or NULL: it can. */
const char *actions_why_not(
	const struct act *act, const struct trash_limits *limits, uint64_t now_ns);

#endif
