/* Other containers are found before the clone: in a pid namespace of its own the child can open
 * nobody's pidfd any more. It inherits those that its steps will ask for. */
#include <string.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

static int find(struct launch *l, const char *id)
{
	int init = l->peer ? l->peer(l->peer_ctx, id) : -ESRCH;

	return init == -ESRCH
		       ? launch_fail(l, init, 125,
				 "cannot join the namespaces of a non running container: %s", id)
		       : init;
}

int launch_peer(struct launch *l, const char *id)
{
	for (unsigned i = 0; i < l->peers; i++)
		if (!strcmp(l->peer_of[i].id, id))
			return l->peer_of[i].init;
	return -ENOENT;
}

int launch_peers_open(struct launch *l, unsigned from)
{
	for (unsigned at = from; at < l->plan.head->steps; at++) {
		const struct plan_step *step = &l->plan.steps[at];
		const char *id = plan_text(&l->plan, step->a);
		int init;

		if ((step->op != PLAN_JOIN_CONTAINER && step->op != PLAN_TREE_PEER) ||
			launch_peer(l, id) >= 0)
			continue;
		if (l->peers == LAUNCH_PEERS)
			return -E2BIG;
		init = find(l, id);
		if (init < 0)
			return init;
		l->peer_of[l->peers].id = id;
		l->peer_of[l->peers++].init = init;
	}
	return 0;
}

void launch_peers_close(struct launch *l)
{
	while (l->peers)
		close(l->peer_of[--l->peers].init);
}

/* The pid namespace was entered by the parent. */
int launch_join_peer(struct launch *l, const char *id, uint64_t flags)
{
	flags &= ~SYS_CLONE_NEWPID;
	return flags ? (int)sys_result(syscall(SYS_setns, launch_peer(l, id), flags)) : 0;
}
