/* syncer.h - what was made is brought to the disk by a process of its own, once its maker has
 * ended.
 *
 * Nothing is fsynced while an image is made (store.h). `davit sweep --sync` is started before the
 * maker confines itself, waits on a pipe until he is gone, whichever way, and then does one
 * store_sync for all that is not synced. */
#ifndef CORE_SYNCER_H
#define CORE_SYNCER_H

#include "core/engine_own.h"

/* Once an engine. Without it what was made is verified after the next boot, so nothing fails. */
void syncer_start(struct engine *engine);

#endif
