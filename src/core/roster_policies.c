/* roster_policies.c - who applies restart policies after a boot: one process, once; row 0 says so. */
#include <errno.h>
#include <unistd.h>

#include "core/process.h"
#include "core/roster_private.h"

static int lock_head(struct roster *roster, struct roster_head *head, int *locked)
{
	if (pread(roster->fd, head, sizeof(*head), 0) != sizeof(*head))
		return -EIO;
	if (head->applied || roster_lock(roster, locked, NULL) < 0)
		return -EALREADY;
	return pread(roster->fd, head, sizeof(*head), 0) == sizeof(*head) && !head->applied
		       ? 0
		       : -EALREADY;
}

bool roster_take_offer(struct roster *roster)
{
	auto_roster_lock int locked = -1;
	struct roster_head head;

	if (!roster->may_offer || lock_head(roster, &head, &locked) < 0 || head.offered ||
		process_is_alive(&head.applier))
		return false;
	head.offered = 1;
	return roster_write(roster, 0, 0, &head, sizeof(head), NULL) == 0;
}

bool roster_take_policies(struct roster *roster)
{
	auto_roster_lock int locked = -1;
	struct roster_head head;

	if (lock_head(roster, &head, &locked) < 0 || process_is_alive(&head.applier))
		return false;
	head.applier = process_self();
	return roster_write(roster, 0, 0, &head, sizeof(head), NULL) == 0;
}

void roster_policies_applied(struct roster *roster)
{
	auto_roster_lock int locked = -1;
	struct roster_head head;

	if (lock_head(roster, &head, &locked) < 0)
		return;
	head.applied = 1;
	head.applier = (struct row_process){0};
	roster_write(roster, 0, 0, &head, sizeof(head), NULL);
}
