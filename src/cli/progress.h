/* progress.h - how far a pull or load is: a line a layer, redrawn in place on a terminal, else a
 * line each time a layer's status changes. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include "core/engine.h"

struct progress;

/* fd: where it is drawn; quiet: nowhere. NULL when out of memory. */
struct progress *progress_new(int fd, bool quiet);
bool progress_has_told(const struct progress *progress); /* a message was shown */
void progress_free(struct progress *progress);           /* draws what was not yet drawn */
/* A job_progress_fn; arg is the struct progress. */
void progress_report(void *arg, const struct job_progress *report);

#endif
