/* after.h - a davit of the same store that outlives this one: it waits at a pipe until we let go of
 * it, by closing or by ending in whatever way, and does its work then. */
#ifndef CORE_AFTER_H
#define CORE_AFTER_H

#include "core/engine_own.h"

/* words: its command, ending with NULL; dir: where it begins, NULL: where we are. Our end of the
 * pipe, the caller's to keep and close; negative: it could not be started. */
int after_start(struct engine *engine, const char *const *words, const char *dir);
/* In there: until the other has let go. */
void after_wait(int wait_fd);

#endif
