/* world_figure.h - figures of what is there: a part of world.h. */
#ifndef TUI_WORLD_FIGURE_H
#define TUI_WORLD_FIGURE_H

#include "core/engine.h"

struct world;
struct world_figuring;

struct world_figure_ops {
	/* As engine_figure_start. NULL: out of memory, or there is no engine. */
	struct world_figuring *(*draw)(struct world *world, enum figure_kind kind,
		const char *object, figure_done_fn *done, void *arg);
	/* done does not come any more; NULL is fine. */
	void (*leave)(struct world *world, struct world_figuring *figuring);
};

#endif
