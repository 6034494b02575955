/* monitors.h - the monitors of all that runs, each watched by its pidfd: the service's eyes. */
#ifndef CORE_MONITORS_H
#define CORE_MONITORS_H

#include "core/engine_own.h"

struct monitors;
struct monitors_events {
	void (*said)(void *arg, const char *sentence);
	/* Its monitor and its process were killed, and its policy would start it again. */
	void (*lost)(void *arg, const struct row *row);
	void (*closed)(void *arg); /* after monitors_close, from the loop */
};

/* Looks at every row at once, at each start that the journal tells of, and once in a while. */
int monitors_open(struct engine *engine, const struct monitors_events *events, void *arg,
	struct monitors **out, struct err *err);
void monitors_close(struct monitors *monitors);

#endif
