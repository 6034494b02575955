/* errand.h - one shell command of a lesson, run with what it prints kept: on the caller's loop, or
 * waited for. */
#ifndef CORE_ERRAND_H
#define CORE_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine_base.h"
#include "util/strs.h"

enum { ERRAND_OUTPUT_MAX = 256 << 10 };

struct errand_result {
	int exit_code; /* 128 + signal when killed */
	uint64_t took_ns;
	const char
		*output; /* both streams, as they came; printable as it is only by who cleans it */
	size_t len;
	bool cut; /* there was more than ERRAND_OUTPUT_MAX */
};

/* What /bin/sh is given: begins in $LESSON and runs its first argument. */
extern const char errand_script[];

struct errand;
struct errand_events {
	/* As it comes; may be NULL. */
	void (*output)(void *arg, const char *bytes, size_t len);
	/* Once, never from inside errand_start; the errand is gone afterwards. */
	void (*done)(void *arg, const struct errand_result *result);
};

/* By /bin/sh, with env alone, in the directory that env calls LESSON; its standard input is empty.
 */
int errand_start(struct engine *engine, const char *command, const struct strs *env,
	const struct errand_events *events, void *arg, struct errand **out, struct err *err);
/* As Ctrl-C does: to it and to all that it started and did not send away. The second time they are
 * killed. done still comes. */
void errand_cancel(struct errand *errand);

/* ---- waited for ---- */

/* With the caller's own terminal; its exit code, or a negative errno. */
int errand_lend(const char *command, const struct strs *env, struct err *err);
/* With a terminal of its own (80x24), and somebody who types `keys` into it: a line at a time, each
 * once it was quiet for a moment, "^P" being a control character; a line of nothing else has no
 * Enter. What was printed goes to out. -ETIMEDOUT: it had not ended 10 s after the last key. */
int errand_type(const char *command, const struct strs *env, const char *keys, struct buf *out,
	struct err *err);

#endif
