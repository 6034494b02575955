/* keeper_private.h - finding a keeper and making one, for keeper*.c alone. */
#ifndef CORE_KEEPER_PRIVATE_H
#define CORE_KEEPER_PRIVATE_H

#include "core/keeper.h"

#define KEEPER_FILE "keeper"
enum { KEEPER_RECORD_MAX = 256 };

/* With the lock on `lock` held: made in the user namespace of `shim` (a pidfd), or with -1 in a new
 * one. The keeper inherits the lock. */
int keeper_make(int lock, int shim, struct keeper *out, struct err *err);
/* By pidfd: was its user namespace made by this user, and is it another than ours? *ids: how many
 * it has. */
bool keeper_is_ours(int pid, uint64_t *ids);
/* A pidfd of a shim of those containers, or -ESRCH. */
int keeper_find_shim(const char *const *run_roots);
/* Writes who we are into the keeper's file. */
int keeper_record(int lock);

#endif
