/* progress.h - how far a pull, push or load is, in one of three ways.
 *
 *     tty     a line a layer, redrawn in place
 *     plain   a line each time a layer's status changes
 *     json    every event as an object on a line of its own, as docker's API streams them */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include "core/engine.h"

struct progress;

enum progress_mode { PROGRESS_AUTO, PROGRESS_PLAIN, PROGRESS_TTY, PROGRESS_JSON };

/* "auto", "plain", "tty" or "json"; NULL is auto. False: something else. */
bool progress_mode_parse(const char *name, enum progress_mode *out);
/* fd: where it is drawn; quiet: nowhere, but for warnings, which go to standard error. NULL when
 * out of memory. */
struct progress *progress_new(int fd, enum progress_mode mode, bool quiet);
/* Of what failed, where that is a part of the stream. */
void progress_tell_failure(struct progress *progress, const struct err *err);
bool progress_has_told(const struct progress *progress); /* a message was shown */
void progress_free(struct progress *progress);           /* draws what was not yet drawn */
/* Where facts (core/engine_base.h) go, a line each; lent. */
void progress_set_facts(struct progress *progress, int fd);
/* A job_options' fact; arg is the struct progress. */
void progress_fact(void *arg, const char *line);
/* A job_progress_fn; arg is the struct progress. */
void progress_report(void *arg, const struct job_progress *report);

#endif
