/* trial.h - one system call with its arguments, to be tried and not to do anything. */
#ifndef RUNTIME_TRIAL_H
#define RUNTIME_TRIAL_H

#include <stdint.h>

enum { TRIAL_ARGS = 6 };

/* Arguments that `pointers` has a bit for are places in text, which begins with a NUL-separated
 * list of strings. */
struct trial {
	const char *name;
	uint32_t number;   /* on this machine */
	uint32_t pointers; /* a bit an argument */
	uint64_t args[TRIAL_ARGS];
	const char *text;       /* "none\0/" */
	uint32_t text_len;      /* without the last NUL */
	const char *shown;      /* "mount("none", "/", "no-such-type", 0, NULL)" */
	const char *capability; /* "SYS_ADMIN"; "": it needs none */
	const char *words;      /* what it would do */
};

#endif
