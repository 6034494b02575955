/* world_resources.h - volumes, networks, the disk, and what nobody needs: a part of world.h. */
#ifndef TUI_WORLD_RESOURCES_H
#define TUI_WORLD_RESOURCES_H

#include "core/engine.h"
#include "tui/world_safety.h"

struct world_resources_ops {
	/* Snapshots; the caller frees, as core/engine.h says. */
	int (*volumes)(
		struct world *world, struct volume_entry **out, size_t *count, struct err *err);
	int (*networks)(
		struct world *world, struct network_entry **out, size_t *count, struct err *err);
	int (*trash)(struct world *world, struct trash_entry **out, size_t *count, struct err *err);
	/* Names of containers that use it. */
	int (*volume_users)(
		struct world *world, const char *name, struct strs *out, struct err *err);
	/* Appends indented JSON. */
	int (*inspect)(struct world *world, bool network, const char *who, struct buf *json,
		struct err *err);

	/* Answers are op results, given by world_safety's rules (and forgotten by its `forget`):
	 * usage and picture: JSON (core/engine_disk.h, engine_network_tree); plan: its lines. */
	int (*usage)(struct world *world, world_answer_fn *answer, void *arg);
	int (*picture)(struct world *world, world_answer_fn *answer, void *arg);
	int (*plan)(struct world *world, bool all, world_answer_fn *answer, void *arg);
	/* kind: of the plan. */
	int (*prune)(struct world *world, const char *kind, bool all, world_answer_fn *answer,
		void *arg);

	/* These end in listener.done(ticket), unless they fail at once with -ENOMEM. */
	int (*create)(struct world *world, bool network, const char *name, uint64_t ticket);
	int (*remove)(struct world *world, bool network, const char *who, uint64_t ticket);
	int (*empty)(struct world *world, const char *id, uint64_t ticket);
};

#endif
