/* roster_private.h - what the parts of the roster share:
 *
 *     roster.c           rows: reading, finding, changing; the file itself
 *     roster_saved.c     what containers' directories remember, for the first roster of a boot
 *     roster_policies.c  row 0: restart policies are applied once a boot
 */
#ifndef CORE_ROSTER_PRIVATE_H
#define CORE_ROSTER_PRIVATE_H

#include "core/roster.h"

struct roster {
	int fd;
	int containers_fd; /* lent */
	bool may_offer;    /* as its head said when it was opened */
};

/* Changes of identity and of row 0 are made under this lock; *locked is the caller's
 * auto_roster_lock, -1 before. */
int roster_lock(struct roster *roster, int *locked, struct err *err);
void roster_unlockp(int *locked);
#define auto_roster_lock __attribute__((cleanup(roster_unlockp)))

int roster_write(struct roster *roster, unsigned number, size_t offset, const void *data,
	size_t len, struct err *err);
/* A row caught while it is written, or damaged, may lack its texts' ends. */
void row_end_texts(struct row *out);

/* Fills an empty roster from the containers' own directories, its head last; under the lock. */
int roster_build(struct roster *roster, struct err *err);

#endif
