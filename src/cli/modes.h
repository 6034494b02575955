/* modes.h - what a container's output has done to the caller's terminal, and how to undo it.
 *
 * The bytes go to the terminal as they are; this only watches them pass: alternate screen, mouse,
 * bracketed paste, hidden cursor, colours, keypad, scroll region, character set, insert mode.
 * Sequences may be split anywhere between two calls. */
#ifndef CLI_MODES_H
#define CLI_MODES_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"

struct modes {
	uint8_t state; /* of the little parser */
	char prefix;
	uint16_t numbers[16];
	uint8_t count;
	uint32_t set; /* bits of the table in modes.c: private modes that differ from how a terminal
			 starts */
	bool coloured, keypad, region, graphics, insert, cursor_shape;
	unsigned keyboards; /* levels of the extended keyboard protocol that were pushed */
};

#define MODES_INIT                                                                                 \
	{                                                                                          \
		0                                                                                  \
	}

void modes_watch(struct modes *modes, const char *data, size_t len);
/* What puts the terminal back; nothing when nothing was changed. Forgets it all. */
void modes_undo(struct modes *modes, struct buf *out);

#endif
