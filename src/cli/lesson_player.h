/* lesson_player.h - a lesson on a plain terminal: says, asks, runs, and waits to be told to go on.
 */
#ifndef CLI_LESSON_PLAYER_H
#define CLI_LESSON_PLAYER_H

#include "cli/cli.h"

/* A shipped one by name or number, or a file. The caller frees *out. */
int lesson_find(const char *who, struct lesson **out, struct err *err);

/* Runs a command in the corner and waits: what it printed goes to out, its exit code is returned;
 * negative: it could not be run. */
int lesson_run(struct cli *cli, const struct corner *corner, const char *command, struct buf *out,
	struct err *err);

/* by_itself: nobody is asked, as for a tape. Gives the exit code. */
int lesson_play(struct cli *cli, const struct lesson *lesson, bool by_itself);
/* Everything in it, without anybody: what is expected must be there. Counts, and tells failures on
 * standard error. */
struct lesson_tally {
	unsigned passed, failed;
	unsigned left_out; /* steps that this machine cannot show */
};
int lesson_check(struct cli *cli, const struct lesson *lesson, struct lesson_tally *tally);

#endif
