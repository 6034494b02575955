/* finish.h - what a build gives: an image with its names, files, archives. */
#ifndef BUILD_FINISH_H
#define BUILD_FINISH_H

#include "build/work.h"

/* Before anything is done: names that cannot be one, outputs that nobody knows. */
int finish_check(const struct build_request *request, struct err *err);
/* All that the request's outputs name. */
int finish_build(struct build_work *work, struct build_result *result, struct err *err);

#endif
