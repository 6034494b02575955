/* nearest.h - commands that an image has instead of one that it has not. */
#ifndef CORE_NEAREST_H
#define CORE_NEAREST_H

#include "core/engine_container.h"
#include "util/buf.h"

struct engine;

/* Appends "ls, lsof and the shells sh and ash": what is called nearly like the command, and what
 * could start one. Nothing where the image cannot be looked at. */
void nearest_commands(struct engine *engine, const struct container *container, struct buf *out);

#endif
