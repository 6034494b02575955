/* hold.h - a container kept from changing while somebody reads or writes its files.
 *
 * One that runs is frozen by its shim for as long as the connection lives, so a davit that is
 * killed in the middle leaves nothing frozen. One that does not run has its lock taken: nobody
 * starts or removes it meanwhile. */
#ifndef CORE_HOLD_H
#define CORE_HOLD_H

#include <stdbool.h>

#include "core/engine_own.h"

struct hold {
	int fd;       /* the connection, or the lock; -1: none */
	bool running; /* and frozen, or paused before */
};
#define HOLD_INIT                                                                                  \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* row as found; corrected to what is held. -EOPNOTSUPP: it runs and this host cannot freeze it. */
int hold_take(struct engine *engine, unsigned number, struct row *row, int own_dir_fd,
	struct hold *out, struct err *err);
void hold_release(struct hold *hold);

#endif
