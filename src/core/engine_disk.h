/* engine_disk.h - the façade (core/engine.h): what lies on the disk, and what of it would go. */
#ifndef CORE_ENGINE_DISK_H
#define CORE_ENGINE_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine_base.h"

/* Weighs everything, on the pool: engine_usage_here's object as result.lines, with Cache (Count,
 * Size, Reclaimable) and, of each of Containers, Name, State and LogSize. */
struct op *engine_usage(struct engine *engine, op_done_fn done, void *arg);

/* What a prune would take: the plan of it, which changes nothing. result.lines: one a line,
 *
 *     KIND BYTES AFTER ID NAME
 *
 * with KIND of container, trash, network, volume, image and cache; AFTER 1: only once the
 * containers of this list have gone. result.bytes: all of it; what images share is not counted, so
 * it may be more. request->all: images with names, volumes with names and all of the cache, too. */
struct op *engine_prune_plan(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);

#endif
