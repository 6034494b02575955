/* keymap_presets.h - the keys of other programs, as key map files that are built in. */
#ifndef TUI_KEYMAP_PRESETS_H
#define TUI_KEYMAP_PRESETS_H

#include <stddef.h>

const char *keymap_preset(const char *name, size_t *len); /* NULL: there is none */
const char *keymap_preset_name(size_t index);             /* NULL: no more */

#endif
