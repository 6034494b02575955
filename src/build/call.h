/* call.h - a plan told as text: its checks, its arguments, its targets. */
#ifndef BUILD_CALL_H
#define BUILD_CALL_H

#include "build/plan.h"

/* --check, --call=check: "Check complete, …" and each warning with its lines. Returns how many. */
size_t call_check(const struct build_plan *plan, const struct source *source, struct buf *out);
/* --call=outline: what the target may be given: arguments, secrets, agents. */
void call_outline(const struct build_plan *plan, struct buf *out);
/* --call=targets: stages and what comments above them say. */
void call_targets(const struct build_plan *plan, struct buf *out);

#endif
