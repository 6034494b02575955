/* command_forms.h - the command line that does what a key does. */
#ifndef TUI_COMMAND_FORMS_H
#define TUI_COMMAND_FORMS_H

#include "tui/keymap.h"
#include "util/buf.h"
#include "util/strs.h"

/* Appends "davit stop shop/web" for names, none where nothing is selected. False: no command does
 * that. */
bool command_form(
	enum context context, enum action action, const struct strs *names, struct buf *out);
/* A word that davit's command line begins with: "ps", "network". */
bool command_is_word(const char *word, size_t len);
/* It changes nothing: what a read-only session may run. */
bool command_only_reads(const struct strs *words);
/* It needs a terminal of its own: attach, or anything with -it. */
bool command_wants_terminal(const struct strs *words);

#endif
