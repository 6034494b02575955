/* world_timeline.h - work as it was recorded while it was done: a part of world.h. */
#ifndef TUI_WORLD_TIMELINE_H
#define TUI_WORLD_TIMELINE_H

#include "core/engine.h"

struct world;

struct world_timeline_ops {
	/* As engine_timeline; out is zeroed by the caller. */
	int (*read)(struct world *world, enum timeline_kind kind, const char *who, unsigned step,
		struct timeline *out, struct err *err);
};

#endif
