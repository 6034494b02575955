/* keeper_private.h - finding a keeper and making one, for keeper*.c alone. */
#ifndef CORE_KEEPER_PRIVATE_H
#define CORE_KEEPER_PRIVATE_H

#include <sys/types.h>

#include "core/keeper.h"

#define KEEPER_FILE "keeper"
enum { KEEPER_RECORD_MAX = 256 };

/* With the lock on `lock` held: made in the user namespace of `shim` (a pidfd), or with -1 in a new
 * one. The keeper inherits the lock. */
int keeper_make(int lock, int shim, struct keeper *out, struct err *err);
/* The maps of a process that has just made a user namespace. -EAGAIN: it must be done again, in a
 * new one, because once newuidmap has written one map the other cannot be our own id alone any
 * more: then, with *again set, it is. */
int keeper_map_ids(pid_t pid, struct keeper *out, bool *again, struct err *err);
/* The sentence of a host that does not let us. */
int keeper_refused(const char *at, int error, struct err *err);
/* After setns or unshare: root of the user namespace that we are in. */
int keeper_become_root(struct err *err);
/* A keeper that runs: its pidfd, or -ESRCH. */
int keeper_open(int run_fd, struct keeper *out);
/* Into its namespaces. */
int keeper_enter_its(int pidfd, struct err *err);
/* By pidfd: was its user namespace made by this user, and is it another than ours? *ids: how many
 * it has. */
bool keeper_is_ours(int pid, uint64_t *ids);
/* A pidfd of a shim of those containers, or -ESRCH. */
int keeper_find_shim(const char *const *run_roots);
/* Writes who we are into the keeper's file. */
int keeper_record(int lock);

#endif
