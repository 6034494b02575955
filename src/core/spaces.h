/* spaces.h - --pid, --ipc, --uts and --cgroupns (--userns is in ids.h): which namespaces are the
 * container's own, the host's, or another container's. */
#ifndef CORE_SPACES_H
#define CORE_SPACES_H

#include "core/engine_own.h"
#include "core/recipe.h"

/* Into the recipe's spec. Another container is named by its id there and found when this one is
 * started. docker's sentences for what is no mode, or no container. */
int spaces_apply(struct engine *engine, const struct container_request *request,
	struct recipe *recipe, struct err *err);

#endif
