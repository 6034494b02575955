/* world_safety.h - what was done, taking it back, and removing so that it can be taken back: a part
 * of world.h. */
#ifndef TUI_WORLD_SAFETY_H
#define TUI_WORLD_SAFETY_H

#include "core/engine.h"

struct world;

/* What became of something asked for: result as core/engine.h has it. Once, from the loop. */
typedef void world_answer_fn(void *arg, const struct op_result *result);

struct world_safety_ops {
	/* Stops the container when it runs and puts it into the trash; flags: enum trash_flag. This
	 * and the next two end in listener.done(ticket), with listener.outcome before it, unless
	 * they fail at once with -ENOMEM. */
	int (*put)(struct world *world, const char *id, unsigned flags, uint64_t ticket);
	/* undo: as the record of an action has it, whose seq undoes is; name: of what it was about.
	 */
	int (*undo)(struct world *world, const char *undo, uint64_t undoes, const char *name,
		uint64_t ticket);
	/* From the trash, under that name. */
	int (*restore)(struct world *world, const char *id, const char *name, uint64_t ticket);
	/* A name like it that no container has. */
	void (*suggest)(struct world *world, const char *name, char out[136]);
	struct trash_limits (*limits)(struct world *world);

	/* What was done lately, oldest first; what is done from now on comes by listener.acted.
	 * Asked once. */
	int (*actions)(struct world *world, event_fn on_action, void *arg, struct err *err);
	const char *(*login)(struct world *world, unsigned uid); /* a name, or the number */
	int (*pid)(struct world *world);                         /* that our own records have */
	/* What is asked for until the next call belongs together, and is taken back together. */
	void (*begin_group)(struct world *world);

	/* result.bytes: what a removal gives back. */
	int (*weigh)(struct world *world, const char *id, world_answer_fn *answer, void *arg);
	/* Nobody listens for arg's answers any more. */
	void (*forget)(struct world *world, void *arg);
};

#endif
