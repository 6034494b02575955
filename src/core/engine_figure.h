/* engine_figure.h - the façade (core/engine.h): the figures, drawn from what is really there.
 *
 * Each shows this store, this kernel, these processes, now; nothing is remembered, and nothing is
 * in a figure that was not read or measured for it. Every box has its proof. */
#ifndef CORE_ENGINE_FIGURE_H
#define CORE_ENGINE_FIGURE_H

#include "core/engine_base.h"
#include "core/figure.h"

/* object: an image, IMAGE:PATH, a container or CONTAINER:PATH, as the kind has it; NULL or "": the newest image, the container that was started last,
 * the path that tells most. -ENOENT and a sentence when there is none. Blocks for milliseconds; the
 * caller frees *out. */
int engine_figure(struct engine *engine, enum figure_kind kind, const char *object,
	struct figure **out, struct err *err);

struct figuring;
/* figure NULL: err says why. The figure is the callee's. */
typedef void figure_done_fn(void *arg, struct figure *figure, const struct err *err);
/* The same on the pool. NULL: out of memory, and done is not called. */
struct figuring *engine_figure_start(struct engine *engine, enum figure_kind kind,
	const char *object, figure_done_fn *done, void *arg);
/* done does not come any more. */
void figuring_leave(struct figuring *figuring);

#endif
