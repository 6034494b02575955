/* ops.h - what davit-build.so offers the façade (build.h). */
#ifndef BUILD_OPS_H
#define BUILD_OPS_H

#include "build/build.h"

struct build_ops {
	int (*dump)(const struct build_file *file, struct buf *out, struct buf *excerpt,
		struct err *err);
	int (*run)(struct engine *engine, const struct build_request *request,
		build_event_fn *on_event, void *arg, const atomic_bool *canceled,
		struct build_result *result, struct err *err);
	void (*let_go)(struct build_kept *kept);
};

/* build.c */
int build_run(struct engine *engine, const struct build_request *request, build_event_fn *on_event,
	void *arg, const atomic_bool *canceled, struct build_result *result, struct err *err);
void build_let_go(struct build_kept *kept);

/* The module's one exported name. */
const struct build_ops *davit_build_ops(void);

#endif
