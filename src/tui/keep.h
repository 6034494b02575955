/* keep.h - what the screen remembers from one run to the next: settings, and what was typed at ":".
 *
 * One that was loaded writes each change at once and whole; one that was not (in tests) remembers
 * for as long as it lives. Files: XDG_CONFIG_HOME/davit/settings, XDG_STATE_HOME/davit/history. */
#ifndef TUI_KEEP_H
#define TUI_KEEP_H

#include "tui/settings.h"

struct keep;

struct keep *keep_new(void); /* NULL when out of memory */
void keep_free(struct keep *keep);
own_define(keep)

/* Reads the user's files. On failure, a sentence with file and line, it goes on with what could be
 * read; a settings file with a mistake is never written over. */
int keep_load(struct keep *keep, struct err *err);

struct settings *keep_settings(struct keep *keep); /* for reading */
/* Sets for this run; `save` also for those to come. A failure to write has set it all the same. */
int keep_set(struct keep *keep, const char *name, const char *value, bool save, struct err *err);
/* Where settings go, for messages; "" when nowhere. */
const char *keep_path(const struct keep *keep);

/* The newest is 0; NULL: no more. */
const char *keep_history(const struct keep *keep, size_t age);
void keep_remember(struct keep *keep, const char *line);

#endif
