/* hook.h - runs one hook and waits for it. */
#ifndef LAUNCH_HOOK_H
#define LAUNCH_HOOK_H

#include <stdint.h>

struct launch_hook_call {
	int state; /* read from its beginning */
	const char *path;
	const char **argv, **envp;
	uint64_t seconds; /* 0: no limit */
};

/* Its exit code (128 + signal), -ETIMEDOUT, or another negative errno. */
int launch_hook_run(const struct launch_hook_call *call);

#endif
