/* options.h - the little languages of run's options, as docker writes them; those of mounts are in
 * mount_option.h. Pure. */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/plan.h"
#include "util/err.h"

/* "no", "always", "unless-stopped", "on-failure[:N]" */
int options_restart(const char *text, enum plan_restart *policy, unsigned *max, struct err *err);

/* "SIGTERM", "term", "15"; -EINVAL "invalid signal: x". */
int options_signal(const char *text, int *signal, struct err *err);
const char *options_signal_name(int signal); /* "SIGTERM", "SIGRTMIN+3", or NULL */

/* "nofile=1024[:2048]": the RLIMIT_* name for config.json, lives for ever. */
int options_ulimit(
	const char *text, const char **type, uint64_t *soft, uint64_t *hard, struct err *err);

#endif
