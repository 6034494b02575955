/* keymap_table.h - the rows that keymap.c looks keys up in; one a context and action. */
#ifndef TUI_KEYMAP_TABLE_H
#define TUI_KEYMAP_TABLE_H

#include "tui/keymap.h"

enum { KEYMAP_ENTRIES_MAX = 256 };

extern const struct keymap_entry keymap_table[];
extern const size_t keymap_table_len;

#endif
