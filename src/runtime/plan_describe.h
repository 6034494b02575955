/* plan_describe.h - a plan's steps for people: what each does in plain words, and the system calls
 * it stands for. `davit explain` and the screen show both; the tests compare them. */
#ifndef RUNTIME_PLAN_DESCRIBE_H
#define RUNTIME_PLAN_DESCRIBE_H

#include "runtime/plan.h"
#include "util/buf.h"

/* "limit memory: memory.max = 67108864". One line, without a newline. */
void plan_describe_words(const struct plan *plan, unsigned step, struct buf *out);
/* "write(\"/sys/fs/cgroup/davit/x/memory.max\", \"67108864\")". One line, without a newline. */
void plan_describe_calls(const struct plan *plan, unsigned step, struct buf *out);
/* All of it, two lines a step, with the stages as headings. */
void plan_describe(const struct plan *plan, struct buf *out);

#endif
