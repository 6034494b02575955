/* lesson_player.h - a lesson on a plain terminal: says, asks, runs, and waits to be told to go on.
 */
#ifndef CLI_LESSON_PLAYER_H
#define CLI_LESSON_PLAYER_H

#include "cli/cli.h"

/* A shipped one by name or number, or a file. The caller frees *out. */
int lesson_find(const char *who, struct lesson **out, struct err *err);

/* ---- lesson_run.c ---- */

/* A corner in which containers can be run; the caller closes it. err: why none can be. */
int lesson_open(struct cli *cli, struct corner **out, struct err *err);
/* Runs a command in the corner and waits: what it printed goes to out (NULL: nowhere) and, if it
 * shows, to standard output; its exit code is returned; negative: it could not be run, or, -EINTR,
 * Ctrl-C ended it. */
int lesson_run(struct cli *cli, const struct corner *corner, const char *command, bool shows,
	struct buf *out, struct err *err);
/* With our own terminal; its exit code or a negative errno. */
int lesson_lend(const struct corner *corner, const char *command, struct err *err);
/* On a terminal of its own, with somebody who types the item's keys. */
int lesson_type(const struct corner *corner, const struct lesson_item *item, struct buf *out,
	struct err *err);
/* Ctrl-C while nothing is run is nobody's end: lesson_await_input tells of it. */
void lesson_hear_interrupts(void);
/* Until there is something to read; false: Ctrl-C, before or meanwhile. */
bool lesson_await_input(void);

/* ---- all of it ---- */

struct lesson_manner {
	bool asks_nobody; /* nothing is waited for */
	bool marks;       /* says to a tape where steps begin and where to stop */
};
/* The corner is lent, and as it was when lesson_open made it or, after going back, another. 0;
 * 1: it was taken to its end; negative: it could not go on. */
int lesson_play(struct cli *cli, const struct lesson *lesson, const struct lesson_manner *manner,
	struct corner **corner, struct err *err);

/* Everything in it, without anybody: what is expected must be there. Counts, and tells failures on
 * standard error. */
struct lesson_tally {
	unsigned passed, failed;
	unsigned left_out; /* steps that this machine cannot show */
};
int lesson_check(struct cli *cli, const struct lesson *lesson, struct lesson_tally *tally);

#endif
