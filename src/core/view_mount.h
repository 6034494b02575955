/* view_mount.h - the first half of a launch, done by this process for itself. */
#ifndef CORE_VIEW_MOUNT_H
#define CORE_VIEW_MOUNT_H

#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

/* O_PATH fds: the store, containers/ID, its directory below the run root. Taken over. */
struct view_dirs {
	int store, own, run;
};

/* What this thread makes from here on belongs to that user and group; 0, 0: to us again. */
int view_be(uint32_t uid, uint32_t gid, struct err *err);
/* Carries out the HOLD steps of a plan of ours. */
int view_mount(const struct view_dirs *dirs, const struct buf *plan, struct err *err);

#endif
