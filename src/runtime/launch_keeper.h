/* launch_keeper.h - what a keeper (core/keeper.h) is born with, and says of it: for the static
 * davit-shim and for who starts it. */
#ifndef RUNTIME_LAUNCH_KEEPER_H
#define RUNTIME_LAUNCH_KEEPER_H

enum keeper_fd {
	KEEPER_FD_LOCK = 3,  /* the flock on it is held for the keeper's life */
	KEEPER_FD_READY = 4, /* one struct keeper_answer */
};

/* How far it came. */
struct keeper_answer {
	int failed; /* errno; 0: it is ready */
	char at[60];
};

#endif
