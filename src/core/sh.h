/* sh.h - a command that somebody wrote as text, run by /bin/sh: it dies with the thread that
 * started it. */
#ifndef CORE_SH_H
#define CORE_SH_H

#include <stdbool.h>

#include "util/err.h"
#include "util/strs.h"

struct sh {
	const char *script;      /* what sh -c is given */
	const struct strs *args; /* its $1, $2, …; NULL: none */
	const struct strs *env;  /* all of it; NULL: ours */
	const char
		*terminal; /* the path of one that becomes its own, with all three streams; NULL */
	int fds[3];        /* else its streams; -1: nothing */
	bool session;      /* away from our terminal and its keys; with `terminal` always */
};
/* Its pidfd, which the caller closes, and where wanted its pid, which stays its own until
 * spawn_wait was called. */
int sh_start(const struct sh *sh, int *pidfd, int *pid, struct err *err);

#endif
