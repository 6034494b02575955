/* world_lesson.h - a corner of the store for a lesson, and what is run there: a part of world.h. */
#ifndef TUI_WORLD_LESSON_H
#define TUI_WORLD_LESSON_H

#include "tui/world_command.h"
#include "util/err.h"
#include "util/strs.h"

struct world;
struct world_errand;

/* Once, from the loop. env: the words that put env(1) before a command into the corner, lent until
 * it is closed; NULL with err when there is none, or no container can be run there. */
typedef void world_corner_fn(
	void *arg, void *corner, const struct strs *env, const struct err *err);

struct world_lesson_ops {
	/* -ENOMEM at once, or opened comes; not any more after forget. */
	int (*open)(struct world *world, world_corner_fn *opened, void *arg);
	void (*forget)(struct world *world, void *arg);
	/* Erased in the background; the screen waits for it before it ends. */
	void (*close)(struct world *world, void *corner);

	/* A shell command in the corner's directory. NULL with err when it cannot begin. */
	struct world_errand *(*run)(struct world *world, void *corner, const char *command,
		const struct world_command_sink *sink, struct err *err);
	/* As Ctrl-C does; a second time: it is killed. */
	void (*stop)(struct world_errand *errand);
	/* It is killed, and the sink hears nothing more. */
	void (*leave)(struct world_errand *errand);
};

#endif
