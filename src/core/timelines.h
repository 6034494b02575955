/* timelines.h - which record each timeline is made from. */
#ifndef CORE_TIMELINES_H
#define CORE_TIMELINES_H

#include "core/timeline.h"

/* explain.c */
int explain_launch(struct engine *engine, const char *who, struct timeline *out, struct err *err);

#endif
