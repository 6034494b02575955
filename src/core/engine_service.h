/* engine_service.h - the façade (core/engine.h): what "the daemon starts" and "the host booted"
 * mean to restart policies, where there is no daemon. */
#ifndef CORE_ENGINE_SERVICE_H
#define CORE_ENGINE_SERVICE_H

#include <stdbool.h>

#include "core/engine_base.h"

struct service_options {
	bool once_a_boot; /* -EALREADY when the policies were applied in this boot */
	bool follows;     /* and goes on: adopts at once whose monitor dies. -EBUSY when another
			     does */
};

struct service_events {
	void (*said)(void *arg, const char *sentence); /* what it did, or failed to */
	void (*settled)(void *arg); /* what is to run was started, as far as it could be */
	/* Exactly once, last. err: NULL, or why it did nothing. */
	void (*ended)(void *arg, const struct err *err);
};

/* Repairs what a kill left half-made, adopts containers whose monitor died, then starts what its
 * policy wants running: always, even what a user stopped; unless-stopped, but that; on-failure,
 * whose last exit code was not 0. NULL: out of memory. */
struct service;
struct service *engine_service(struct engine *engine, const struct service_options *options,
	const struct service_events *events, void *arg);
/* Ends it; `ended` still comes. No container notices. */
void service_end(struct service *service);

/* Once a boot, to the first who asks: the sentence that says what `davit boot` would start. Else
 * nothing is added. */
void engine_boot_offer(struct engine *engine, struct buf *sentence);

#endif
