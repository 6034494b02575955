/* helper.h - one question to a docker-credential-NAME program on the PATH.
 *
 * Started like every child of a threaded process: posix_spawn (a vfork underneath), with
 * a file for its input, a pipe for its output, the standard error of ours and no other fd. */
#ifndef CORE_IMAGE_HELPER_H
#define CORE_IMAGE_HELPER_H

#include "util/buf.h"
#include "util/err.h"

enum { HELPER_ANSWER_MAX = 256 * 1024, HELPER_WAIT_MS = 60000 };

/* *status is its exit code (128+n when a signal ended it). Failing means that it could not run,
 * said too much, or took too long; it is gone then too. */
int helper_run(const char *name, const char *action, const char *input, struct buf *answer,
	int *status, struct err *err);

#endif
