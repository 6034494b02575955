/* timelines.h - which record each timeline is made from. */
#ifndef CORE_TIMELINES_H
#define CORE_TIMELINES_H

#include "core/timeline.h"

/* What the monitor recorded of a container's ends (timeline_end.h); own: its directory. */
int timelines_read_ends(int own, struct facts *out);

/* ---- explain.c ---- */

int explain_launch(struct engine *engine, const char *who, struct timeline *out, struct err *err);
/* With the steps of the last one, where its clocks are on record. False: there was none. */
bool explain_restart(
	int own, struct timeline_subject *subject, const struct facts *facts, struct timeline *out);

#endif
