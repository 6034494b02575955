/* trail.h - what a container used in the last minutes: one column a sampling interval.
 *
 * A measurement that covers more than one interval fills as many columns, so that a column always
 * means the same time. */
#ifndef TUI_TRAIL_H
#define TUI_TRAIL_H

#include "core/engine.h"

enum series {
	SERIES_CPU,    /* percent of one processor */
	SERIES_MEMORY, /* bytes */
	SERIES_RECEIVED,
	SERIES_SENT,
	SERIES_READ,
	SERIES_WRITTEN, /* these four in bytes a second */
	SERIES_PIDS,
	SERIES_COUNT
};

enum { TRAIL_LEN = 150, TRAIL_STEP_S = 2, TRAIL_AVERAGE = 5, TRAIL_COARSE = 15 };

struct trail_part {
	float v[SERIES_COUNT][TRAIL_LEN]; /* oldest first */
	int len;
};

struct trail {
	struct trail_part fine;        /* a column: TRAIL_STEP_S */
	struct trail_part coarse;      /* a column: the mean of TRAIL_COARSE of them */
	double gathered[SERIES_COUNT]; /* of the coarse column that is not full, */
	int gathered_columns;          /* and of how many it is the sum */
};

/* What was used between two readings. False: they make none; seconds: between them. */
bool trail_measure(const struct container_stats *before, const struct container_stats *now,
	double out[SERIES_COUNT], double *seconds);
void trail_add(struct trail *trail, const double values[SERIES_COUNT], double seconds);
/* Over the last `columns` fine ones; 0 when there are none. */
double trail_average(const struct trail *trail, enum series series, int columns);
double trail_highest(const struct trail *trail, enum series series);

#endif
