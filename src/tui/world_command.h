/* world_command.h - programs that the screen starts: davit itself with a command line, or the
 * user's own; a part of world.h. */
#ifndef TUI_WORLD_COMMAND_H
#define TUI_WORLD_COMMAND_H

#include "util/err.h"
#include "util/strs.h"

struct world;
struct world_command;

struct world_command_sink {
	void *self;
	/* Both of its streams, as they come; lent. */
	void (*output)(void *self, const char *bytes, size_t len);
	/* Once, last: the command is gone afterwards. signal 0: it ended by itself. */
	void (*ended)(void *self, int code, int signal);
};

struct world_command_ops {
	/* Without a terminal and with nothing to read. words[0] "davit" is this very program, on
	 * the same store; others are looked for in PATH. NULL with err when it cannot begin. */
	struct world_command *(*run)(struct world *world, const struct strs *words,
		const struct world_command_sink *sink, struct err *err);
	/* Asks it to end; a second time: ends it. */
	void (*stop)(struct world_command *command);
	/* It goes on, unheard; the command is gone. */
	void (*leave)(struct world_command *command);
};

#endif
