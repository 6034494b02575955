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
/* It changes nothing: what a read-only session may run. words as typed, "davit" first. */
bool command_only_reads(const struct strs *words);
/* Reads "stop -t 3 web" into words, "davit" first; in a read-only session, with the option that
 * makes it one. -EINVAL: a quote is not closed. */
int command_words(const char *line, bool read_only, struct strs *words);
/* It needs a terminal of its own: attach, or anything with -it. */
bool command_wants_terminal(const struct strs *words);

#endif
