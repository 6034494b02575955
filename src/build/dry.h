/* dry.h - what a build would do, and why: keys are made and looked up, nothing is written. */
#ifndef BUILD_DRY_H
#define BUILD_DRY_H

#include "build/work.h"

int dry_run(struct build_work *work, struct buf *out, struct err *err);

#endif
