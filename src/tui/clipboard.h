/* clipboard.h - text to the clipboard of the terminal that somebody sits at: OSC 52, through tmux
 * and screen where they are between. */
#ifndef TUI_CLIPBOARD_H
#define TUI_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

enum { CLIPBOARD_MAX = 70000 }; /* bytes; terminals throw longer ones away unseen */

enum clipboard_way { CLIPBOARD_PLAIN, CLIPBOARD_TMUX, CLIPBOARD_SCREEN };

/* What TMUX, STY and TERM say; false: this terminal has no clipboard. */
bool clipboard_find(enum clipboard_way *way);
/* Appends the bytes to send. */
void clipboard_sequence(const char *text, size_t len, enum clipboard_way way, struct buf *out);

#endif
