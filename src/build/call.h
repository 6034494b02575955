/* call.h - a plan told as text: its checks, its arguments, its targets, what would be done. */
#ifndef BUILD_CALL_H
#define BUILD_CALL_H

#include "build/plan.h"

/* --check, --call=check: "Check complete, …" and each warning with its lines. Returns how many. */
size_t call_check(const struct build_plan *plan, const struct source *source, struct buf *out);
/* --call=outline: what the target may be given: arguments, secrets, agents. */
void call_outline(const struct build_plan *plan, struct buf *out);
/* --call=targets: stages and what comments above them say. */
void call_targets(const struct build_plan *plan, struct buf *out);

/* What is known of a step before anything runs. */
enum call_state { CALL_UNKNOWN, CALL_CACHED, CALL_TO_DO };
struct call_step {
	enum call_state state;
	const char *why; /* to do: "src/main.c changed", "its base is made anew"; NULL */
};
/* --dry-run: every step with its number, what it waits for, and its state. states has one a step;
 * NULL: nothing is known. */
void call_dry_run(const struct build_plan *plan, const struct call_step *states, struct buf *out);

#endif
