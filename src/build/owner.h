/* owner.h - who "user:group" is in a tree: its own /etc/passwd and /etc/group decide. */
#ifndef BUILD_OWNER_H
#define BUILD_OWNER_H

#include <stdint.h>

#include "build/dest.h"
#include "build/work.h"

struct owner {
	uint32_t uid, gid;
};

/* A number needs no file; without a group it is the group's number too. A name without a group has
 * its own one. -ENOENT: nobody of that name. */
int owner_find(struct build_work *work, int step, struct dest *dest, const char *text,
	struct owner *out, struct err *err);

#endif
