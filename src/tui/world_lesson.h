/* world_lesson.h - a corner of the store for a lesson: a part of world.h. */
#ifndef TUI_WORLD_LESSON_H
#define TUI_WORLD_LESSON_H

#include "util/err.h"
#include "util/strs.h"

struct world;

/* Once, from the loop. env: the words that put env(1) before a command into the corner, lent until
 * it is closed; NULL with err when there is none. */
typedef void world_corner_fn(
	void *arg, void *corner, const struct strs *env, const struct err *err);

struct world_lesson_ops {
	/* -ENOMEM at once, or opened comes; not any more after forget. */
	int (*open)(struct world *world, world_corner_fn *opened, void *arg);
	void (*forget)(struct world *world, void *arg);
	/* Erased in the background; the screen waits for it before it ends. */
	void (*close)(struct world *world, void *corner);
};

#endif
