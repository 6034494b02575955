/* delegation.h - the part of the host's cgroup tree that systemd leaves to davit.
 *
 * Where systemd runs and all controllers are on v2, the tree is systemd's: what others make in it
 * must be below a unit that says Delegate=yes, or the next daemon-reload may take its controllers
 * away. So davit's cgroups are below one transient scope of the host's:
 *
 *     system.slice/davit.scope/davit/monitors     shims, jobs, and the scope's own process
 *     system.slice/davit.scope/davit/ID           a container
 *
 * The first start that finds it absent asks for it. A scope ends when its last process does, so one
 * stays in it that does nothing (davit-shim scope), until the host goes down. */
#ifndef CORE_DELEGATION_H
#define CORE_DELEGATION_H

#include <stdbool.h>

#include "runtime/cgroup.h"
#include "util/err.h"

struct engine;

/* Where it is below the root of the tree; NULL: this host does without. */
const char *delegation_path(const struct cgroup_layout *layout);
/* Has it made, below which `monitors` is, with its controllers handed down. Without a bus to ask
 * on it is only made. Cheap when it is there. Blocks, for a second at most when all is well. */
int delegation_ensure(struct engine *engine, const struct cgroup_layout *layout,
	const char *monitors, struct err *err);

#endif
