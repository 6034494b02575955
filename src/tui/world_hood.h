/* world_hood.h - what is under the hood of a container: a part of world.h. */
#ifndef TUI_WORLD_HOOD_H
#define TUI_WORLD_HOOD_H

#include "core/engine.h"

struct world;

struct world_hood_ops {
	/* As engine_hood; id NULL: the host. The rows live until released. */
	int (*read)(struct world *world, const char *id, unsigned parts, void **holder,
		const struct hood_row **rows, size_t *count, struct err *err);
	void (*release)(void *holder); /* NULL is fine */
	/* As engine_try. */
	int (*try_call)(struct world *world, const char *id, const char *call, try_done_fn *done,
		void *arg, struct trying **out, struct err *err);
	void (*try_leave)(struct trying *trying); /* NULL is fine */
	/* Why it ended; out is zeroed by the caller. */
	int (*death)(struct world *world, const char *id, struct death *out, struct err *err);
};

#endif
