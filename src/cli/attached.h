/* attached.h - our terminal, or pipes, joined to a container's process until one of them ends.
 *
 * What run, start -a, attach and exec share: raw mode and the window's size for a terminal, signals
 * handed on without one, the keys that detach, and an exit code. */
#ifndef CLI_ATTACHED_H
#define CLI_ATTACHED_H

#include "cli/cli.h"

struct attached_options {
	bool tty; /* the process has a terminal */
	bool want_stdin, want_stdout, want_stderr;
	bool sig_proxy;
	const char *detach_keys; /* NULL: ctrl-p,ctrl-q */
	int trouble_code;        /* the exit code of bad detach keys: 125 or 1 */
	/* Begins the session; context is the caller's. */
	struct session *(*start)(void *context, const struct session_options *options,
		const struct session_events *events, void *arg);
	bool (*started)(void *context,
		const char *id); /* or NULL; false: leave it alone and end with 125 */
	void *context;
};

/* Runs it to its end, tells what went wrong, and returns the exit code. Needs cli_open. */
int attached_run(struct cli *cli, const struct attached_options *options);

#endif
