/* corner.h - a store of its own for a while: what is done there touches nobody else's, and is gone
 * afterwards.
 *
 *     <root>/corners/<boot>.<pid>.<start>.<n>/       its store
 *     <run root>/corners/<boot>.<pid>.<start>.<n>/   its run root, locked while it is used
 *
 * Who dies holding one leaves it to its watcher (core/corner_watch.h) or, were that killed too, to
 * the next who opens or sweeps. */
#ifndef CORE_CORNER_H
#define CORE_CORNER_H

#include "core/engine_base.h"
#include "util/own.h"
#include "util/strs.h"

struct corner;

/* Blocks for milliseconds. The caller ends it with corner_close. */
int corner_open(struct engine *engine, struct corner **out, struct err *err);
/* Ends whatever was started with its environment and erases it (core/erase.h). Blocks until its
 * containers have ended. NULL is fine. */
int corner_close(struct corner *corner, struct err *err);
/* Ours, with DAVIT_ROOT and DAVIT_RUN_ROOT leading there, LESSON naming an empty directory in it,
 * PORT and PORT2 being free ones of this machine, and this davit first in PATH. */
void corner_environment(const struct corner *corner, struct strs *out);
/* What is run before a lesson begins: the image that lessons use is there then, and whoever cannot
 * run containers here is told so before anything else. */
#define CORNER_PREPARE "davit run --rm davit/demo true"
/* The same without ours: "NAME=value" of those that differ. */
void corner_settings(const struct corner *corner, struct strs *out);
/* Erases those whose user is gone. False: one is about to go, and has to be looked at again. */
bool corner_sweep(struct engine *engine);
/* The watcher itself: waits for the end of what is written to `wait_fd`, and sweeps. */
void corner_watch_here(struct engine *engine, int wait_fd);
/* The engine's own store is a corner, and its machine is "switched off": monitors and containers
 * end without a word, networks go, and with them all that is true for a boot. The engine is of no
 * use afterwards. -EPERM: it is not a corner. */
int corner_reboot(struct engine *engine, struct err *err);

#endif
