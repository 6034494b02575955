/* config.h - what a user changed: keys and colours, from files.
 *
 * They are `keys` and `theme` in $XDG_CONFIG_HOME/davit, else in $HOME/.config/davit, else in
 * /etc/davit; the first directory that has the file wins. A file that cannot be read as meant
 * changes nothing, and is named with the line. */
#ifndef TUI_CONFIG_H
#define TUI_CONFIG_H

#include "tui/custom.h"
#include "tui/keymap.h"
#include "tui/theme.h"
#include "util/buf.h"

/* Changes the key map as its file says; none at all is fine. */
int config_keys(struct keymap *keymap, struct err *err);
/* The text of the theme file, known to be good, into `text`; empty when there is none. The name
 * asked for with DAVIT_THEME (NULL: none) is checked as well. */
int config_theme(const char *name, struct buf *text, struct err *err);

/* The user's own commands: a file "commands". *out NULL: there is none. */
int config_custom(struct custom **out, struct err *err);

#endif
