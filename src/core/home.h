/* home.h - where an ordinary user's store and run root are, unless told otherwise.
 *
 *     store     $XDG_DATA_HOME/davit, else ~/.local/share/davit
 *     run root  $XDG_RUNTIME_DIR/davit, else /run/user/UID/davit, else /tmp/davit-UID
 *
 * A run root says which processes are ours, so nobody else may ever have had a hand in it: it is
 * the user's own, closed to all others, and no link to somewhere else. */
#ifndef CORE_HOME_H
#define CORE_HOME_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* -ENOENT: there is no home to have it in. */
int home_store(char path[PATH_MAX], struct err *err);
/* Made if it is missing, or for who looks *fd is -1 then; *fd is a directory that the caller
 * closes. */
int home_run(uint32_t uid, bool looks, char path[PATH_MAX], int *fd, struct err *err);
/* What home_run found is not the same in every process of a user: a login has a directory that a
 * cron job has not, and takes it along when it ends. So a store says in its link `run` where its
 * containers are ("DEV:INO:PATH"): while that directory is there, it is the run root, wherever else
 * one could be. When it is gone, so are they, and what another one remembers of before is old. */
/* looks: nothing is written. */
int home_settle(
	const char *store, uint32_t uid, bool looks, char path[PATH_MAX], int *fd, struct err *err);

#endif
