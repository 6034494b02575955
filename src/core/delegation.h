/* delegation.h - the part of the host's cgroup tree that systemd leaves to davit.
 *
 * Where systemd runs and all controllers are on v2, the tree is systemd's: what others make in it
 * must be below a unit that says Delegate=yes, or the next daemon-reload may take its controllers
 * away. So davit's cgroups are below one transient scope of the host's:
 *
 *     system.slice/davit.scope/davit/monitors     shims, jobs, and the scope's own process
 *     system.slice/davit.scope/davit/ID           a container
 *
 * An ordinary user's is in the same way below what their own systemd was given:
 *
 *     user.slice/user-UID.slice/user@UID.service/app.slice/davit.scope/davit/ID
 *
 * The first start that finds it absent asks for it. A scope ends when its last process does, so one
 * stays in it that does nothing (davit-shim scope), until the host goes down. */
#ifndef CORE_DELEGATION_H
#define CORE_DELEGATION_H

#include <stdbool.h>

#include "runtime/cgroup.h"
#include "util/err.h"

struct engine;

enum { DELEGATION_PATH = 200 };

/* Where it is below the root of the tree; false: this host does without, or has nobody whom this
 * user could ask. */
bool delegation_path(const struct cgroup_layout *layout, char path[DELEGATION_PATH]);
/* Of an ordinary user: the cgroup of the systemd that is asked, which has the controllers that
 * there are. */
void delegation_manager(char path[DELEGATION_PATH]);
/* An ordinary user's process that starts monitors must itself be where it may start them: what a
 * login left is not. */
int delegation_join(const char *monitors, struct err *err);
/* Has it made, below which `monitors` is, with its controllers handed down. Without a bus to ask
 * on it is only made. Cheap when it is there. Blocks, for a second at most when all is well. */
int delegation_ensure(struct engine *engine, const struct cgroup_layout *layout,
	const char *monitors, struct err *err);

#endif
