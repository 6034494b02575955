/* tape_player.h - a tape on the terminal that we were called on. */
#ifndef CLI_TAPE_PLAYER_H
#define CLI_TAPE_PLAYER_H

#include "cli/cli.h"

struct tape_manner {
	double speed;     /* 2: twice as fast */
	double longest_s; /* no pause is longer */
	bool stops;       /* at every step, until a key comes */
};
/* Space stops and goes on, n goes to the next step, q leaves. Gives the exit code. */
int tape_play(const struct tape *tape, const struct tape_manner *manner);

#endif
