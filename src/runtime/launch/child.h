/* child.h - the CHILD stage, walked by the new process itself. Inside launch/ only. */
#ifndef LAUNCH_CHILD_H
#define LAUNCH_CHILD_H

#include "runtime/launch/launch.h"

/* Ends in the exec of the plan, or tells the gate why not and exits with docker's code. */
_Noreturn void launch_child(struct launch *l, unsigned clone_at, bool new_mounts);
/* The steps from `from` up to `to`, by who gives birth inside a user namespace. 0, or a negative
 * errno with l->fail filled. */
int launch_between(struct launch *l, unsigned from, unsigned to);

#endif
