/* plan_build.h - writing a plan. The engine's half; the shim only reads. */
#ifndef RUNTIME_PLAN_BUILD_H
#define RUNTIME_PLAN_BUILD_H

#include "runtime/plan.h"
#include "util/buf.h"
#include "util/strs.h"

struct plan_build {
	struct plan_header head; /* set kind, flags and the monitor's settings here; sizes are
				    filled by finish */
	struct buf steps;
	struct buf data;
};

void plan_build_init(struct plan_build *build, enum plan_kind kind);
void plan_build_fini(struct plan_build *build);
struct plan_ref plan_build_text(struct plan_build *build, const char *text);
struct plan_ref plan_build_bytes(struct plan_build *build, const void *bytes, size_t len);
struct plan_ref plan_build_list(struct plan_build *build, const struct strs *list);
/* Appends a step; fill it before the call, as a designated initialiser. */
void plan_build_step(struct plan_build *build, const struct plan_step *step);
/* The whole plan into out. -ENOMEM when anything above ran out of memory, -E2BIG over
 * PLAN_SIZE_MAX. */
int plan_build_finish(struct plan_build *build, struct buf *out);

#endif
