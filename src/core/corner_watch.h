/* corner_watch.h - who cleans up after a lesson that was killed: a davit of its own, which waits
 * for the lesson's end at a pipe and erases what then is left. */
#ifndef CORE_CORNER_WATCH_H
#define CORE_CORNER_WATCH_H

#include "core/engine_base.h"

/* Our end of the pipe, the caller's to close when the corner is gone; -1: there will be no watcher,
 * and whoever opens the next corner cleans up. */
int corner_watch_start(struct engine *engine);

#endif
