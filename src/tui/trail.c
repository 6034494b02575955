/* trail.c - see trail.h. */
#include <math.h>
#include <string.h>

#include "tui/trail.h"

static double rate(uint64_t before, uint64_t now, double seconds)
{
	return now > before ? (double)(now - before) / seconds : 0;
}

bool trail_measure(const struct container_stats *before, const struct container_stats *now,
	double out[SERIES_COUNT], double *seconds)
{
	if (!before->valid || now->system_ns <= before->system_ns || now->cpu_ns < before->cpu_ns ||
		!now->processors)
		return false;
	*seconds = (double)(now->system_ns - before->system_ns) / now->processors / 1e9;
	out[SERIES_CPU] = (double)(now->cpu_ns - before->cpu_ns) / 1e7 / *seconds;
	out[SERIES_MEMORY] = (double)now->memory;
	out[SERIES_RECEIVED] = rate(before->received_bytes, now->received_bytes, *seconds);
	out[SERIES_SENT] = rate(before->sent_bytes, now->sent_bytes, *seconds);
	out[SERIES_READ] = rate(before->read_bytes, now->read_bytes, *seconds);
	out[SERIES_WRITTEN] = rate(before->written_bytes, now->written_bytes, *seconds);
	out[SERIES_PIDS] = (double)now->pids;
	return true;
}

void trail_add(struct trail *trail, const double values[SERIES_COUNT], double seconds)
{
	int columns = (int)lround(seconds / TRAIL_STEP_S), over;

	columns = columns < 1 ? 1 : columns > TRAIL_LEN ? TRAIL_LEN : columns;
	over = trail->len + columns - TRAIL_LEN;
	over = over > 0 ? over : 0;
	trail->len -= over;
	for (int s = 0; s < SERIES_COUNT; s++) {
		memmove(trail->v[s], trail->v[s] + over, (size_t)trail->len * sizeof(float));
		for (int i = 0; i < columns; i++)
			trail->v[s][trail->len + i] = (float)values[s];
	}
	trail->len += columns;
}

double trail_average(const struct trail *trail, enum series series, int columns)
{
	double sum = 0;

	if (columns > trail->len)
		columns = trail->len;
	for (int i = trail->len - columns; i < trail->len; i++)
		sum += trail->v[series][i];
	return columns ? sum / columns : 0;
}

double trail_highest(const struct trail *trail, enum series series)
{
	double highest = 0;

	for (int i = 0; i < trail->len; i++)
		if (trail->v[series][i] > highest)
			highest = trail->v[series][i];
	return highest;
}
