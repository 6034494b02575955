/* view.h - a container's file system as a directory to read from and write to, in this process.
 *
 *     VIEW_PLAIN   what the image and the container made of it; nothing is mounted in it, and it is
 *                  only to be read
 *     VIEW_WHOLE   what the container sees, with its volumes and binds, to read and write
 *
 * One that runs is seen through its first process (it must be held, hold.h). Else it is mounted in
 * a mount namespace that this process moves into for good: for commands that do one thing. */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include "core/writable.h"

enum view_kind { VIEW_PLAIN, VIEW_WHOLE };

/* An fd of its root, to be used with RESOLVE_IN_ROOT only; the caller closes it. */
int view_open(struct engine *engine, struct writable *writable, enum view_kind kind,
	const struct cJSON *inspect, struct err *err);
/* The last thing before the process leaves: what was mounted is given up by another process, since
 * an overlay that is unmounted waits until all it wrote is on the disk. */
void view_leave(void);

#endif
