/* engine_rootless.h - the façade (core/engine.h): davit for an ordinary user.
 *
 * The process becomes root of its user's namespaces (core/keeper.h), before it has a thread or
 * opens anything; from then on it is the same program as root's, with a store of the user's own. */
#ifndef CORE_ENGINE_ROOTLESS_H
#define CORE_ENGINE_ROOTLESS_H

#include <stdbool.h>

#include "core/engine_base.h"

struct cJSON;

struct engine_entry {
	char note[600]; /* what the user should hear of it, once; or "" */
};

/* For root, it does nothing. Else DAVIT_ROOT and DAVIT_RUN_ROOT name the user's store afterwards,
 * unless they or the options named another. */
int engine_enter(const struct engine_options *options, struct engine_entry *out, struct err *err);

/* Of the keeper, from outside: Pid (0: none runs), Ids, RunRoot; the caller deletes it. */
int engine_keeper_here(struct cJSON **out, struct err *err);
/* -ESRCH: none runs. Containers go on. */
int engine_keeper_stop_here(struct err *err);

#endif
