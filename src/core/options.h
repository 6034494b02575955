/* options.h - the little languages of run's options, as docker writes them. Pure. */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/plan.h"
#include "util/err.h"

/* "SRC:DST[:OPTION,…]"; strings are owned, options_bind_fini frees them. */
struct option_bind {
	char *source, *target;
	bool read_only, recursive;
	const char *propagation; /* "rprivate" unless given; lives for ever */
};
int options_bind(const char *text, struct option_bind *out, struct err *err);
void options_bind_fini(struct option_bind *bind);

/* "DST[:OPTION,…]": the options as mount(8) takes them, with docker's defaults in front. */
int options_tmpfs(const char *text, char **target, char **options, struct err *err);

/* "no", "always", "unless-stopped", "on-failure[:N]" */
int options_restart(const char *text, enum plan_restart *policy, unsigned *max, struct err *err);

/* "SIGTERM", "term", "15"; -EINVAL "invalid signal: x". */
int options_signal(const char *text, int *signal, struct err *err);
const char *options_signal_name(int signal); /* "SIGTERM", "SIGRTMIN+3", or NULL */

/* "nofile=1024[:2048]": the RLIMIT_* name for config.json, lives for ever. */
int options_ulimit(
	const char *text, const char **type, uint64_t *soft, uint64_t *hard, struct err *err);

#endif
